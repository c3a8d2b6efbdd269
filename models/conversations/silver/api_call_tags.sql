/*
# SPDX-License-Identifier: Apache-2.0
name: silver.api_call_tags
kind: view
description: >
  What a call may be recognised by: its session, its own id and that of its request, from histories
  and from telemetry. Calls that share a tag may be one call told of twice.
inputs: [silver.messages, silver.telemetry_calls]
*/
SELECT platform, api_call_id, 'call ' || api_call_id AS tag
FROM silver.messages
WHERE api_call_id IS NOT NULL
UNION ALL
SELECT platform, api_call_id, 'call ' || request_id
FROM silver.messages
WHERE api_call_id IS NOT NULL AND request_id IS NOT NULL
UNION ALL
SELECT platform, api_call_id, 'session ' || session_id
FROM silver.messages
WHERE api_call_id IS NOT NULL AND session_id IS NOT NULL
UNION ALL
SELECT platform, telemetry_call_id, 'call ' || coalesce(request_id, telemetry_call_id)
FROM silver.telemetry_calls
UNION ALL
SELECT platform, telemetry_call_id, 'session ' || session_id
FROM silver.telemetry_calls
WHERE session_id IS NOT NULL
