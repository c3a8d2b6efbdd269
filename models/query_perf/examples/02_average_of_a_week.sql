-- SPDX-License-Identifier: Apache-2.0
-- How long does a query take, on average over a week?
SELECT avg_query_time(7) AS avg_ms;
