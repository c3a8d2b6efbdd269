// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/state_json.h"

namespace firn::conversations {

void Put(Json& json, std::string_view key, const std::optional<std::string>& value) {
  if (value) json.Set(key, *value);
}

void Put(Json& json, std::string_view key, const std::optional<int64_t>& value) {
  if (value) json.Set(key, *value);
}

void Put(Json& json, std::string_view key, const std::optional<int32_t>& value) {
  if (value) json.Set(key, static_cast<int64_t>(*value));
}

void Put(Json& json, std::string_view key, const std::optional<TimeUs>& value) {
  if (value) json.Set(key, value->value);
}

std::optional<std::string> GetText(const Json& json, std::string_view key) {
  const Json* member = json.Find(key);
  if (member == nullptr || member->as_string() == nullptr) return std::nullopt;
  return *member->as_string();
}

std::optional<int64_t> GetNumber(const Json& json, std::string_view key) {
  const Json* member = json.Find(key);
  if (member == nullptr || !member->is_number()) return std::nullopt;
  const Result<int64_t> number = member->ToInt64();
  if (!number) return std::nullopt;
  return *number;
}

std::optional<int32_t> GetSmallNumber(const Json& json, std::string_view key) {
  const std::optional<int64_t> number = GetNumber(json, key);
  if (!number) return std::nullopt;
  return static_cast<int32_t>(*number);
}

std::optional<TimeUs> GetTime(const Json& json, std::string_view key) {
  const std::optional<int64_t> number = GetNumber(json, key);
  if (!number) return std::nullopt;
  return TimeUs{*number};
}

Json ToJson(const Message& message) {
  Json json;
  json.Set("message_id", message.message_id);
  json.Set("sequence", static_cast<int64_t>(message.sequence));
  json.Set("role", message.role);
  json.Set("kind", message.kind);
  Put(json, "content", message.content);
  Put(json, "reasoning", message.reasoning);
  Put(json, "timestamp", message.timestamp);
  Put(json, "model", message.model);
  Put(json, "latency_ms", message.latency_ms);
  Put(json, "parent", message.parent_message_id);
  Put(json, "api_call_id", message.api_call_id);
  Put(json, "input", message.usage.input);
  Put(json, "cache_read", message.usage.cache_read);
  Put(json, "cache_write_5m", message.usage.cache_write_5m);
  Put(json, "cache_write_1h", message.usage.cache_write_1h);
  Put(json, "output", message.usage.output);
  Put(json, "reasoning_tokens", message.usage.reasoning);
  Put(json, "cost_nanos", message.reported_cost_nanos);
  Put(json, "session_id", message.session_id);
  Put(json, "project_path", message.project_path);
  json.Set("records", static_cast<int64_t>(message.records));
  json.Set("active", message.is_active_path);
  Put(json, "raw", message.raw);
  json.Set("revision", message.revision);
  return json;
}

Message MessageFromJson(const Json& json) {
  Message message;
  message.message_id = GetText(json, "message_id").value_or("");
  message.sequence = GetSmallNumber(json, "sequence").value_or(0);
  message.role = GetText(json, "role").value_or("");
  message.kind = GetText(json, "kind").value_or("");
  message.content = GetText(json, "content");
  message.reasoning = GetText(json, "reasoning");
  message.timestamp = GetTime(json, "timestamp");
  message.model = GetText(json, "model");
  message.latency_ms = GetSmallNumber(json, "latency_ms");
  message.parent_message_id = GetText(json, "parent");
  message.api_call_id = GetText(json, "api_call_id");
  message.usage.input = GetNumber(json, "input");
  message.usage.cache_read = GetNumber(json, "cache_read");
  message.usage.cache_write_5m = GetNumber(json, "cache_write_5m");
  message.usage.cache_write_1h = GetNumber(json, "cache_write_1h");
  message.usage.output = GetNumber(json, "output");
  message.usage.reasoning = GetNumber(json, "reasoning_tokens");
  message.reported_cost_nanos = GetNumber(json, "cost_nanos");
  message.session_id = GetText(json, "session_id");
  message.project_path = GetText(json, "project_path");
  message.records = GetSmallNumber(json, "records").value_or(1);
  message.is_active_path = json.GetBool("active").value_or(true);
  message.raw = GetText(json, "raw");
  message.revision = GetNumber(json, "revision").value_or(0);
  return message;
}

Json ToJson(const ToolCall& call) {
  Json json;
  json.Set("tool_call_id", call.tool_call_id);
  json.Set("message_id", call.message_id);
  Put(json, "tool_name", call.tool_name);
  Put(json, "parameters", call.parameters);
  Put(json, "result", call.result);
  Put(json, "timestamp", call.timestamp);
  Put(json, "execution_time_ms", call.execution_time_ms);
  if (call.success) json.Set("success", *call.success);
  json.Set("revision", call.revision);
  return json;
}

ToolCall ToolCallFromJson(const Json& json) {
  ToolCall call;
  call.tool_call_id = GetText(json, "tool_call_id").value_or("");
  call.message_id = GetText(json, "message_id").value_or("");
  call.tool_name = GetText(json, "tool_name");
  call.parameters = GetText(json, "parameters");
  call.result = GetText(json, "result");
  call.timestamp = GetTime(json, "timestamp");
  call.execution_time_ms = GetSmallNumber(json, "execution_time_ms");
  if (const Json* success = json.Find("success"); success != nullptr && success->as_bool()) {
    call.success = *success->as_bool();
  }
  call.revision = GetNumber(json, "revision").value_or(0);
  return call;
}

Json ToJson(const SourceFacts& facts) {
  Json json;
  Put(json, "session_id", facts.session_id);
  Put(json, "parent_conversation_id", facts.parent_conversation_id);
  Put(json, "title", facts.title);
  Put(json, "project_path", facts.project_path);
  Put(json, "git_repo", facts.git_repo);
  Put(json, "git_branch", facts.git_branch);
  Put(json, "language", facts.language);
  Json::Array files(facts.files_modified.begin(), facts.files_modified.end());
  json.Set("files_modified", std::move(files));
  json.Set("error_count", facts.error_count);
  Put(json, "first", facts.first_timestamp);
  Put(json, "last", facts.last_timestamp);
  json.Set("records", facts.records);
  json.Set("skipped", facts.records_skipped);
  json.Set("other", facts.records_other);
  json.Set("unreadable", facts.records_unreadable);
  return json;
}

SourceFacts SourceFactsFromJson(const Json& json) {
  SourceFacts facts;
  facts.session_id = GetText(json, "session_id");
  facts.parent_conversation_id = GetText(json, "parent_conversation_id");
  facts.title = GetText(json, "title");
  facts.project_path = GetText(json, "project_path");
  facts.git_repo = GetText(json, "git_repo");
  facts.git_branch = GetText(json, "git_branch");
  facts.language = GetText(json, "language");
  const Json* files = json.Find("files_modified");
  if (files != nullptr && files->as_array() != nullptr) {
    for (const Json& file : *files->as_array()) {
      if (file.as_string() != nullptr) facts.files_modified.push_back(*file.as_string());
    }
  }
  facts.error_count = GetNumber(json, "error_count").value_or(0);
  facts.first_timestamp = GetTime(json, "first");
  facts.last_timestamp = GetTime(json, "last");
  facts.records = GetNumber(json, "records").value_or(0);
  facts.records_skipped = GetNumber(json, "skipped").value_or(0);
  facts.records_other = GetNumber(json, "other").value_or(0);
  facts.records_unreadable = GetNumber(json, "unreadable").value_or(0);
  return facts;
}

}  // namespace firn::conversations
