-- SPDX-License-Identifier: Apache-2.0
-- Which indexes are recommended and not there yet?
SELECT table_name, recommended_index, estimated_speedup, estimated_cost, priority
FROM index_recommendations
WHERE status IS DISTINCT FROM 'applied';
