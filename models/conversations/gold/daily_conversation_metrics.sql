/*
# SPDX-License-Identifier: Apache-2.0
name: gold.daily_conversation_metrics
kind: merge
description: >
  What happened on a UTC day: messages, failed tool calls and tokens count on the day of each, a
  conversation on every day on which something of it happened. What has no time counts on the day
  its conversation started.
inputs:
  - table: gold.conversation_time_series
    columns: [timestamp, platform, user_id, conversation_id, message_count, tokens, latency_sum_ms,
              latency_count, success, error_count]
    touches: SELECT DISTINCT platform, CAST(timestamp AS DATE) AS date, user_id FROM changes
  - table: silver.conversations
    columns: [conversation_id, session_context]
    touches: >
      SELECT DISTINCT s.platform, CAST(s.timestamp AS DATE) AS date, s.user_id
      FROM changes AS c
      JOIN gold.conversation_time_series AS s ON c.conversation_id = s.conversation_id
  - gold.conversation_activity
keys: [platform, date, user_id]
columns:
  platform: string!
  date: date
  user_id: string
  conversation_count: {type: long, doc: "Each once, however long it went on"}
  total_messages: long
  total_tokens: long
  avg_latency_ms: double
  success_rate: {type: double, doc: Of the conversations of which success is known}
  error_count: long
  unique_projects: long
  unique_files_modified: long
partition:
  initial: [platform, month(date)]
  large: [platform, day(date)]
sort: [date, user_id]
properties:
  write.parquet.compression-level: "9"
*/
SELECT a.platform, a.date, a.user_id,
       count(DISTINCT a.conversation_id) AS conversation_count,
       CAST(sum(a.message_count) AS BIGINT) AS total_messages,
       CAST(sum(a.tokens) AS BIGINT) AS total_tokens,
       CAST(sum(a.latency_sum_ms) AS DOUBLE) / nullif(sum(a.latency_count), 0) AS avg_latency_ms,
       count(DISTINCT a.conversation_id) FILTER (WHERE a.success) /
         nullif(count(DISTINCT a.conversation_id) FILTER (WHERE a.success IS NOT NULL), 0)
         AS success_rate,
       CAST(sum(a.error_count) AS BIGINT) AS error_count,
       count(DISTINCT a.project_path) AS unique_projects,
       CAST(len(list_distinct(flatten(list(a.files_modified)))) AS BIGINT) AS unique_files_modified
FROM gold.conversation_activity AS a
JOIN touched AS t
  ON a.platform = t.platform AND a.date = t.date
 AND a.user_id IS NOT DISTINCT FROM t.user_id
GROUP BY a.platform, a.date, a.user_id
