/*
# SPDX-License-Identifier: Apache-2.0
name: gold.tool_failures
kind: merge
description: How often each tool was called, and how often it failed, by UTC day.
inputs:
  - table: silver.tool_calls
    columns: [tool_call_id, tool_name, timestamp, success]
    touches: SELECT DISTINCT CAST(timestamp AS DATE) AS date, tool_name FROM changes
keys: [date, tool_name]
columns:
  date: date
  tool_name: string
  calls: long
  failed: {type: long, doc: Calls that came back as an error}
sort: [date, tool_name]
checks:
  - name: no_more_failures_than_calls
    expression: failed <= calls
*/
SELECT t.date, t.tool_name, count(*) AS calls, count(*) FILTER (NOT c.success) AS failed
FROM silver.tool_calls AS c
JOIN touched AS t
  ON CAST(c.timestamp AS DATE) IS NOT DISTINCT FROM t.date
 AND c.tool_name IS NOT DISTINCT FROM t.tool_name
GROUP BY t.date, t.tool_name
