/*
# SPDX-License-Identifier: Apache-2.0
name: busy_days
kind: table_macro
parameters: [least]
description: The days with at least so many tool calls.
*/
SELECT date, sum(calls) AS calls
FROM gold.tool_failures
GROUP BY date
HAVING sum(calls) >= least
ORDER BY date
