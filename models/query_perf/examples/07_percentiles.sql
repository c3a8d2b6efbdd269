-- SPDX-License-Identifier: Apache-2.0
-- How long do the slowest of each type take?
SELECT query_type, quantile_cont(execution_time_ms, 0.5) AS p50, quantile_cont(execution_time_ms, 0.95) AS p95,
       quantile_cont(execution_time_ms, 0.99) AS p99
FROM query_performance
GROUP BY query_type
ORDER BY p99 DESC;
