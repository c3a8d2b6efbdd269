/*
# SPDX-License-Identifier: Apache-2.0
name: silver.conversations
kind: merge
description: >
  One row per conversation. What its sources (files, machines, generations of a rewritten file)
  say is taken from the one that knows most, field by field. quality_metrics and health come from
  silver.conversation_quality. success is whether the last tool call went well, true where no tool
  was called, null where the assistant never answered.
inputs:
  - table: silver.conversation_sources
    columns: [conversation_id, source_id, source_generation, platform, user_id, session_id, title,
              native_id, parent_conversation_id, project_path, git_repo, git_branch, language,
              files_modified, error_count, first_timestamp, last_timestamp, records, first_ingested,
              last_ingested]
    touches: SELECT DISTINCT conversation_id FROM changes
  - table: silver.messages
    columns: [conversation_id, message_id, role, kind, timestamp]
    touches: SELECT DISTINCT conversation_id FROM changes
  - table: silver.conversation_quality
    columns: [conversation_id, tool_calls, sentiment, clarity_score, completeness_score, success,
              health_score, health_grade]
    touches: SELECT DISTINCT conversation_id FROM changes
keys: [conversation_id]
columns:
  conversation_id: string!
  platform: string!
  user_id: string
  session_id: string
  start_timestamp: timestamptz
  end_timestamp: timestamptz
  duration_seconds: int
  message_count: int
  session_context: "struct<project_path: string, git_repo: string, git_branch: string,
    files_modified: list<string>, language: string>"
  quality_metrics: "struct<sentiment: string, clarity_score: double, completeness_score: double,
    success: boolean, error_count: int>"
  created_at: {type: timestamptz, doc: When the lake first got something of it}
  updated_at: {type: timestamptz, doc: When the lake last got something of it}
  native_id: string
  title: string
  parent_conversation_id: string
  tool_call_count: int
  health_score: {type: int, doc: 100 less the penalties of docs/explanation/quality.md}
  health_grade: {type: string, doc: "A to F; null where nobody asked for anything"}
partition:
  initial: [platform, month(start_timestamp)]
  medium: [platform, day(start_timestamp)]
  large: [platform, day(start_timestamp), "bucket(16, user_id)"]
  massive: ["bucket(256, user_id)"]
sort: [start_timestamp, conversation_id]
properties:
  write.parquet.bloom-filter-enabled.column.conversation_id: "true"
  write.parquet.bloom-filter-enabled.column.native_id: "true"
  write.parquet.compression-level: "9"
checks:
  - name: ends_after_it_starts
    expression: end_timestamp >= start_timestamp
*/
WITH sources AS (
  SELECT s.*,
         ROW_NUMBER() OVER (
           PARTITION BY s.conversation_id
           ORDER BY s.records DESC NULLS LAST, s.last_timestamp DESC NULLS LAST,
                    s.source_generation DESC, s.source_id) AS source_rank
  FROM silver.conversation_sources AS s
  JOIN touched AS t ON s.conversation_id = t.conversation_id
), facts AS (
  SELECT conversation_id,
         min_by(platform, source_rank) AS platform,
         min_by(user_id, source_rank) FILTER (WHERE user_id IS NOT NULL) AS user_id,
         min_by(session_id, source_rank) FILTER (WHERE session_id IS NOT NULL) AS session_id,
         min_by(title, source_rank) FILTER (WHERE title IS NOT NULL) AS title,
         min_by(native_id, source_rank) FILTER (WHERE native_id IS NOT NULL) AS native_id,
         min_by(parent_conversation_id, source_rank)
           FILTER (WHERE parent_conversation_id IS NOT NULL) AS parent_conversation_id,
         min_by(project_path, source_rank) FILTER (WHERE project_path IS NOT NULL) AS project_path,
         min_by(git_repo, source_rank) FILTER (WHERE git_repo IS NOT NULL) AS git_repo,
         min_by(git_branch, source_rank) FILTER (WHERE git_branch IS NOT NULL) AS git_branch,
         min_by(language, source_rank) FILTER (WHERE language IS NOT NULL) AS language,
         coalesce(min_by(files_modified, source_rank) FILTER (WHERE len(files_modified) > 0), [])
           AS files_modified,
         max(error_count) AS error_count, min(first_timestamp) AS first_timestamp,
         max(last_timestamp) AS last_timestamp, min(first_ingested) AS created_at,
         max(last_ingested) AS updated_at
  FROM sources
  GROUP BY conversation_id
), talk AS (
  SELECT m.conversation_id, min(m.timestamp) AS first_timestamp, max(m.timestamp) AS last_timestamp,
         count(*) FILTER (WHERE m.kind NOT IN ('other', 'unreadable', 'context')) AS messages
  FROM silver.messages AS m
  JOIN touched AS t ON m.conversation_id = t.conversation_id
  GROUP BY m.conversation_id
), joined AS (
  SELECT f.*, least(k.first_timestamp, f.first_timestamp) AS start_timestamp,
         greatest(k.last_timestamp, f.last_timestamp) AS end_timestamp,
         coalesce(k.messages, 0) AS messages, coalesce(q.tool_calls, 0) AS tool_calls, q.sentiment,
         q.clarity_score, q.completeness_score, q.success, q.health_score, q.health_grade
  FROM facts AS f
  LEFT JOIN talk AS k ON f.conversation_id = k.conversation_id
  LEFT JOIN silver.conversation_quality AS q ON f.conversation_id = q.conversation_id
)
SELECT conversation_id, platform, user_id, session_id, start_timestamp, end_timestamp,
       CAST(epoch(end_timestamp - start_timestamp) AS INTEGER) AS duration_seconds,
       CAST(messages AS INTEGER) AS message_count,
       {'project_path': project_path, 'git_repo': git_repo, 'git_branch': git_branch,
        'files_modified': files_modified, 'language': language} AS session_context,
       {'sentiment': sentiment, 'clarity_score': clarity_score,
        'completeness_score': completeness_score, 'success': success,
        'error_count': CAST(error_count AS INTEGER)} AS quality_metrics,
       created_at, updated_at, native_id, title, parent_conversation_id,
       CAST(tool_calls AS INTEGER) AS tool_call_count, health_score, health_grade
FROM joined
