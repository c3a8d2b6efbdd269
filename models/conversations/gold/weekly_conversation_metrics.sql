/*
# SPDX-License-Identifier: Apache-2.0
name: gold.weekly_conversation_metrics
kind: merge
description: >
  What happened in a week (Monday to Sunday, UTC), in the columns of gold.daily_conversation_metrics.
  Conversations, projects and files are counted anew, each once a week, not added up from days.
inputs:
  - table: gold.conversation_time_series
    columns: [timestamp, platform, user_id, conversation_id, message_count, tokens, latency_sum_ms,
              latency_count, success, error_count]
    touches: >
      SELECT DISTINCT platform, CAST(date_trunc('week', CAST(timestamp AS DATE)) AS DATE) AS week,
             user_id
      FROM changes
  - table: silver.conversations
    columns: [conversation_id, session_context]
    touches: >
      SELECT DISTINCT s.platform,
             CAST(date_trunc('week', CAST(s.timestamp AS DATE)) AS DATE) AS week, s.user_id
      FROM changes AS c
      JOIN gold.conversation_time_series AS s ON c.conversation_id = s.conversation_id
  - gold.conversation_activity
keys: [platform, week, user_id]
columns:
  platform: string!
  week: {type: date, doc: "Its Monday (ISO)"}
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
  initial: [platform, year(week)]
  large: [platform, month(week)]
sort: [week, user_id]
properties:
  write.parquet.compression-level: "9"
*/
SELECT a.platform, a.week, a.user_id,
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
  ON a.platform = t.platform AND a.week = t.week
 AND a.user_id IS NOT DISTINCT FROM t.user_id
GROUP BY a.platform, a.week, a.user_id
