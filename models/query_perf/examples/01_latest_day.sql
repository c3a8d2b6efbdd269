-- SPDX-License-Identifier: Apache-2.0
-- How was the last day?
SELECT date_partition, count(*) AS queries, avg(execution_time_ms) AS avg_ms, max(execution_time_ms) AS max_ms
FROM query_performance
WHERE date_partition = (SELECT max(date_partition) FROM query_performance)
GROUP BY date_partition;
