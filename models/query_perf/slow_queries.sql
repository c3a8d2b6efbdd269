/*
# SPDX-License-Identifier: Apache-2.0
name: slow_queries
kind: table_macro
parameters: [threshold_ms]
description: The runs of queries that took longer than a number of milliseconds, the slowest first.
*/
SELECT *
FROM query_performance
WHERE execution_time_ms > threshold_ms
ORDER BY execution_time_ms DESC, timestamp
