-- SPDX-License-Identifier: Apache-2.0
-- The runs of queries that took longer than a number of milliseconds, the slowest first.
CREATE OR REPLACE MACRO slow_queries(threshold_ms) AS TABLE
  SELECT *
  FROM query_performance
  WHERE execution_time_ms > threshold_ms
  ORDER BY execution_time_ms DESC, timestamp;
