-- SPDX-License-Identifier: Apache-2.0
-- Which queries became slower in the last week there is?
WITH newest AS (SELECT max(date_partition) AS day FROM query_performance)
SELECT query_hash, avg(execution_time_ms) FILTER (WHERE date_partition > day - 7) AS now_ms,
       avg(execution_time_ms) FILTER (WHERE date_partition <= day - 7) AS before_ms
FROM query_performance, newest
GROUP BY query_hash
ORDER BY now_ms - before_ms DESC NULLS LAST
LIMIT 10;
