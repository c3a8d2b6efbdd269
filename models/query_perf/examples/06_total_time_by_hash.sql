-- SPDX-License-Identifier: Apache-2.0
-- Where does the time go?
SELECT query_hash, count(*) AS runs, sum(execution_time_ms) / 1000 AS total_seconds,
       100 * sum(execution_time_ms) / sum(sum(execution_time_ms)) OVER () AS percent
FROM query_performance
GROUP BY query_hash
ORDER BY total_seconds DESC
LIMIT 10;
