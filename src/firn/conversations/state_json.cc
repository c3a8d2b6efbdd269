// SPDX-License-Identifier: Apache-2.0
//
// The members of each row are listed once; the same list writes and reads them.

#include "firn/conversations/state_json.h"

namespace firn::conversations {
namespace {

// `Row` is const when members are written.
template <typename Row, typename Members>
void ListMessage(Row& row, Members& members) {
  members("message_id", row.message_id);
  members("sequence", row.sequence);
  members("role", row.role);
  members("kind", row.kind);
  members("content", row.content);
  members("reasoning", row.reasoning);
  members("timestamp", row.timestamp);
  members("model", row.model);
  members("latency_ms", row.latency_ms);
  members("parent", row.parent_message_id);
  members("api_call_id", row.api_call_id);
  members("request_id", row.request_id);
  members("input", row.usage.input);
  members("cache_read", row.usage.cache_read);
  members("cache_write_5m", row.usage.cache_write_5m);
  members("cache_write_1h", row.usage.cache_write_1h);
  members("output", row.usage.output);
  members("reasoning_tokens", row.usage.reasoning);
  members("cost_nanos", row.reported_cost_nanos);
  members("session_id", row.session_id);
  members("project_path", row.project_path);
  members("records", row.records);
  members("active", row.is_active_path);
  members("raw", row.raw);
  members("revision", row.revision);
}

template <typename Row, typename Members>
void ListToolCall(Row& row, Members& members) {
  members("tool_call_id", row.tool_call_id);
  members("message_id", row.message_id);
  members("tool_name", row.tool_name);
  members("parameters", row.parameters);
  members("result", row.result);
  members("timestamp", row.timestamp);
  members("execution_time_ms", row.execution_time_ms);
  members("success", row.success);
  members("revision", row.revision);
}

// Offsets and times of ingest are not the normaliser's to remember.
template <typename Facts, typename Members>
void ListFacts(Facts& facts, Members& members) {
  members("platform", facts.platform);
  members("session_id", facts.session_id);
  members("parent_conversation_id", facts.parent_conversation_id);
  members("title", facts.title);
  members("project_path", facts.project_path);
  members("git_repo", facts.git_repo);
  members("git_branch", facts.git_branch);
  members("language", facts.language);
  members("files_modified", facts.files_modified);
  members("error_count", facts.error_count);
  members("first", facts.first_timestamp);
  members("last", facts.last_timestamp);
  members("records", facts.records);
  members("skipped", facts.records_skipped);
  members("other", facts.records_other);
  members("unreadable", facts.records_unreadable);
  members("new_keys", facts.new_keys);
}

template <typename Key, typename Members>
void ListNewKey(Key& key, Members& members) {
  members("version", key.version);
  members("type", key.type);
  members("key", key.key);
  members("records", key.records);
}

}  // namespace

void JsonMembersOut::operator()(std::string_view key, const std::vector<NewKey>& keys) {
  if (keys.empty()) return;
  Json::Array members;
  for (const NewKey& one : keys) {
    JsonMembersOut member;
    ListNewKey(one, member);
    members.push_back(member.Take());
  }
  json_.Set(key, std::move(members));
}

bool JsonMembersIn::operator()(std::string_view key, std::vector<NewKey>& keys) {
  const Json* member = json_.Find(key);
  if (member == nullptr || member->as_array() == nullptr) return false;
  keys.clear();
  for (const Json& item : *member->as_array()) {
    JsonMembersIn members(item);
    ListNewKey(keys.emplace_back(), members);
  }
  return true;
}

bool JsonMembersIn::operator()(std::string_view key, std::string& value) {
  const Json* member = json_.Find(key);
  if (member == nullptr || member->as_string() == nullptr) return false;
  value = *member->as_string();
  return true;
}

bool JsonMembersIn::operator()(std::string_view key, bool& value) {
  const Json* member = json_.Find(key);
  if (member == nullptr || member->as_bool() == nullptr) return false;
  value = *member->as_bool();
  return true;
}

bool JsonMembersIn::operator()(std::string_view key, int64_t& value) {
  const Json* member = json_.Find(key);
  if (member == nullptr || !member->is_number()) return false;
  const Result<int64_t> number = member->ToInt64();
  if (number) value = *number;
  return number.has_value();
}

bool JsonMembersIn::operator()(std::string_view key, int32_t& value) {
  int64_t number = 0;
  const bool found = (*this)(key, number);
  if (found) value = static_cast<int32_t>(number);
  return found;
}

bool JsonMembersIn::operator()(std::string_view key, TimeUs& value) {
  return (*this)(key, value.value);
}

bool JsonMembersIn::operator()(std::string_view key, std::vector<std::string>& values) {
  const Json* member = json_.Find(key);
  if (member == nullptr || member->as_array() == nullptr) return false;
  for (const Json& one : *member->as_array()) {
    if (one.as_string() != nullptr) values.push_back(*one.as_string());
  }
  return true;
}

Json ToJson(const Message& message) {
  JsonMembersOut members;
  ListMessage(message, members);
  return members.Take();
}

Json ToJson(const ToolCall& call) {
  JsonMembersOut members;
  ListToolCall(call, members);
  return members.Take();
}

Json ToJson(const SourceFacts& facts) {
  JsonMembersOut members;
  ListFacts(facts, members);
  return members.Take();
}

Message MessageFromJson(const Json& json) {
  Message message;
  JsonMembersIn members(json);
  ListMessage(message, members);
  return message;
}

ToolCall ToolCallFromJson(const Json& json) {
  ToolCall call;
  JsonMembersIn members(json);
  ListToolCall(call, members);
  return call;
}

SourceFacts SourceFactsFromJson(const Json& json) {
  SourceFacts facts;
  JsonMembersIn members(json);
  ListFacts(facts, members);
  return facts;
}

}  // namespace firn::conversations
