-- SPDX-License-Identifier: Apache-2.0
-- Are queries busy or waiting?
SELECT table_name, 100 * sum(cpu_time_ms) / sum(execution_time_ms) AS cpu_percent,
       100 * sum(io_wait_ms) / sum(execution_time_ms) AS io_percent
FROM query_performance
GROUP BY table_name
ORDER BY io_percent DESC NULLS LAST;
