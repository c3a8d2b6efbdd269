/*
# SPDX-License-Identifier: Apache-2.0
name: gold.user_cohorts
kind: merge
description: >
  Who stays: users of a platform by the week, and by the month, of their first conversation there,
  and how many of them were active in that and in each later one. Periods without any are left out.
inputs:
  - table: gold.conversation_time_series
    columns: [timestamp, platform, user_id, conversation_id]
    touches: SELECT DISTINCT platform FROM changes
keys: [platform, period, cohort, active_in]
scope: [platform]
columns:
  platform: string!
  period: {type: string, required: true, doc: week or month}
  cohort: {type: date, doc: "Week (its Monday) or month (its first day) of the first conversation"}
  active_in: {type: date, doc: The week or month counted}
  periods_later: {type: long, doc: Weeks or months from cohort to active_in}
  cohort_users: long
  active_users: long
  retention_rate: double
partition: [platform]
sort: [period, cohort, active_in]
properties:
  write.parquet.compression-level: "9"
*/
WITH days AS (
  SELECT DISTINCT s.platform, s.user_id, CAST(s.timestamp AS DATE) AS date
  FROM gold.conversation_time_series AS s
  JOIN touched AS t ON s.platform = t.platform
  WHERE s.user_id IS NOT NULL
), active AS (
  SELECT DISTINCT platform, user_id, 'week' AS period,
         CAST(date_trunc('week', date) AS DATE) AS active_in
  FROM days
  UNION ALL
  SELECT DISTINCT platform, user_id, 'month', CAST(date_trunc('month', date) AS DATE)
  FROM days
), joined AS (
  SELECT *, min(active_in) OVER (PARTITION BY platform, period, user_id) AS cohort
  FROM active
), counted AS (
  SELECT platform, period, cohort, active_in, count(*) AS active_users
  FROM joined
  GROUP BY platform, period, cohort, active_in
), sized AS (
  SELECT *, first_value(active_users) OVER (
    PARTITION BY platform, period, cohort ORDER BY active_in) AS cohort_users
  FROM counted
)
SELECT platform, period, cohort, active_in,
       CASE period WHEN 'week' THEN date_diff('week', cohort, active_in)
                   ELSE date_diff('month', cohort, active_in) END AS periods_later,
       cohort_users, active_users, active_users / cohort_users AS retention_rate
FROM sized
