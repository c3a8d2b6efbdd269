-- SPDX-License-Identifier: Apache-2.0
-- What did the optimizations bring?
SELECT date_partition, event_type, metric_name, metric_value, metadata ->> '$.unit' AS unit
FROM silver.optimization_summary
WHERE metric_value IS NOT NULL
ORDER BY date_partition DESC, event_type, metric_name;
