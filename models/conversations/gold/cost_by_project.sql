/*
# SPDX-License-Identifier: Apache-2.0
name: gold.cost_by_project
kind: view
description: gold.daily_costs by project and UTC day.
inputs: [gold.daily_costs]
*/
SELECT project_path, date, CAST(sum(api_call_count) AS BIGINT) AS api_call_count,
       CAST(sum(unpriced_call_count) AS BIGINT) AS unpriced_call_count,
       CAST(sum(prompt_tokens) AS BIGINT) AS prompt_tokens,
       CAST(sum(completion_tokens) AS BIGINT) AS completion_tokens,
       CAST(sum(total_tokens) AS BIGINT) AS total_tokens,
       sum(estimated_cost_usd) AS estimated_cost_usd, sum(reported_cost_usd) AS reported_cost_usd,
       sum(computed_cost_usd) AS computed_cost_usd
FROM gold.daily_costs
GROUP BY project_path, date
