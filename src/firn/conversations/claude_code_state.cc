// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/claude_code_state.h"

#include "firn/conversations/state_json.h"

namespace firn::conversations::claude_code {
namespace {

constexpr int64_t kVersion = 1;

Json ToJson(const OpenMessage& open) {
  Json json;
  json.Set("key", open.key);
  json.Set("row", conversations::ToJson(open.row));
  Json::Array blocks;
  for (const TextBlock& block : open.blocks) {
    Json one;
    one.Set(block.is_reasoning ? "reasoning" : "text", block.text);
    blocks.push_back(std::move(one));
  }
  json.Set("blocks", std::move(blocks));
  return json;
}

Result<OpenMessage> OpenMessageFromJson(const Json& json) {
  OpenMessage open;
  FIRN_ASSIGN(open.key, json.GetString("key"));
  const Json* row = json.Find("row");
  if (row == nullptr) return Corrupt("normaliser state: an open message has no row");
  open.row = MessageFromJson(*row);
  FIRN_ASSIGN(const Json::Array* blocks, json.GetArray("blocks"));
  for (const Json& block : *blocks) {
    if (auto text = GetText(block, "text")) open.blocks.push_back({false, std::move(*text)});
    if (auto text = GetText(block, "reasoning")) open.blocks.push_back({true, std::move(*text)});
  }
  return open;
}

}  // namespace

size_t OpenMessage::size_bytes() const {
  size_t size = 512;
  for (const TextBlock& block : blocks)
    size += block.text.size();
  return size;
}

std::string WriteState(const State& state) {
  Json json;
  json.Set("version", kVersion);
  json.Set("next_offset", state.next_offset);
  json.Set("next_sequence", static_cast<int64_t>(state.next_sequence));
  Put(json, "last_input", state.last_input);
  json.Set("title_rank", static_cast<int64_t>(state.title_rank));
  json.Set("facts", conversations::ToJson(state.facts));
  Json::Array open;
  for (const OpenMessage& message : state.open)
    open.push_back(ToJson(message));
  json.Set("open", std::move(open));
  Json::Array pending;
  for (const PendingCall& call : state.pending)
    pending.push_back(conversations::ToJson(call.row));
  json.Set("pending", std::move(pending));
  return json.Dump();
}

Result<State> ReadState(std::string_view text) {
  State state;
  if (text.empty()) return state;
  FIRN_ASSIGN(const Json json, Json::Parse(text));
  if (GetNumber(json, "version") != kVersion) {
    return Unsupported("normaliser state of another version").WithHint("run with --full-refresh");
  }
  FIRN_ASSIGN(state.next_offset, json.GetInt64("next_offset"));
  state.next_sequence = GetSmallNumber(json, "next_sequence").value_or(0);
  state.last_input = GetTime(json, "last_input");
  state.title_rank = GetSmallNumber(json, "title_rank").value_or(0);
  if (const Json* facts = json.Find("facts")) state.facts = SourceFactsFromJson(*facts);
  FIRN_ASSIGN(const Json::Array* open, json.GetArray("open"));
  for (const Json& one : *open) {
    FIRN_ASSIGN(OpenMessage message, OpenMessageFromJson(one));
    state.open.push_back(std::move(message));
  }
  FIRN_ASSIGN(const Json::Array* pending, json.GetArray("pending"));
  for (const Json& one : *pending)
    state.pending.push_back({ToolCallFromJson(one), false});
  return state;
}

}  // namespace firn::conversations::claude_code
