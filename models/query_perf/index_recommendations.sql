/*
# SPDX-License-Identifier: Apache-2.0
name: index_recommendations
kind: view
description: What the index advisor says of each index, by its latest word, the most rewarding first.
inputs: [silver.index_advisor]
*/
SELECT date_partition, timestamp, table_name, recommended_index, query_pattern, estimated_speedup,
       estimated_cost, estimated_speedup / nullif(estimated_cost, 0) AS speedup_per_cost, priority,
       status
FROM silver.index_advisor
QUALIFY row_number() OVER (PARTITION BY table_name, recommended_index, query_pattern
                           ORDER BY date_partition DESC, timestamp DESC NULLS LAST) = 1
ORDER BY estimated_speedup DESC NULLS LAST, table_name, recommended_index
