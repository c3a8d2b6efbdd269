/*
# SPDX-License-Identifier: Apache-2.0
name: gold.conversation_summary
kind: merge
description: >
  One wide row per conversation. Tokens and cost are those of the calls it owns, so sums over
  conversations count no call twice.
inputs:
  - table: silver.conversations
    columns: [conversation_id, platform, user_id, session_id, start_timestamp, end_timestamp,
              duration_seconds, message_count, tool_call_count, session_context, quality_metrics,
              created_at, updated_at, native_id, title, parent_conversation_id, health_score,
              health_grade]
    touches: SELECT DISTINCT conversation_id FROM changes
  - table: silver.messages
    columns: [conversation_id, message_id, role, kind, latency_ms]
    touches: SELECT DISTINCT conversation_id FROM changes
  - table: silver.tool_calls
    columns: [conversation_id, tool_call_id, tool_name]
    touches: SELECT DISTINCT conversation_id FROM changes
  - table: silver.api_calls
    columns: [conversation_id, platform, api_call_id, timestamp, model, input_tokens,
              cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens,
              reported_cost_usd]
    touches: SELECT DISTINCT conversation_id FROM changes
  - table: silver.model_prices
    touches: all
  - silver.api_call_costs
keys: [conversation_id]
columns:
  conversation_id: string!
  platform: string!
  user_id: string
  user_email: {type: string, doc: "[user] email of firn.toml, where user_id is [user] id"}
  user_tier: {type: string, doc: "[user] tier of firn.toml, where user_id is [user] id"}
  start_timestamp: timestamptz
  end_timestamp: timestamptz
  duration_seconds: long
  message_count: long
  user_message_count: {type: long, doc: "Prompts, tasks and commands; not results of tools"}
  assistant_message_count: long
  tool_call_count: long
  total_prompt_tokens: long
  total_completion_tokens: long
  total_tokens: long
  avg_latency_ms: double
  models_used: list<string>
  tools_used: list<string>
  success: boolean
  error_count: long
  project_path: string
  git_repo: string
  git_branch: string
  files_modified: list<string>
  language: string
  created_date: {type: date, doc: "The UTC day it started, else the day the lake got it"}
  title: string
  native_id: string
  session_id: string
  parent_conversation_id: string
  total_api_calls: long
  estimated_cost_usd: {type: "decimal(18, 9)", doc: Of the calls whose cost is known}
  cost_source: string
  health_score: int
  health_grade: string
partition:
  initial: [platform, month(created_date)]
  large: [platform, day(created_date)]
sort: [created_date, conversation_id]
properties:
  write.parquet.compression-level: "9"
*/
WITH talk AS (
  SELECT m.conversation_id, count(*) FILTER (WHERE m.kind IN ('prompt', 'task', 'command')) AS user_messages,
         count(*) FILTER (WHERE m.kind = 'response') AS assistant_messages,
         avg(m.latency_ms) AS avg_latency_ms
  FROM silver.messages AS m
  JOIN touched AS t ON m.conversation_id = t.conversation_id
  WHERE m.kind NOT IN ('other', 'unreadable', 'context')
  GROUP BY m.conversation_id
), tools AS (
  SELECT c.conversation_id, list(DISTINCT c.tool_name ORDER BY c.tool_name)
           FILTER (WHERE c.tool_name IS NOT NULL) AS tools_used
  FROM silver.tool_calls AS c
  JOIN touched AS t ON c.conversation_id = t.conversation_id
  GROUP BY c.conversation_id
), spent AS (
  SELECT a.conversation_id, count(*) AS calls, sum(a.prompt_tokens) AS prompt_tokens,
         sum(a.completion_tokens) AS completion_tokens, sum(a.total_tokens) AS total_tokens,
         list(DISTINCT a.model ORDER BY a.model) FILTER (WHERE a.model IS NOT NULL) AS models_used,
         sum(a.cost_usd) AS cost_usd,
         CASE WHEN count(DISTINCT a.cost_source) = 1 THEN max(a.cost_source) ELSE 'mixed' END
           AS cost_source
  FROM silver.api_call_costs AS a
  JOIN touched AS t ON a.conversation_id = t.conversation_id
  GROUP BY a.conversation_id
)
SELECT c.conversation_id, c.platform, c.user_id,
       CASE WHEN ${user_id} IS NULL OR c.user_id = ${user_id} THEN ${user_email} END AS user_email,
       CASE WHEN ${user_id} IS NULL OR c.user_id = ${user_id} THEN ${user_tier} END AS user_tier,
       c.start_timestamp, c.end_timestamp,
       CAST(c.duration_seconds AS BIGINT) AS duration_seconds,
       CAST(c.message_count AS BIGINT) AS message_count,
       coalesce(k.user_messages, 0) AS user_message_count,
       coalesce(k.assistant_messages, 0) AS assistant_message_count,
       CAST(c.tool_call_count AS BIGINT) AS tool_call_count,
       CAST(s.prompt_tokens AS BIGINT) AS total_prompt_tokens,
       CAST(s.completion_tokens AS BIGINT) AS total_completion_tokens,
       CAST(s.total_tokens AS BIGINT) AS total_tokens, k.avg_latency_ms, s.models_used,
       o.tools_used, c.quality_metrics.success AS success,
       CAST(c.quality_metrics.error_count AS BIGINT) AS error_count,
       c.session_context.project_path AS project_path, c.session_context.git_repo AS git_repo,
       c.session_context.git_branch AS git_branch,
       c.session_context.files_modified AS files_modified, c.session_context.language AS language,
       CAST(coalesce(c.start_timestamp, c.created_at) AS DATE) AS created_date, c.title,
       c.native_id, c.session_id, c.parent_conversation_id,
       coalesce(s.calls, 0) AS total_api_calls,
       CAST(round(s.cost_usd, 9) AS DECIMAL(18, 9)) AS estimated_cost_usd, s.cost_source,
       c.health_score, c.health_grade
FROM silver.conversations AS c
JOIN touched AS t ON c.conversation_id = t.conversation_id
LEFT JOIN talk AS k ON c.conversation_id = k.conversation_id
LEFT JOIN tools AS o ON c.conversation_id = o.conversation_id
LEFT JOIN spent AS s ON c.conversation_id = s.conversation_id
