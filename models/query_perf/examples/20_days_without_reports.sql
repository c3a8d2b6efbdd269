-- SPDX-License-Identifier: Apache-2.0
-- Which days have no report?
SELECT CAST(day AS DATE) AS day,
       EXISTS (FROM query_performance WHERE date_partition = CAST(day AS DATE)) AS has_rows
FROM range((SELECT min(date_partition) FROM query_performance),
           (SELECT max(date_partition) FROM query_performance) + INTERVAL 1 DAY, INTERVAL 1 DAY) AS days(day)
ORDER BY has_rows, day;
