/*
# SPDX-License-Identifier: Apache-2.0
name: silver.api_calls
kind: merge
description: >
  One row per response of a model. Tokens are counted here and nowhere else. A response stands in
  several records, and in several conversations where one was forked or resumed: its figures are
  those of the record with the most output tokens, its owner is the conversation with the smallest
  (timestamp, conversation_id). Neither depends on the order in which records arrived.
inputs:
  - table: silver.messages
    columns: [platform, api_call_id, conversation_id, message_id, user_id, session_id, project_path,
              timestamp, model, input_tokens, cache_read_tokens, cache_write_5m_tokens,
              cache_write_1h_tokens, output_tokens, reasoning_tokens, tokens_source,
              reported_cost_usd]
    touches: SELECT DISTINCT platform, api_call_id FROM changes WHERE api_call_id IS NOT NULL
keys: [platform, api_call_id]
columns:
  api_call_id: string!
  platform: string!
  conversation_id: {type: string, doc: The owner}
  message_id: string
  user_id: string
  session_id: string
  project_path: string
  timestamp: timestamptz
  model: string
  input_tokens: {type: long, doc: Not from a cache}
  cache_read_tokens: long
  cache_write_5m_tokens: long
  cache_write_1h_tokens: long
  output_tokens: long
  reasoning_tokens: {type: long, doc: Part of output_tokens}
  prompt_tokens: {type: long, doc: Input and what was read from and written to caches}
  completion_tokens: long
  total_tokens: long
  tokens_source: {type: string, doc: reported or estimated}
  reported_cost_usd: "decimal(18, 9)"
  copies: {type: int, doc: "Conversations that hold it, the owner among them"}
partition:
  initial: [platform, month(timestamp)]
  medium: [platform, day(timestamp)]
  large: [platform, day(timestamp), "bucket(16, user_id)"]
  massive: ["bucket(256, user_id)"]
sort: [timestamp, api_call_id]
properties:
  write.parquet.compression-level: "9"
checks:
  - not_null: conversation_id
  - accepted_values: {column: tokens_source, values: [reported, estimated]}
    on_violation: warn
  - name: tokens_not_negative
    expression: least(input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens,
      output_tokens) >= 0
    on_violation: warn
*/
WITH records AS (
  SELECT m.platform, m.api_call_id, m.conversation_id, m.message_id, m.user_id, m.session_id,
         m.project_path, m.timestamp, m.model, m.input_tokens, m.cache_read_tokens,
         m.cache_write_5m_tokens, m.cache_write_1h_tokens, m.output_tokens, m.reasoning_tokens,
         m.tokens_source, m.reported_cost_usd,
         ROW_NUMBER() OVER (
           PARTITION BY m.platform, m.api_call_id
           ORDER BY m.output_tokens DESC NULLS LAST, m.input_tokens DESC NULLS LAST,
                    m.cache_read_tokens DESC NULLS LAST, m.timestamp NULLS LAST, m.conversation_id,
                    m.message_id) AS figures_rank,
         ROW_NUMBER() OVER (
           PARTITION BY m.platform, m.api_call_id
           ORDER BY m.timestamp NULLS LAST, m.conversation_id, m.message_id) AS owner_rank
  FROM silver.messages AS m
  JOIN touched AS t ON m.platform = t.platform AND m.api_call_id = t.api_call_id
), calls AS (
  SELECT platform, api_call_id, count(DISTINCT conversation_id) AS copies
  FROM records
  GROUP BY platform, api_call_id
), figures AS (
  SELECT platform, api_call_id, model, input_tokens, cache_read_tokens, cache_write_5m_tokens,
         cache_write_1h_tokens, output_tokens, reasoning_tokens, tokens_source, reported_cost_usd,
         CASE WHEN coalesce(input_tokens, cache_read_tokens, cache_write_5m_tokens,
                            cache_write_1h_tokens) IS NOT NULL
              THEN coalesce(input_tokens, 0) + coalesce(cache_read_tokens, 0) +
                   coalesce(cache_write_5m_tokens, 0) + coalesce(cache_write_1h_tokens, 0)
         END AS prompt_tokens
  FROM records
  WHERE figures_rank = 1
)
SELECT o.api_call_id, o.platform, o.conversation_id, o.message_id, o.user_id, o.session_id,
       o.project_path, o.timestamp, coalesce(f.model, o.model) AS model, f.input_tokens,
       f.cache_read_tokens, f.cache_write_5m_tokens, f.cache_write_1h_tokens, f.output_tokens,
       f.reasoning_tokens, f.prompt_tokens, f.output_tokens AS completion_tokens,
       CASE WHEN coalesce(f.prompt_tokens, f.output_tokens) IS NOT NULL
            THEN coalesce(f.prompt_tokens, 0) + coalesce(f.output_tokens, 0)
       END AS total_tokens,
       f.tokens_source, f.reported_cost_usd, CAST(c.copies AS INTEGER) AS copies
FROM records AS o
JOIN figures AS f ON o.platform = f.platform AND o.api_call_id = f.api_call_id
JOIN calls AS c ON o.platform = c.platform AND o.api_call_id = c.api_call_id
WHERE o.owner_rank = 1
