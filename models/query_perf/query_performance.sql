/*
# SPDX-License-Identifier: Apache-2.0
name: query_performance
kind: view
description: One row per query run, with what its time went into and how many rows it looked at for each it gave.
inputs: [silver.query_perf]
*/
SELECT date_partition, timestamp, query_hash, query_type, table_name, index_used, cache_hit,
       execution_time_ms, cpu_time_ms, io_wait_ms,
       execution_time_ms - coalesce(cpu_time_ms, 0) - coalesce(io_wait_ms, 0) AS other_time_ms,
       rows_examined, rows_returned,
       rows_examined / nullif(rows_returned, 0) AS rows_examined_per_row
FROM silver.query_perf
