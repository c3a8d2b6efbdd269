/*
# SPDX-License-Identifier: Apache-2.0
name: silver.model_prices
kind: replace
description: >
  US dollars per token, by model and time. Of the rows of a model that are valid on a day, the one
  with the largest context_above below the prompt tokens of a call counts.
seeds: [model_prices]
keys: [model, valid_from, context_above]
columns:
  model: string!
  valid_from: date!
  valid_to: {type: date, doc: The first day it no longer holds}
  input_price: "decimal(18, 12)"
  output_price: "decimal(18, 12)"
  cache_read_price: "decimal(18, 12)"
  cache_write_5m_price: "decimal(18, 12)"
  cache_write_1h_price: "decimal(18, 12)"
  source: string
  version: string
  context_above: {type: long, required: true, doc: Prompt tokens above which the row counts}
sort: [model, valid_from, context_above]
checks:
  - unique: [model, valid_from, context_above]
  - not_null: version
*/
SELECT model, CAST(valid_from AS DATE) AS valid_from,
       CAST(nullif(valid_to, '') AS DATE) AS valid_to,
       CAST(nullif(input, '') AS DECIMAL(18, 12)) AS input_price,
       CAST(nullif(output, '') AS DECIMAL(18, 12)) AS output_price,
       CAST(nullif(cache_read, '') AS DECIMAL(18, 12)) AS cache_read_price,
       CAST(nullif(cache_write_5m, '') AS DECIMAL(18, 12)) AS cache_write_5m_price,
       CAST(nullif(cache_write_1h, '') AS DECIMAL(18, 12)) AS cache_write_1h_price,
       source, version, CAST(context_above AS BIGINT) AS context_above
FROM model_prices
