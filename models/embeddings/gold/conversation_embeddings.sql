/*
# SPDX-License-Identifier: Apache-2.0
name: gold.conversation_embeddings
kind: merge
description: >
  One vector per conversation that says something, of what was asked first and what was answered
  then, as silver has it: redacted. Kept by firn embed and by searches for meaning; all are made
  anew when the model is another one. Made from the title, the prompts, tasks and commands, then the
  answers and summaries, of each the first 4,000 characters, of all at most 500 messages.
inputs:
  - table: silver.conversations
    columns: [conversation_id, platform, user_id, title, start_timestamp, created_at,
              session_context]
    touches: SELECT DISTINCT conversation_id FROM changes
  - table: silver.messages
    columns: [conversation_id, message_id, kind, content, sequence]
    touches: SELECT DISTINCT conversation_id FROM changes
keys: [conversation_id]
columns:
  conversation_id: string!
  platform: string!
  user_id: string
  embedding_model: {type: string!, doc: "firn-lsa, or [embeddings] model of firn.toml"}
  embedding: {type: "list<float>", doc: Of length 1}
  content_summary: {type: string, doc: "The title, else the beginning of the first prompt"}
  timestamp: {type: timestamptz, doc: "When it started, else when the lake got it"}
  metadata: {type: "map<string, string>", doc: "model_version, dimensions, messages, project_path"}
partition:
  initial: [platform, month(timestamp)]
  medium: [platform, day(timestamp)]
sort: [timestamp, conversation_id]
*/
WITH said AS (
  SELECT m.conversation_id, m.sequence, m.message_id, left(m.content, 4000) AS content,
         m.kind NOT IN ('prompt', 'task', 'command') AS is_answer
  FROM silver.messages AS m
  JOIN touched AS t ON m.conversation_id = t.conversation_id
  WHERE m.kind IN ('prompt', 'task', 'command', 'response', 'compact_summary') AND m.content <> ''
  QUALIFY row_number() OVER (PARTITION BY m.conversation_id ORDER BY m.sequence, m.message_id)
          <= 500
), talk AS (
  SELECT conversation_id, count(*) AS messages,
         string_agg(content, chr(10) ORDER BY is_answer, sequence, message_id) AS text,
         min_by(content, (sequence, message_id)) FILTER (WHERE NOT is_answer) AS first_prompt
  FROM said
  GROUP BY conversation_id
), embedded AS (
  SELECT c.conversation_id, c.platform, c.user_id, k.messages,
         embed_text(concat_ws(chr(10), c.title, k.text)) AS embedding,
         left(trim(regexp_replace(coalesce(c.title, k.first_prompt), '\s+', ' ', 'g')), 200)
           AS content_summary,
         coalesce(c.start_timestamp, c.created_at) AS timestamp,
         c.session_context.project_path AS project_path
  FROM silver.conversations AS c
  JOIN talk AS k ON c.conversation_id = k.conversation_id
)
SELECT conversation_id, platform, user_id, ${embedding_model} AS embedding_model, embedding,
       content_summary, timestamp,
       map_from_entries(list_filter(
         [{'key': 'model_version', 'value': CAST(${embedding_version} AS VARCHAR)},
          {'key': 'dimensions', 'value': CAST(len(embedding) AS VARCHAR)},
          {'key': 'messages', 'value': CAST(messages AS VARCHAR)},
          {'key': 'project_path', 'value': project_path}], lambda e: e.value IS NOT NULL)) AS metadata
FROM embedded
WHERE embedding IS NOT NULL
