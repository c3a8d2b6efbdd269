-- SPDX-License-Identifier: Apache-2.0
-- How do the months compare?
SELECT date_trunc('month', date_partition) AS month, count(*) AS queries, avg(execution_time_ms) AS avg_ms
FROM query_performance
GROUP BY month
ORDER BY month;
