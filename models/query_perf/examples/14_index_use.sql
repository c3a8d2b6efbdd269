-- SPDX-License-Identifier: Apache-2.0
-- Which indexes are used, and how well do they do?
SELECT table_name, index_used, count(*) AS runs, avg(execution_time_ms) AS avg_ms
FROM query_performance
WHERE index_used IS NOT NULL
GROUP BY table_name, index_used
ORDER BY runs DESC;
