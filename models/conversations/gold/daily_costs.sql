/*
# SPDX-License-Identifier: Apache-2.0
name: gold.daily_costs
kind: merge
description: >
  Cost and tokens per UTC day, platform, user and project. Every column but the last two adds up, so
  this one table answers for any of them: gold.cost_by_project, gold.cost_by_user and
  gold.cost_by_platform are views of it. What the platform reported and what the price list says
  stand beside each other; estimated_cost_usd takes the first where there is one. Calls without a
  time count under no date.
inputs:
  - table: silver.api_calls
    columns: [platform, api_call_id, user_id, project_path, timestamp, model, input_tokens,
              cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens,
              reported_cost_usd]
    touches: >
      SELECT DISTINCT platform, CAST(timestamp AS DATE) AS date, user_id, project_path FROM changes
  - table: silver.model_prices
    touches: all
  - silver.api_call_costs
keys: [platform, date, user_id, project_path]
columns:
  platform: string!
  date: date
  user_id: string
  project_path: string
  api_call_count: long
  unpriced_call_count: {type: long, doc: Calls whose cost is not known}
  prompt_tokens: long
  completion_tokens: long
  total_tokens: long
  estimated_cost_usd: {type: "decimal(18, 9)", doc: Of the calls whose cost is known}
  reported_cost_usd: {type: "decimal(18, 9)", doc: As platforms reported it}
  computed_cost_usd: {type: "decimal(18, 9)", doc: "By the price list, also where one was reported"}
  price_version: string
  cost_source: {type: string, doc: "reported, computed, mixed or unknown"}
partition:
  initial: [platform, month(date)]
  large: [platform, day(date)]
sort: [date, user_id, project_path]
properties:
  write.parquet.compression-level: "9"
checks:
  - accepted_values: {column: cost_source, values: [reported, computed, mixed, unknown]}
*/
SELECT c.platform, c.date, c.user_id, c.project_path, count(*) AS api_call_count,
       count(*) FILTER (WHERE c.cost_usd IS NULL) AS unpriced_call_count,
       CAST(sum(c.prompt_tokens) AS BIGINT) AS prompt_tokens,
       CAST(sum(c.completion_tokens) AS BIGINT) AS completion_tokens,
       CAST(sum(c.total_tokens) AS BIGINT) AS total_tokens,
       TRY_CAST(round(sum(c.cost_usd), 9) AS DECIMAL(18, 9)) AS estimated_cost_usd,
       CAST(sum(c.reported_cost_usd) AS DECIMAL(18, 9)) AS reported_cost_usd,
       TRY_CAST(round(sum(c.computed_cost_usd), 9) AS DECIMAL(18, 9)) AS computed_cost_usd,
       max(c.price_version) AS price_version,
       CASE WHEN count(DISTINCT c.cost_source) = 1 THEN max(c.cost_source) ELSE 'mixed' END
         AS cost_source
FROM silver.api_call_costs AS c
JOIN touched AS t
  ON c.platform = t.platform AND c.date IS NOT DISTINCT FROM t.date
 AND c.user_id IS NOT DISTINCT FROM t.user_id
 AND c.project_path IS NOT DISTINCT FROM t.project_path
GROUP BY c.platform, c.date, c.user_id, c.project_path
