/*
# SPDX-License-Identifier: Apache-2.0
name: silver.api_call_costs
kind: view
description: >
  Every row of silver.api_calls with what it cost. A cost that the platform reported beats the
  price table (0 is a cost). A model is priced under its own name, else without what stands before
  a slash, else also without the date at its end. Reads and writes of caches that have no price of
  their own cost what input costs.
inputs: [silver.api_calls, silver.model_prices]
*/
WITH models AS (
  SELECT DISTINCT model, regexp_replace(model, '^.*/', '') AS bare
  FROM silver.api_calls
  WHERE model IS NOT NULL
), names AS (
  SELECT model, model AS priced_as, 1 AS choice FROM models
  UNION ALL
  SELECT model, bare, 2 FROM models
  UNION ALL
  SELECT model, regexp_replace(bare, '[-@][0-9]{8}$', ''), 3 FROM models
), bands AS (
  SELECT *, lead(context_above) OVER (
    PARTITION BY model, valid_from ORDER BY context_above) AS context_up_to
  FROM silver.model_prices
), found AS (
  SELECT n.model, n.priced_as,
         ROW_NUMBER() OVER (PARTITION BY n.model ORDER BY n.choice) AS choice
  FROM names AS n
  JOIN (SELECT DISTINCT model FROM silver.model_prices) AS p ON n.priced_as = p.model
), prices AS (
  SELECT f.model AS called, b.*
  FROM found AS f
  JOIN bands AS b ON f.priced_as = b.model
  WHERE f.choice = 1
), calls AS (  -- The date once a row: it is the dear part.
  SELECT *, CAST(timestamp AS DATE) AS date
  FROM silver.api_calls
), priced AS (
  SELECT a.*, p.model AS priced_as, p.version,
         CASE WHEN p.model IS NOT NULL AND a.total_tokens IS NOT NULL THEN
           coalesce(a.input_tokens, 0) * p.input_price +
           coalesce(a.cache_read_tokens, 0) * coalesce(p.cache_read_price, p.input_price) +
           coalesce(a.cache_write_5m_tokens, 0) * coalesce(p.cache_write_5m_price, p.input_price) +
           coalesce(a.cache_write_1h_tokens, 0) *
             coalesce(p.cache_write_1h_price, p.cache_write_5m_price, p.input_price) +
           coalesce(a.output_tokens, 0) * p.output_price
         END AS computed_cost_usd
  FROM calls AS a
  LEFT JOIN prices AS p
    ON a.model = p.called
   AND coalesce(a.date, DATE '9999-01-01') >= p.valid_from
   AND coalesce(a.date, DATE '9999-01-01') <
       coalesce(p.valid_to, DATE '9999-12-31')
   AND (p.context_above = 0 OR coalesce(a.prompt_tokens, 0) > p.context_above)
   AND (p.context_up_to IS NULL OR coalesce(a.prompt_tokens, 0) <= p.context_up_to)
)
SELECT api_call_id, platform, conversation_id, message_id, user_id, session_id, project_path,
       timestamp, date, model, input_tokens, cache_read_tokens,
       cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens,
       prompt_tokens, completion_tokens, total_tokens, tokens_source, copies,
       CAST(coalesce(CAST(reported_cost_usd AS DECIMAL(38, 12)),
                     CAST(computed_cost_usd AS DECIMAL(38, 12))) AS DECIMAL(38, 12)) AS cost_usd,
       CASE WHEN reported_cost_usd IS NOT NULL THEN 'reported'
            WHEN computed_cost_usd IS NOT NULL THEN 'computed'
            ELSE 'unknown' END AS cost_source,
       CASE WHEN reported_cost_usd IS NULL AND computed_cost_usd IS NOT NULL
            THEN version END AS price_version,
       priced_as, reported_cost_usd,
       CAST(computed_cost_usd AS DECIMAL(38, 12)) AS computed_cost_usd
FROM priced
