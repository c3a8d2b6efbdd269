/*
# SPDX-License-Identifier: Apache-2.0
name: silver.conversation_documents
kind: view
description: One document per conversation, with its messages and their tool calls nested in order.
inputs: [silver.conversations, silver.messages, silver.tool_calls]
*/
WITH calls AS (
  SELECT conversation_id, message_id,
         list({'tool_call_id': tool_call_id, 'tool_name': tool_name, 'parameters': parameters,
               'result': result, 'execution_time_ms': execution_time_ms, 'success': success}
              ORDER BY timestamp NULLS LAST, tool_call_id) AS tool_calls
  FROM silver.tool_calls
  GROUP BY conversation_id, message_id
), talk AS (
  SELECT m.conversation_id,
         list({'message_id': m.message_id, 'sequence': m.sequence, 'role': m.role,
               'kind': m.kind, 'content': m.content, 'timestamp': m.timestamp, 'model': m.model,
               'tokens': m.tokens, 'latency_ms': m.latency_ms, 'tool_calls': c.tool_calls}
              ORDER BY m.sequence, m.message_id) AS messages
  FROM silver.messages AS m
  LEFT JOIN calls AS c
    ON m.conversation_id = c.conversation_id AND m.message_id = c.message_id
  GROUP BY m.conversation_id
)
SELECT c.*, t.messages
FROM silver.conversations AS c
LEFT JOIN talk AS t ON c.conversation_id = t.conversation_id
