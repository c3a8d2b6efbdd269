/*
# SPDX-License-Identifier: Apache-2.0
name: gold.conversation_activity
kind: view
description: >
  The rows of gold.conversation_time_series with their day, week (its Monday) and month, and with
  what is known of the whole conversation.
inputs: [gold.conversation_time_series, silver.conversations]
*/
SELECT s.*, CAST(s.timestamp AS DATE) AS date,
       CAST(date_trunc('week', CAST(s.timestamp AS DATE)) AS DATE) AS week,
       CAST(date_trunc('month', CAST(s.timestamp AS DATE)) AS DATE) AS month,
       c.session_context.project_path AS project_path,
       c.session_context.files_modified AS files_modified, c.health_score
FROM gold.conversation_time_series AS s
JOIN silver.conversations AS c ON s.conversation_id = c.conversation_id
