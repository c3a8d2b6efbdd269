-- SPDX-License-Identifier: Apache-2.0
-- How slow are the tables that indexes are recommended for?
SELECT r.table_name, r.recommended_index, r.estimated_speedup, avg(q.execution_time_ms) AS avg_ms, count(*) AS runs
FROM index_recommendations AS r
JOIN query_performance AS q ON q.table_name = r.table_name
GROUP BY ALL
ORDER BY r.estimated_speedup * avg_ms DESC NULLS LAST;
