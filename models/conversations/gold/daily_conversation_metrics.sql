/*
# SPDX-License-Identifier: Apache-2.0
name: gold.daily_conversation_metrics
kind: merge
description: >
  What happened on a UTC day: messages, failed tool calls and tokens count on the day of each, a
  conversation on every day on which it has a message. Messages without a time count on the day
  their conversation started.
inputs:
  - table: silver.messages
    columns: [platform, user_id, conversation_id, message_id, timestamp, kind, latency_ms]
    touches: >
      SELECT platform, CAST(timestamp AS DATE) AS date, user_id FROM changes
      UNION
      SELECT c.platform, CAST(m.timestamp AS DATE) AS date, c.user_id
      FROM changes AS m JOIN silver.conversations AS c ON m.conversation_id = c.conversation_id
  - table: silver.tool_calls
    columns: [conversation_id, tool_call_id, timestamp, success]
    touches: >
      SELECT DISTINCT c.platform, CAST(m.timestamp AS DATE) AS date, c.user_id
      FROM changes AS m JOIN silver.conversations AS c ON m.conversation_id = c.conversation_id
  - table: silver.api_calls
    columns: [platform, api_call_id, user_id, timestamp, total_tokens]
    touches: SELECT DISTINCT platform, CAST(timestamp AS DATE) AS date, user_id FROM changes
  - table: silver.conversations
    columns: [conversation_id, platform, user_id, start_timestamp, end_timestamp, created_at,
              session_context, quality_metrics]
    touches: >
      SELECT DISTINCT c.platform,
             CAST(coalesce(m.timestamp, c.start_timestamp, c.created_at) AS DATE) AS date, c.user_id
      FROM changes AS c LEFT JOIN silver.messages AS m ON m.conversation_id = c.conversation_id
keys: [platform, date, user_id]
columns:
  platform: string!
  date: date
  user_id: string
  conversation_count: long
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
WITH talk AS (
  SELECT c.platform, c.user_id, c.conversation_id, c.session_context, c.quality_metrics,
         CAST(coalesce(m.timestamp, c.start_timestamp, c.created_at) AS DATE) AS date,
         m.kind NOT IN ('other', 'unreadable', 'context') AS counts, m.latency_ms
  FROM silver.messages AS m
  JOIN silver.conversations AS c ON m.conversation_id = c.conversation_id
), active AS (
  SELECT k.platform, k.date, k.user_id, k.conversation_id,
         count(*) FILTER (WHERE k.counts) AS messages, sum(k.latency_ms) AS latency_sum,
         count(k.latency_ms) AS latency_count, any_value(k.session_context) AS session_context,
         any_value(k.quality_metrics) AS quality_metrics
  FROM talk AS k
  JOIN touched AS t
    ON k.platform = t.platform AND k.date = t.date AND k.user_id IS NOT DISTINCT FROM t.user_id
  GROUP BY k.platform, k.date, k.user_id, k.conversation_id
), files AS (
  SELECT platform, date, user_id, count(DISTINCT file) AS files
  FROM (SELECT platform, date, user_id, unnest(session_context.files_modified) AS file FROM active)
  GROUP BY platform, date, user_id
), failed AS (
  SELECT k.platform, k.date, k.user_id, count(*) AS errors
  FROM (
    SELECT c.platform, c.user_id,
           CAST(coalesce(o.timestamp, c.start_timestamp, c.created_at) AS DATE) AS date
    FROM silver.tool_calls AS o
    JOIN silver.conversations AS c ON o.conversation_id = c.conversation_id
    WHERE o.success = false
  ) AS k
  JOIN touched AS t
    ON k.platform = t.platform AND k.date = t.date AND k.user_id IS NOT DISTINCT FROM t.user_id
  GROUP BY k.platform, k.date, k.user_id
), spent AS (
  SELECT a.platform, t.date, a.user_id, sum(a.total_tokens) AS total_tokens
  FROM silver.api_calls AS a
  JOIN touched AS t
    ON a.platform = t.platform AND CAST(a.timestamp AS DATE) = t.date
   AND a.user_id IS NOT DISTINCT FROM t.user_id
  GROUP BY a.platform, t.date, a.user_id
), days AS (
  SELECT platform, date, user_id, count(*) AS conversation_count, sum(messages) AS total_messages,
         CAST(sum(latency_sum) AS DOUBLE) / nullif(sum(latency_count), 0) AS avg_latency_ms,
         avg(CASE quality_metrics.success WHEN true THEN 1 WHEN false THEN 0 END) AS success_rate,
         count(DISTINCT session_context.project_path) AS unique_projects
  FROM active
  GROUP BY platform, date, user_id
)
SELECT t.platform, t.date, t.user_id, coalesce(d.conversation_count, 0) AS conversation_count,
       CAST(coalesce(d.total_messages, 0) AS BIGINT) AS total_messages,
       CAST(s.total_tokens AS BIGINT) AS total_tokens, d.avg_latency_ms, d.success_rate,
       coalesce(e.errors, 0) AS error_count, coalesce(d.unique_projects, 0) AS unique_projects,
       coalesce(f.files, 0) AS unique_files_modified
FROM touched AS t
LEFT JOIN days AS d ON t.platform = d.platform AND t.date = d.date
 AND t.user_id IS NOT DISTINCT FROM d.user_id
LEFT JOIN files AS f ON t.platform = f.platform AND t.date = f.date
 AND t.user_id IS NOT DISTINCT FROM f.user_id
LEFT JOIN failed AS e ON t.platform = e.platform AND t.date = e.date
 AND t.user_id IS NOT DISTINCT FROM e.user_id
LEFT JOIN spent AS s ON t.platform = s.platform AND t.date = s.date
 AND t.user_id IS NOT DISTINCT FROM s.user_id
WHERE d.conversation_count IS NOT NULL OR e.errors IS NOT NULL OR s.platform IS NOT NULL
