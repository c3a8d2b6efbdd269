-- SPDX-License-Identifier: Apache-2.0
-- How often does the cache help?
SELECT date_partition, 100 * avg(CAST(cache_hit AS INTEGER)) AS hit_percent
FROM query_performance
GROUP BY date_partition
ORDER BY date_partition DESC
LIMIT 30;
