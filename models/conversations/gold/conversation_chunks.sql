/*
# SPDX-License-Identifier: Apache-2.0
name: gold.conversation_chunks
kind: merge
description: >
  What people and assistants said, in chunks fit for retrieval: at most 512 tokens, estimated as one
  for four characters of ASCII, of which up to 64 repeat the end of the chunk before. They end
  between paragraphs and blocks of code where those fit. Secrets are marked as in silver. The id of
  a chunk changes with its text; embeddings join by it.
inputs:
  - table: silver.messages
    columns: [conversation_id, message_id, platform, user_id, project_path, sequence, role, kind,
              content, timestamp, is_active_path]
    touches: SELECT DISTINCT conversation_id, message_id FROM changes
keys: [conversation_id, message_id, position]
scope: [conversation_id, message_id]
columns:
  chunk_id: {type: string, required: true, doc: "MD5 of conversation, message, position and text"}
  conversation_id: string!
  message_id: string!
  platform: string!
  user_id: string
  position: {type: int, required: true, doc: "In its message, from 0"}
  text: string!
  token_count: {type: int, doc: Estimated}
  sequence: {type: int, doc: Of the message in its conversation}
  role: string
  project_path: string
  timestamp: timestamptz
partition:
  initial: [platform, month(timestamp)]
  medium: [platform, day(timestamp)]
  large: [platform, day(timestamp), "bucket(16, user_id)"]
  massive: ["bucket(256, user_id)"]
sort: [timestamp, conversation_id, sequence, position]
properties:
  write.parquet.compression-level: "9"
checks:
  - name: fits
    expression: token_count <= 512
*/
WITH split AS (
  SELECT m.conversation_id, m.message_id, m.platform, m.user_id, m.project_path, m.sequence, m.role,
         m.timestamp, text_chunks(m.content, 512, 64) AS chunks
  FROM silver.messages AS m
  JOIN touched AS t ON m.conversation_id = t.conversation_id AND m.message_id = t.message_id
  WHERE m.is_active_path
    AND m.kind IN ('prompt', 'task', 'response', 'compact_summary', 'attachment')
), listed AS (
  SELECT * EXCLUDE (chunks), unnest(chunks) AS chunk, generate_subscripts(chunks, 1) - 1 AS position
  FROM split
)
SELECT md5(concat_ws('/', conversation_id, message_id, position, chunk.text)) AS chunk_id,
       conversation_id, message_id, platform, user_id, CAST(position AS INTEGER) AS position,
       chunk.text AS text, chunk.token_count AS token_count, sequence, role, project_path, timestamp
FROM listed
