/*
# SPDX-License-Identifier: Apache-2.0
name: silver.conversation_quality
kind: merge
description: >
  How well a conversation went, by rules that count and weigh what is in silver; no model is asked.
  One row per conversation, with the counts that the scores are made of. Every rule and figure is
  in docs/explanation/quality.md.
inputs:
  - table: silver.messages
    columns: [conversation_id, message_id, platform, user_id, sequence, kind, content, timestamp,
              is_active_path]
    touches: SELECT DISTINCT conversation_id FROM changes
  - table: silver.tool_calls
    columns: [conversation_id, tool_call_id, tool_name, parameters, result, timestamp, success]
    touches: SELECT DISTINCT conversation_id FROM changes
keys: [conversation_id]
columns:
  conversation_id: string!
  platform: string!
  user_id: string
  start_timestamp: timestamptz
  prompts: {type: long, doc: Of a person}
  corrections: {type: long, doc: Prompts that correct what was understood}
  clarifying_questions: {type: long, doc: Turns that end with a question about what was meant}
  opening_is_short: {type: boolean, doc: The first prompt has under 12 characters}
  positive_words: long
  negative_words: long
  turns: {type: long, doc: What follows a prompt or task up to the next one}
  answered_turns: {type: long, doc: Their last message is a response}
  interruptions: {type: long, doc: By the person}
  ending: {type: string, doc: "answered, error, interrupted or unanswered; null without a turn"}
  tool_calls: long
  answered_tool_calls: {type: long, doc: With a result or a known outcome}
  failed_tool_calls: long
  repeated_tool_calls: {type: long, doc: The same call again right after it failed}
  sentiment: {type: string, doc: "positive, negative or neutral; null without words of a person"}
  clarity_score: double
  completeness_score: double
  success: {type: boolean, doc: See silver.conversations}
  health_score: {type: int, doc: 100 less the penalties}
  health_grade: {type: string, doc: "A to F"}
partition:
  initial: [platform]
  medium: [platform, day(start_timestamp)]
  large: [platform, day(start_timestamp), "bucket(16, user_id)"]
  massive: ["bucket(256, user_id)"]
sort: [conversation_id]
properties:
  write.parquet.compression-level: "9"
checks:
  - accepted_values: {column: sentiment, values: [positive, negative, neutral]}
  - accepted_values: {column: health_grade, values: [A, B, C, D, F]}
  - name: scores_are_shares
    expression: clarity_score BETWEEN 0 AND 1 AND completeness_score BETWEEN 0 AND 1
*/
WITH said AS (
  SELECT m.conversation_id, m.platform, m.user_id, m.timestamp, m.sequence, m.message_id,
         CASE WHEN m.kind = 'prompt' AND starts_with(m.content, '[Request interrupted by user')
              THEN 'interruption' ELSE m.kind END AS kind,
         CASE WHEN m.kind IN ('prompt', 'response') THEN m.content END AS content
  FROM silver.messages AS m
  JOIN touched AS t ON m.conversation_id = t.conversation_id
  WHERE m.is_active_path
), ordered AS (
  SELECT *,
         CASE kind WHEN 'prompt' THEN lower(regexp_replace(
           left(content, 4000), '```.*?(?:```|$)|`[^`]*`', ' ', 'gs')) END AS words,
         CASE kind WHEN 'response' THEN lower(right(content, 400)) END AS closing,
         row_number() OVER in_kind AS place_in_kind,
         kind IN ('prompt', 'task') AND lag(kind, 1, '') OVER talk NOT IN ('prompt', 'task')
           AS begins_turn
  FROM said
  WHERE kind IN ('prompt', 'task', 'response', 'tool_result', 'error', 'interruption')
  WINDOW talk AS (PARTITION BY conversation_id ORDER BY sequence, message_id),
         in_kind AS (PARTITION BY conversation_id, kind ORDER BY sequence, message_id)
), judged AS (
  SELECT *,
         sum(CAST(begins_turn AS INTEGER)) OVER (
           PARTITION BY conversation_id ORDER BY sequence, message_id) AS turn,
         regexp_extract_all(words, '\b((?:not|no|never|hardly|without|cannot|\w+n[''’]t)\s+(?:\w+\s+){0,2})?' ||
           '(?:amazing|awesome|beautiful|brilliant|excellent|fantastic|good|great|helpful|' ||
           'impressive|lgtm|love|nice|perfect|perfectly|thank you|thanks|thx|well done|wonderful|' ||
           'work|works)\b', 1)
           AS good_words,
         regexp_extract_all(words, '\b((?:not|no|never|hardly|without|cannot|\w+n[''’]t)\s+(?:\w+\s+){0,2})?' ||
           '(?:annoying|awful|bad|broken|confused|confusing|disappointed|disappointing|' ||
           'frustrated|frustrating|garbage|hate|horrible|nonsense|ridiculous|stupid|terrible|ugly|' ||
           'unacceptable|useless|worse|worst|wrong|wtf)\b', 1)
           AS bad_words,
         place_in_kind > 1 AND (
           regexp_matches(words, '^\s*(?:no|nope|wrong|not that|not what)\b') AND
             NOT regexp_matches(words, '^\s*no,? (?:problem|worries|need|thanks|thank you)\b') OR
           regexp_matches(words, '\b(?:i meant|what i mean|not what i|you misunderstood|' ||
             'that(?:[''’]s| is) (?:wrong|incorrect|not)|try again|(?:undo|revert) (?:that|this|it))\b'))
           AS corrects,
         regexp_matches(closing, '\b(?:(?:do|did) you mean|(?:could|can) you (?:please )?' ||
           '(?:clarify|specify|explain what|tell me|share|provide)|' ||
           'please (?:clarify|specify|provide|tell me)|which (?:one|of)|what exactly|' ||
           'what would you like)\b[^.!]*\?')
           AS asks_back
  FROM ordered
), turns AS (
  SELECT conversation_id, turn, arg_max(kind, (sequence, message_id)) AS last_kind,
         coalesce(arg_max(asks_back, (sequence, message_id)) FILTER (WHERE kind = 'response'),
                  false) AS asks_back
  FROM judged
  WHERE turn > 0
  GROUP BY conversation_id, turn
), conversation_turns AS (
  SELECT conversation_id, count(*) AS turns,
         count(*) FILTER (WHERE last_kind = 'response') AS answered_turns,
         count(*) FILTER (WHERE asks_back) AS clarifying_questions,
         CASE arg_max(last_kind, turn) WHEN 'response' THEN 'answered' WHEN 'error' THEN 'error'
           WHEN 'interruption' THEN 'interrupted' ELSE 'unanswered' END AS ending
  FROM turns
  GROUP BY conversation_id
), talk AS (
  SELECT conversation_id, count(words) AS prompts, count(*) FILTER (WHERE corrects) AS corrections,
         bool_or(kind = 'prompt' AND place_in_kind = 1 AND length(trim(content)) < 12)
           AS opening_is_short,
         CAST(sum(len(good_words)) AS BIGINT) AS good_words,
         CAST(sum(len(bad_words)) AS BIGINT) AS bad_words,
         CAST(sum(len(list_filter(good_words, lambda negation: negation <> ''))) AS BIGINT)
           AS good_words_negated,
         CAST(sum(len(list_filter(bad_words, lambda negation: negation <> ''))) AS BIGINT)
           AS bad_words_negated,
         count(*) FILTER (WHERE kind = 'response') AS answers,
         count(*) FILTER (WHERE kind = 'interruption') AS interruptions
  FROM judged
  GROUP BY conversation_id
), calls AS (
  SELECT c.conversation_id, c.tool_call_id, c.timestamp, c.success,
         c.success IS NOT NULL OR c.result IS NOT NULL AS is_answered,
         hash(c.tool_name, c.parameters) AS what
  FROM silver.tool_calls AS c
  JOIN touched AS t ON c.conversation_id = t.conversation_id
), ordered_calls AS (
  SELECT *, lag(what) OVER in_time = what AND lag(success) OVER in_time = false AS is_repeated
  FROM calls
  WINDOW in_time AS (PARTITION BY conversation_id ORDER BY timestamp NULLS LAST, tool_call_id)
), tools AS (
  SELECT conversation_id, count(*) AS tool_calls,
         count(*) FILTER (WHERE is_answered) AS answered_tool_calls,
         count(*) FILTER (WHERE success = false) AS failed_tool_calls,
         count(*) FILTER (WHERE is_repeated) AS repeated_tool_calls,
         arg_max(success, (timestamp, tool_call_id))
           FILTER (WHERE success IS NOT NULL AND timestamp IS NOT NULL) AS last_success
  FROM ordered_calls
  GROUP BY conversation_id
), conversations AS (
  SELECT conversation_id, min(platform) AS platform, min(user_id) AS user_id,
         min(timestamp) AS start_timestamp
  FROM said
  GROUP BY conversation_id
), counted AS (
  SELECT c.conversation_id, c.platform, c.user_id, c.start_timestamp,
         coalesce(k.prompts, 0) AS prompts, coalesce(k.corrections, 0) AS corrections,
         coalesce(u.clarifying_questions, 0) AS clarifying_questions, k.opening_is_short,
         k.good_words - k.good_words_negated + k.bad_words_negated AS positive_words,
         k.bad_words - k.bad_words_negated + k.good_words_negated AS negative_words,
         coalesce(u.turns, 0) AS turns, coalesce(u.answered_turns, 0) AS answered_turns,
         coalesce(k.interruptions, 0) AS interruptions, u.ending,
         coalesce(o.tool_calls, 0) AS tool_calls,
         coalesce(o.answered_tool_calls, 0) AS answered_tool_calls,
         coalesce(o.failed_tool_calls, 0) AS failed_tool_calls,
         coalesce(o.repeated_tool_calls, 0) AS repeated_tool_calls,
         CASE WHEN k.answers > 0 THEN coalesce(o.last_success, true) END AS success
  FROM conversations AS c
  LEFT JOIN talk AS k ON c.conversation_id = k.conversation_id
  LEFT JOIN conversation_turns AS u ON c.conversation_id = u.conversation_id
  LEFT JOIN tools AS o ON c.conversation_id = o.conversation_id
), scored AS (
  SELECT *,
         CASE WHEN prompts = 0 THEN NULL WHEN positive_words > negative_words THEN 'positive'
              WHEN negative_words > positive_words THEN 'negative' ELSE 'neutral' END AS sentiment,
         CASE WHEN prompts > 0 THEN round(
           1 - 0.4 * corrections / greatest(prompts - 1, 1)
             - 0.4 * clarifying_questions / greatest(turns, 1)
             - 0.2 * CAST(opening_is_short AS INTEGER), 4) END AS clarity_score,
         CASE WHEN turns = 0 THEN NULL
              WHEN tool_calls = 0 THEN round(
           (0.5 * answered_turns / turns + 0.2 * CAST(ending = 'answered' AS INTEGER)) / 0.7, 4)
              ELSE round(0.5 * answered_turns / turns + 0.3 * answered_tool_calls / tool_calls
                         + 0.2 * CAST(ending = 'answered' AS INTEGER), 4) END AS completeness_score
  FROM counted
), graded AS (
  SELECT *,
         CASE WHEN turns > 0 THEN 100
           - CASE ending WHEN 'error' THEN 30 WHEN 'answered' THEN 0 ELSE 15 END
           - least(3 * failed_tool_calls, 30)
           - least(5 * repeated_tool_calls, 20)
           - least(2 * (tool_calls - answered_tool_calls), 10)
           - least(5 * interruptions, 15)
           - least(4 * corrections, 20)
           - CASE sentiment WHEN 'negative' THEN 5 ELSE 0 END END AS health
  FROM scored
)
SELECT conversation_id, platform, user_id, start_timestamp, prompts, corrections,
       clarifying_questions, coalesce(opening_is_short, false) AS opening_is_short,
       coalesce(positive_words, 0) AS positive_words, coalesce(negative_words, 0) AS negative_words,
       turns, answered_turns, interruptions, ending, tool_calls, answered_tool_calls,
       failed_tool_calls, repeated_tool_calls, sentiment,
       CAST(clarity_score AS DOUBLE) AS clarity_score,
       CAST(completeness_score AS DOUBLE) AS completeness_score, success,
       CAST(CASE WHEN health < 0 THEN 0 ELSE health END AS INTEGER) AS health_score,
       CASE WHEN health >= 90 THEN 'A' WHEN health >= 80 THEN 'B' WHEN health >= 65 THEN 'C'
            WHEN health >= 50 THEN 'D' WHEN health IS NOT NULL THEN 'F' END AS health_grade
FROM graded
