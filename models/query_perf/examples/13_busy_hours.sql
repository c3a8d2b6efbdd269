-- SPDX-License-Identifier: Apache-2.0
-- When is it busiest?
SELECT hour(timestamp) AS hour_utc, count(*) AS queries, avg(execution_time_ms) AS avg_ms
FROM query_performance
WHERE timestamp IS NOT NULL
GROUP BY hour_utc
ORDER BY queries DESC
LIMIT 5;
