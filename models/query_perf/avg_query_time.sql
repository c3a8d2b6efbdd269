-- SPDX-License-Identifier: Apache-2.0
-- The average time of a query over the last days there are reports of; as a table, day by day.
CREATE OR REPLACE MACRO avg_query_time(days) AS (
  SELECT avg(execution_time_ms)
  FROM silver.query_perf
  WHERE date_partition > (SELECT max(date_partition) FROM silver.query_perf) - CAST(days AS INTEGER)
);
CREATE OR REPLACE MACRO avg_query_time(days) AS TABLE
  SELECT date_partition, count(*) AS queries, avg(execution_time_ms) AS avg_execution_time_ms
  FROM silver.query_perf
  WHERE date_partition > (SELECT max(date_partition) FROM silver.query_perf) - CAST(days AS INTEGER)
  GROUP BY date_partition
  ORDER BY date_partition;
