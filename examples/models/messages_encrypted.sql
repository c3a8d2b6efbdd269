/*
# SPDX-License-Identifier: Apache-2.0
name: gold.messages_encrypted
kind: replace
description: All messages, in a table that only who has the key messages-2026 can read.
inputs:
  - table: silver.messages
keys: [conversation_id, message_id]
columns:
  conversation_id: string!
  message_id: string!
  role: string
  timestamp: timestamptz
  content: string
properties:
  encryption.key-id: messages-2026
*/
SELECT conversation_id, message_id, role, timestamp, content FROM silver.messages
