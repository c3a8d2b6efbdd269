/*
# SPDX-License-Identifier: Apache-2.0
name: gold.token_usage_by_model
kind: merge
description: >
  Tokens and cost per UTC day of the call, platform and model. Cost is rounded once, after adding
  up; it covers the calls whose cost is known, cost_source tells how (reported, computed, mixed,
  unknown). From a million dollars a day and model on it is null; silver.api_call_costs tells it.
inputs:
  - table: silver.api_calls
    columns: [platform, model, timestamp, conversation_id, input_tokens, cache_read_tokens,
              cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens,
              reported_cost_usd]
    touches: SELECT DISTINCT platform, model, CAST(timestamp AS DATE) AS date FROM changes
  - table: silver.model_prices
    touches: all
  - silver.api_call_costs
keys: [platform, model, date]
columns:
  platform: string!
  model: string
  date: date
  total_conversations: long
  total_prompt_tokens: long
  total_completion_tokens: long
  total_tokens: long
  avg_tokens_per_conversation: double
  estimated_cost_usd: "decimal(10, 4)"
  total_api_calls: long
  total_input_tokens: {type: long, doc: Not from a cache}
  total_cache_read_tokens: long
  total_cache_write_5m_tokens: long
  total_cache_write_1h_tokens: long
  total_reasoning_tokens: {type: long, doc: Part of total_completion_tokens}
  price_version: string
  cost_source: string
partition:
  initial: [platform, month(date)]
  large: [platform, day(date)]
sort: [date, model]
properties:
  write.parquet.compression-level: "9"
checks:
  - accepted_values: {column: cost_source, values: [reported, computed, mixed, unknown]}
  - name: parts_add_up
    expression: total_tokens = coalesce(total_prompt_tokens, 0) + coalesce(total_completion_tokens, 0)
*/
SELECT c.platform, c.model, c.date,
       count(DISTINCT c.conversation_id) AS total_conversations,
       CAST(sum(c.prompt_tokens) AS BIGINT) AS total_prompt_tokens,
       CAST(sum(c.completion_tokens) AS BIGINT) AS total_completion_tokens,
       CAST(sum(c.total_tokens) AS BIGINT) AS total_tokens,
       CAST(sum(c.total_tokens) AS DOUBLE) / nullif(count(DISTINCT c.conversation_id), 0)
         AS avg_tokens_per_conversation,
       TRY_CAST(round(sum(c.cost_usd), 4) AS DECIMAL(10, 4)) AS estimated_cost_usd,
       count(*) AS total_api_calls,
       CAST(sum(c.input_tokens) AS BIGINT) AS total_input_tokens,
       CAST(sum(c.cache_read_tokens) AS BIGINT) AS total_cache_read_tokens,
       CAST(sum(c.cache_write_5m_tokens) AS BIGINT) AS total_cache_write_5m_tokens,
       CAST(sum(c.cache_write_1h_tokens) AS BIGINT) AS total_cache_write_1h_tokens,
       CAST(sum(c.reasoning_tokens) AS BIGINT) AS total_reasoning_tokens,
       max(c.price_version) AS price_version,
       CASE WHEN count(DISTINCT c.cost_source) = 1 THEN max(c.cost_source) ELSE 'mixed' END
         AS cost_source
FROM silver.api_call_costs AS c
JOIN touched AS t
  ON c.platform = t.platform AND c.model IS NOT DISTINCT FROM t.model
 AND c.date IS NOT DISTINCT FROM t.date
GROUP BY c.platform, c.model, c.date
