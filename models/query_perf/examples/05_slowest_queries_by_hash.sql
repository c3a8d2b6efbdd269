-- SPDX-License-Identifier: Apache-2.0
-- Which queries are slow again and again?
SELECT query_hash, any_value(table_name) AS table_name, count(*) AS runs, avg(execution_time_ms) AS avg_ms
FROM query_performance
GROUP BY query_hash
HAVING count(*) > 1
ORDER BY avg_ms DESC
LIMIT 10;
