/*
# SPDX-License-Identifier: Apache-2.0
name: gold.error_rates
kind: merge
description: >
  How often the calls of a tool fail, per platform and UTC day. Calls without a time count under no
  date, those whose outcome is not known in call_count alone.
inputs:
  - table: silver.tool_calls
    columns: [conversation_id, tool_call_id, platform, tool_name, timestamp, success,
              execution_time_ms]
    touches: SELECT DISTINCT platform, tool_name, CAST(timestamp AS DATE) AS date FROM changes
keys: [platform, tool_name, date]
columns:
  platform: string!
  tool_name: string
  date: date
  call_count: long
  known_count: {type: long, doc: Calls whose outcome is known}
  error_count: long
  error_rate: {type: double, doc: Of the calls whose outcome is known}
  conversation_count: long
  failing_conversation_count: {type: long, doc: In which one failed}
  avg_execution_time_ms: double
partition:
  initial: [platform, month(date)]
  large: [platform, day(date)]
sort: [date, tool_name]
properties:
  write.parquet.compression-level: "9"
*/
SELECT c.platform, c.tool_name, t.date, count(*) AS call_count, count(c.success) AS known_count,
       count(*) FILTER (WHERE NOT c.success) AS error_count,
       count(*) FILTER (WHERE NOT c.success) / nullif(count(c.success), 0) AS error_rate,
       count(DISTINCT c.conversation_id) AS conversation_count,
       count(DISTINCT c.conversation_id) FILTER (WHERE NOT c.success)
         AS failing_conversation_count,
       avg(c.execution_time_ms) AS avg_execution_time_ms
FROM silver.tool_calls AS c
JOIN touched AS t
  ON c.platform = t.platform AND c.tool_name IS NOT DISTINCT FROM t.tool_name
 AND CAST(c.timestamp AS DATE) IS NOT DISTINCT FROM t.date
GROUP BY c.platform, c.tool_name, t.date
