/*
# SPDX-License-Identifier: Apache-2.0
name: gold.platform_comparison
kind: merge
description: >
  One row per platform and week (Monday to Sunday, UTC), with the figures by which platforms can be
  compared. Rates and averages are of the conversations of that week, each counted once.
inputs:
  - table: gold.conversation_time_series
    columns: [timestamp, platform, user_id, conversation_id, message_count, tokens, latency_sum_ms,
              latency_count, success, tool_call_count, error_count]
    touches: >
      SELECT DISTINCT platform, CAST(date_trunc('week', CAST(timestamp AS DATE)) AS DATE) AS week
      FROM changes
  - table: silver.conversations
    columns: [conversation_id, session_context, health_score]
    touches: >
      SELECT DISTINCT s.platform,
             CAST(date_trunc('week', CAST(s.timestamp AS DATE)) AS DATE) AS week
      FROM changes AS c
      JOIN gold.conversation_time_series AS s ON c.conversation_id = s.conversation_id
  - table: gold.daily_costs
    columns: [platform, date, user_id, project_path, estimated_cost_usd]
    touches: SELECT DISTINCT platform, CAST(date_trunc('week', date) AS DATE) AS week FROM changes
  - gold.conversation_activity
keys: [platform, week]
columns:
  platform: string!
  week: {type: date, doc: "Its Monday (ISO)"}
  conversation_count: long
  active_users: long
  unique_projects: long
  total_messages: long
  avg_messages_per_conversation: double
  total_tokens: long
  avg_tokens_per_conversation: {type: double, doc: Of the conversations whose tokens are known}
  avg_latency_ms: double
  success_rate: {type: double, doc: Of the conversations of which success is known}
  tool_call_count: long
  error_count: {type: long, doc: Calls of tools that failed}
  avg_health_score: double
  estimated_cost_usd: {type: "decimal(18, 9)", doc: Of the calls whose cost is known}
partition:
  initial: [year(week)]
  large: [month(week)]
sort: [week, platform]
properties:
  write.parquet.compression-level: "9"
*/
WITH talks AS (
  SELECT a.platform, a.week, a.conversation_id, any_value(a.user_id) AS user_id,
         any_value(a.project_path) AS project_path, sum(a.message_count) AS messages,
         sum(a.tokens) AS tokens, sum(a.latency_sum_ms) AS latency_sum,
         sum(a.latency_count) AS latency_count, bool_or(a.success) AS success,
         sum(a.tool_call_count) AS tool_calls, sum(a.error_count) AS errors,
         any_value(a.health_score) AS health_score
  FROM gold.conversation_activity AS a
  JOIN touched AS t ON a.platform = t.platform AND a.week = t.week
  GROUP BY a.platform, a.week, a.conversation_id
), weeks AS (
  SELECT platform, week, count(*) AS conversation_count, count(DISTINCT user_id) AS active_users,
         count(DISTINCT project_path) AS unique_projects,
         CAST(sum(messages) AS BIGINT) AS total_messages, CAST(sum(tokens) AS BIGINT) AS total_tokens,
         CAST(sum(tokens) AS DOUBLE) / nullif(count(tokens), 0) AS avg_tokens_per_conversation,
         CAST(sum(latency_sum) AS DOUBLE) / nullif(sum(latency_count), 0) AS avg_latency_ms,
         count(*) FILTER (WHERE success) / nullif(count(success), 0) AS success_rate,
         CAST(sum(tool_calls) AS BIGINT) AS tool_call_count,
         CAST(sum(errors) AS BIGINT) AS error_count, avg(health_score) AS avg_health_score
  FROM talks
  GROUP BY platform, week
), costs AS (
  SELECT c.platform, t.week, sum(c.estimated_cost_usd) AS cost_usd
  FROM gold.daily_costs AS c
  JOIN touched AS t
    ON c.platform = t.platform AND CAST(date_trunc('week', c.date) AS DATE) = t.week
  GROUP BY c.platform, t.week
)
SELECT w.platform, w.week, w.conversation_count, w.active_users, w.unique_projects,
       w.total_messages, w.total_messages / w.conversation_count AS avg_messages_per_conversation,
       w.total_tokens, w.avg_tokens_per_conversation, w.avg_latency_ms, w.success_rate,
       w.tool_call_count, w.error_count, w.avg_health_score,
       CAST(c.cost_usd AS DECIMAL(18, 9)) AS estimated_cost_usd
FROM weeks AS w
LEFT JOIN costs AS c ON w.platform = c.platform AND w.week = c.week
