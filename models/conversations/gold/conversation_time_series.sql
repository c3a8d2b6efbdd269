/*
# SPDX-License-Identifier: Apache-2.0
name: gold.conversation_time_series
kind: merge
description: >
  What happened in a conversation in an hour (UTC): messages, calls of tools and tokens count in the
  hour of each, those without a time in the hour their conversation started. Days, weeks and months
  are added up from these rows.
inputs:
  - table: silver.messages
    columns: [conversation_id, message_id, kind, timestamp, latency_ms]
    touches: SELECT DISTINCT conversation_id FROM changes
  - table: silver.tool_calls
    columns: [conversation_id, tool_call_id, timestamp, success]
    touches: SELECT DISTINCT conversation_id FROM changes
  - table: silver.api_calls
    columns: [conversation_id, platform, api_call_id, timestamp, prompt_tokens, completion_tokens,
              total_tokens]
    touches: SELECT DISTINCT conversation_id FROM changes
  - table: silver.conversations
    columns: [conversation_id, platform, user_id, start_timestamp, created_at, quality_metrics]
    touches: SELECT DISTINCT conversation_id FROM changes
keys: [conversation_id, timestamp]
scope: [conversation_id]
columns:
  timestamp: {type: timestamptz, doc: The hour begins then}
  platform: string!
  user_id: string
  conversation_id: string!
  message_count: long
  tokens: {type: long, doc: Of the calls it owns}
  latency_ms: {type: double, doc: On average}
  success: {type: boolean, doc: Of the whole conversation}
  user_message_count: {type: long, doc: "Prompts, tasks and commands; not results of tools"}
  tool_call_count: long
  error_count: {type: long, doc: Calls of tools that failed}
  api_call_count: long
  prompt_tokens: long
  completion_tokens: long
  latency_sum_ms: long
  latency_count: {type: long, doc: Messages whose latency is known}
partition:
  initial: [platform, month(timestamp)]
  large: [platform, day(timestamp)]
sort: [timestamp, conversation_id]
properties:
  write.parquet.compression-level: "9"
*/
WITH events AS (
  SELECT conversation_id, timestamp,
         CAST(kind NOT IN ('other', 'unreadable', 'context') AS INTEGER) AS messages,
         CAST(kind IN ('prompt', 'task', 'command') AS INTEGER) AS user_messages,
         latency_ms, 0 AS tool_calls, 0 AS failed, 0 AS api_calls, CAST(NULL AS BIGINT) AS prompt_tokens,
         CAST(NULL AS BIGINT) AS completion_tokens, CAST(NULL AS BIGINT) AS tokens
  FROM silver.messages
  UNION ALL
  SELECT conversation_id, timestamp, 0, 0, NULL, 1, CAST(success IS false AS INTEGER), 0, NULL,
         NULL, NULL
  FROM silver.tool_calls
  UNION ALL
  SELECT conversation_id, timestamp, 0, 0, NULL, 0, 0, 1, prompt_tokens, completion_tokens,
         total_tokens
  FROM silver.api_calls
), hours AS (
  SELECT c.conversation_id, c.platform, c.user_id, c.quality_metrics.success AS success,
         date_trunc('hour', coalesce(e.timestamp, c.start_timestamp, c.created_at)) AS timestamp,
         e.messages, e.user_messages, e.latency_ms, e.tool_calls, e.failed, e.api_calls,
         e.prompt_tokens, e.completion_tokens, e.tokens
  FROM silver.conversations AS c
  JOIN touched AS t ON c.conversation_id = t.conversation_id
  JOIN events AS e ON c.conversation_id = e.conversation_id
)
SELECT timestamp, platform, user_id, conversation_id,
       CAST(sum(messages) AS BIGINT) AS message_count, CAST(sum(tokens) AS BIGINT) AS tokens,
       avg(latency_ms) AS latency_ms, success,
       CAST(sum(user_messages) AS BIGINT) AS user_message_count,
       CAST(sum(tool_calls) AS BIGINT) AS tool_call_count,
       CAST(sum(failed) AS BIGINT) AS error_count,
       CAST(sum(api_calls) AS BIGINT) AS api_call_count,
       CAST(sum(prompt_tokens) AS BIGINT) AS prompt_tokens,
       CAST(sum(completion_tokens) AS BIGINT) AS completion_tokens,
       CAST(sum(latency_ms) AS BIGINT) AS latency_sum_ms, count(latency_ms) AS latency_count
FROM hours
GROUP BY timestamp, platform, user_id, conversation_id, success
