/*
# SPDX-License-Identifier: Apache-2.0
name: avg_query_time
kind: macro
parameters: [days]
description: The average time of a query over the last days there are reports of.
*/
SELECT avg(execution_time_ms)
FROM silver.query_perf
WHERE date_partition > (SELECT max(date_partition) FROM silver.query_perf) - CAST(days AS INTEGER)
