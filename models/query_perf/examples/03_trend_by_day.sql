-- SPDX-License-Identifier: Apache-2.0
-- Is it getting slower, day by day?
FROM avg_query_time(30);
