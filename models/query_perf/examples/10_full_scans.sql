-- SPDX-License-Identifier: Apache-2.0
-- Which queries use no index?
SELECT table_name, count(*) AS runs, sum(rows_examined) AS rows_examined, avg(execution_time_ms) AS avg_ms
FROM query_performance
WHERE index_used IS NULL
GROUP BY table_name
ORDER BY rows_examined DESC;
