/*
# SPDX-License-Identifier: Apache-2.0
name: avg_query_time
kind: table_macro
parameters: [days]
description: The average time of a query over the last days there are reports of, day by day.
*/
SELECT date_partition, count(*) AS queries, avg(execution_time_ms) AS avg_execution_time_ms
FROM silver.query_perf
WHERE date_partition > (SELECT max(date_partition) FROM silver.query_perf) - CAST(days AS INTEGER)
GROUP BY date_partition
ORDER BY date_partition
