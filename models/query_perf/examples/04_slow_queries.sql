-- SPDX-License-Identifier: Apache-2.0
-- Which runs took longer than a second?
SELECT timestamp, query_hash, query_type, table_name, execution_time_ms
FROM slow_queries(1000)
LIMIT 20;
