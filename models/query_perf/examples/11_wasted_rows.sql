-- SPDX-License-Identifier: Apache-2.0
-- Which queries look at many rows for each they return?
SELECT query_hash, table_name, max(rows_examined_per_row) AS examined_per_row
FROM query_performance
GROUP BY query_hash, table_name
ORDER BY examined_per_row DESC NULLS LAST
LIMIT 10;
