-- SPDX-License-Identifier: Apache-2.0
-- How much faster is a query that hits the cache?
SELECT query_type, avg(execution_time_ms) FILTER (WHERE cache_hit) AS hit_ms,
       avg(execution_time_ms) FILTER (WHERE NOT cache_hit) AS miss_ms
FROM query_performance
GROUP BY query_type
ORDER BY query_type;
