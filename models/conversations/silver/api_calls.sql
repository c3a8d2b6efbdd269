/*
# SPDX-License-Identifier: Apache-2.0
name: silver.api_calls
kind: merge
description: >
  One row per response of a model. Tokens are counted here and nowhere else. A response stands in
  several records, and in several conversations where one was forked or resumed: its figures are
  those of the record with the most output tokens, its owner is the conversation with the smallest
  (timestamp, conversation_id). What telemetry tells of the same response (that of its request, else
  the nearest of its session with the same model and prompt) is added to that row; what it tells of
  no response of a history is a row of its own. None of it depends on the order of arrival.
inputs:
  - table: silver.messages
    columns: [platform, api_call_id, conversation_id, message_id, user_id, session_id, project_path,
              timestamp, model, input_tokens, cache_read_tokens, cache_write_5m_tokens,
              cache_write_1h_tokens, output_tokens, reasoning_tokens, tokens_source,
              reported_cost_usd, request_id, latency_ms]
    # Where there is telemetry, whatever may be one call with what changed is matched anew.
    touches: |
      WITH RECURSIVE reached AS (
        SELECT unnest(['session ' || session_id, 'call ' || api_call_id,
                       'call ' || request_id]) AS tag
        FROM changes, (SELECT 1 FROM silver.telemetry_calls LIMIT 1)
        WHERE api_call_id IS NOT NULL
        UNION
        SELECT b.tag
        FROM reached AS r
        JOIN silver.api_call_tags AS a ON r.tag = a.tag
        JOIN silver.api_call_tags AS b ON a.platform = b.platform AND a.api_call_id = b.api_call_id
      )
      SELECT platform, api_call_id FROM changes WHERE api_call_id IS NOT NULL
      UNION
      SELECT t.platform, t.api_call_id
      FROM silver.api_call_tags AS t JOIN reached AS r ON t.tag = r.tag
  - table: silver.telemetry_calls
    columns: [platform, telemetry_call_id, conversation_id, user_id, session_id, request_id,
              timestamp, model, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens,
              reasoning_tokens, duration_ms, reported_cost_usd]
    touches: |
      WITH RECURSIVE reached AS (
        SELECT unnest(['session ' || session_id,
                       'call ' || coalesce(request_id, telemetry_call_id)]) AS tag
        FROM changes
        UNION
        SELECT b.tag
        FROM reached AS r
        JOIN silver.api_call_tags AS a ON r.tag = a.tag
        JOIN silver.api_call_tags AS b ON a.platform = b.platform AND a.api_call_id = b.api_call_id
      )
      SELECT platform, telemetry_call_id AS api_call_id FROM changes
      UNION
      SELECT t.platform, t.api_call_id
      FROM silver.api_call_tags AS t JOIN reached AS r ON t.tag = r.tag
  - silver.api_call_tags
keys: [platform, api_call_id]
columns:
  api_call_id: string!
  platform: string!
  conversation_id: {type: string, doc: The owner}
  message_id: string
  user_id: string
  session_id: string
  project_path: string
  timestamp: timestamptz
  model: string
  input_tokens: {type: long, doc: Not from a cache}
  cache_read_tokens: long
  cache_write_5m_tokens: long
  cache_write_1h_tokens: long
  output_tokens: long
  reasoning_tokens: {type: long, doc: Part of output_tokens}
  prompt_tokens: {type: long, doc: Input and what was read from and written to caches}
  completion_tokens: long
  total_tokens: long
  tokens_source: {type: string, doc: reported or estimated}
  reported_cost_usd: "decimal(18, 9)"
  copies: {type: int, doc: "Conversations that hold it, the owner among them"}
  request_id: {type: string, doc: As its server names it}
  latency_ms: {type: int, doc: "From request to answer, by telemetry where there is some"}
  origin: {type: string, doc: "history, otel, or both"}
partition:
  initial: [platform, month(timestamp)]
  medium: [platform, day(timestamp)]
  large: [platform, day(timestamp), "bucket(16, user_id)"]
  massive: ["bucket(256, user_id)"]
sort: [timestamp, api_call_id]
properties:
  write.parquet.compression-level: "9"
checks:
  - not_null: conversation_id
  - accepted_values: {column: origin, values: [history, otel, both]}
  - accepted_values: {column: tokens_source, values: [reported, estimated]}
    on_violation: warn
  - name: tokens_not_negative
    expression: least(input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens,
      output_tokens) >= 0
    on_violation: warn
*/
WITH records AS (
  SELECT m.platform, m.api_call_id, m.conversation_id, m.message_id, m.user_id, m.session_id,
         m.project_path, m.timestamp, m.model, m.input_tokens, m.cache_read_tokens,
         m.cache_write_5m_tokens, m.cache_write_1h_tokens, m.output_tokens, m.reasoning_tokens,
         m.tokens_source, m.reported_cost_usd, m.request_id, m.latency_ms,
         ROW_NUMBER() OVER (
           PARTITION BY m.platform, m.api_call_id
           ORDER BY m.output_tokens DESC NULLS LAST, m.input_tokens DESC NULLS LAST,
                    m.cache_read_tokens DESC NULLS LAST, m.timestamp NULLS LAST, m.conversation_id,
                    m.message_id) AS figures_rank,
         ROW_NUMBER() OVER (
           PARTITION BY m.platform, m.api_call_id
           ORDER BY m.timestamp NULLS LAST, m.conversation_id, m.message_id) AS owner_rank
  FROM silver.messages AS m
  JOIN touched AS t ON m.platform = t.platform AND m.api_call_id = t.api_call_id
), copies AS (
  SELECT platform, api_call_id, count(DISTINCT conversation_id) AS copies
  FROM records
  GROUP BY platform, api_call_id
), held AS (  -- What histories hold.
  SELECT o.platform, o.api_call_id, o.conversation_id, o.message_id, o.user_id, o.session_id,
         o.project_path, o.timestamp, coalesce(f.model, o.model) AS model, f.input_tokens,
         f.cache_read_tokens, f.cache_write_5m_tokens, f.cache_write_1h_tokens, f.output_tokens,
         f.reasoning_tokens, f.tokens_source, f.reported_cost_usd,
         coalesce(f.request_id, o.request_id) AS request_id,
         coalesce(f.latency_ms, o.latency_ms) AS latency_ms, c.copies
  FROM records AS o
  JOIN records AS f ON o.platform = f.platform AND o.api_call_id = f.api_call_id
  JOIN copies AS c ON o.platform = c.platform AND o.api_call_id = c.api_call_id
  WHERE o.owner_rank = 1 AND f.figures_rank = 1
), told AS (  -- What telemetry tells.
  SELECT s.platform, s.telemetry_call_id, s.conversation_id, s.user_id, s.session_id, s.request_id,
         s.timestamp, s.model, s.input_tokens, s.cache_read_tokens, s.cache_write_tokens,
         s.output_tokens, s.reasoning_tokens, s.duration_ms, s.reported_cost_usd
  FROM silver.telemetry_calls AS s
  JOIN touched AS t ON s.platform = t.platform AND s.telemetry_call_id = t.api_call_id
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY s.platform, s.telemetry_call_id
    ORDER BY s.output_tokens DESC NULLS LAST, s.timestamp NULLS LAST, s.conversation_id) = 1
), names AS (
  SELECT DISTINCT platform, api_call_id, api_call_id AS name FROM records
  UNION
  SELECT platform, api_call_id, request_id FROM records WHERE request_id IS NOT NULL
), named AS (
  SELECT t.platform, t.telemetry_call_id, min(n.platform) AS held_platform,
         arg_min(n.api_call_id, (n.platform, n.api_call_id)) AS held_call_id
  FROM told AS t
  JOIN names AS n ON coalesce(t.request_id, t.telemetry_call_id) = n.name
  GROUP BY t.platform, t.telemetry_call_id
), near AS (  -- Of what names nothing: the same session, model and prompt within ten minutes.
  SELECT t.platform, t.telemetry_call_id, h.platform AS held_platform,
         h.api_call_id AS held_call_id,
         ROW_NUMBER() OVER (
           PARTITION BY t.platform, t.telemetry_call_id
           ORDER BY h.output_tokens IS DISTINCT FROM t.output_tokens,
                    abs(epoch_us(h.timestamp) - epoch_us(t.timestamp)), h.timestamp,
                    h.api_call_id) AS held_rank,
         ROW_NUMBER() OVER (
           PARTITION BY h.platform, h.api_call_id
           ORDER BY h.output_tokens IS DISTINCT FROM t.output_tokens,
                    abs(epoch_us(h.timestamp) - epoch_us(t.timestamp)), t.timestamp,
                    t.telemetry_call_id) AS told_rank
  FROM told AS t
  JOIN held AS h
    ON t.platform = h.platform
   AND t.session_id = h.session_id
   AND regexp_replace(t.model, '\[.*\]$|-[0-9]{8}$', '') =
       regexp_replace(h.model, '\[.*\]$|-[0-9]{8}$', '')
   AND coalesce(t.input_tokens, 0) = coalesce(h.input_tokens, 0)
   AND coalesce(t.cache_read_tokens, 0) = coalesce(h.cache_read_tokens, 0)
   AND coalesce(t.cache_write_tokens, 0) =
       coalesce(h.cache_write_5m_tokens, 0) + coalesce(h.cache_write_1h_tokens, 0)
  WHERE abs(epoch_us(h.timestamp) - epoch_us(t.timestamp)) <= 600000000
    AND NOT EXISTS (SELECT 1 FROM named AS n
                    WHERE n.platform = t.platform AND n.telemetry_call_id = t.telemetry_call_id)
    AND NOT EXISTS (SELECT 1 FROM named AS n
                    WHERE n.held_platform = h.platform AND n.held_call_id = h.api_call_id)
), matches AS (
  SELECT platform, telemetry_call_id, held_platform, held_call_id FROM named
  UNION ALL
  SELECT platform, telemetry_call_id, held_platform, held_call_id
  FROM near
  WHERE held_rank = 1 AND told_rank = 1
), added AS (
  SELECT m.held_platform, m.held_call_id, t.*
  FROM matches AS m
  JOIN told AS t ON m.platform = t.platform AND m.telemetry_call_id = t.telemetry_call_id
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY m.held_platform, m.held_call_id
    ORDER BY t.output_tokens DESC NULLS LAST, t.timestamp NULLS LAST, t.platform,
             t.telemetry_call_id) = 1
), figures AS (
  SELECT h.api_call_id, h.platform, h.conversation_id, h.message_id, h.user_id, h.session_id,
         h.project_path, h.timestamp, coalesce(h.model, a.model) AS model,
         CASE WHEN h.tokens_source IS NULL THEN a.input_tokens ELSE h.input_tokens END
           AS input_tokens,
         CASE WHEN h.tokens_source IS NULL THEN a.cache_read_tokens ELSE h.cache_read_tokens END
           AS cache_read_tokens,
         CASE WHEN h.tokens_source IS NULL THEN a.cache_write_tokens
              ELSE h.cache_write_5m_tokens END AS cache_write_5m_tokens,
         h.cache_write_1h_tokens, greatest(h.output_tokens, a.output_tokens) AS output_tokens,
         coalesce(h.reasoning_tokens, a.reasoning_tokens) AS reasoning_tokens,
         CASE WHEN h.tokens_source IS NOT NULL THEN h.tokens_source
              WHEN coalesce(a.input_tokens, a.cache_read_tokens, a.output_tokens) IS NOT NULL
              THEN 'reported' END AS tokens_source,
         coalesce(h.reported_cost_usd, a.reported_cost_usd) AS reported_cost_usd, h.copies,
         coalesce(h.request_id, a.request_id) AS request_id,
         coalesce(a.duration_ms, h.latency_ms) AS latency_ms,
         CASE WHEN a.telemetry_call_id IS NULL THEN 'history' ELSE 'both' END AS origin
  FROM held AS h
  LEFT JOIN added AS a ON h.platform = a.held_platform AND h.api_call_id = a.held_call_id
  UNION ALL
  SELECT t.telemetry_call_id, t.platform, t.conversation_id, NULL, t.user_id, t.session_id, NULL,
         t.timestamp, t.model, t.input_tokens, t.cache_read_tokens, t.cache_write_tokens, NULL,
         t.output_tokens, t.reasoning_tokens,
         CASE WHEN coalesce(t.input_tokens, t.cache_read_tokens, t.output_tokens) IS NOT NULL
              THEN 'reported' END,
         t.reported_cost_usd, 1, t.request_id, t.duration_ms, 'otel'
  FROM told AS t
  ANTI JOIN matches AS m
    ON t.platform = m.platform AND t.telemetry_call_id = m.telemetry_call_id
), prompts AS (
  SELECT *,
         CASE WHEN coalesce(input_tokens, cache_read_tokens, cache_write_5m_tokens,
                            cache_write_1h_tokens) IS NOT NULL
              THEN coalesce(input_tokens, 0) + coalesce(cache_read_tokens, 0) +
                   coalesce(cache_write_5m_tokens, 0) + coalesce(cache_write_1h_tokens, 0)
         END AS prompt_tokens
  FROM figures
)
SELECT api_call_id, platform, conversation_id, message_id, user_id, session_id, project_path,
       timestamp, model, input_tokens, cache_read_tokens, cache_write_5m_tokens,
       cache_write_1h_tokens, output_tokens, reasoning_tokens, prompt_tokens,
       output_tokens AS completion_tokens,
       CASE WHEN coalesce(prompt_tokens, output_tokens) IS NOT NULL
            THEN coalesce(prompt_tokens, 0) + coalesce(output_tokens, 0)
       END AS total_tokens,
       tokens_source, reported_cost_usd, CAST(copies AS INTEGER) AS copies, request_id,
       CAST(latency_ms AS INTEGER) AS latency_ms, origin
FROM prompts
