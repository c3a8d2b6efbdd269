// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/claude_code/state.h"

#include "firn/conversations/state_json.h"

namespace firn::conversations::claude_code {
namespace {

constexpr int64_t kVersion = 1;

// What stands beside the lists; `T` is const when members are written.
template <typename T, typename Members>
void ListScalars(T& state, Members& members) {
  members("next_offset", state.next_offset);
  members("next_sequence", state.next_sequence);
  members("last_input", state.last_input);
  members("title_rank", state.title_rank);
  members("in_line", state.in_line);
}

Json ToJson(const OpenMessage& open) {
  JsonMembersOut members;
  members("key", open.key);
  members("row", conversations::ToJson(open.row));
  Json::Array blocks;
  for (const TextBlock& block : open.blocks) {
    JsonMembersOut one;
    one(block.is_reasoning ? "reasoning" : "text", block.text);
    blocks.push_back(one.Take());
  }
  members("blocks", Json(std::move(blocks)));
  return members.Take();
}

Result<OpenMessage> OpenMessageFromJson(const Json& json) {
  OpenMessage open;
  FIRN_ASSIGN(open.key, json.GetString("key"));
  const Json* row = json.Find("row");
  if (row == nullptr) return Corrupt("normaliser state: an open message has no row");
  open.row = MessageFromJson(*row);
  FIRN_ASSIGN(const Json::Array* blocks, json.GetArray("blocks"));
  for (const Json& block : *blocks) {
    JsonMembersIn members(block);
    TextBlock read;
    if (members("text", read.text)) open.blocks.push_back(read);
    read.is_reasoning = true;
    if (members("reasoning", read.text)) open.blocks.push_back(std::move(read));
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
  JsonMembersOut members;
  members("version", kVersion);
  ListScalars(state, members);
  members("facts", conversations::ToJson(state.facts));
  Json::Array open;
  for (const OpenMessage& message : state.open)
    open.push_back(ToJson(message));
  members("open", Json(std::move(open)));
  Json::Array pending;
  for (const PendingCall& call : state.pending)
    pending.push_back(conversations::ToJson(call.row));
  members("pending", Json(std::move(pending)));
  return members.Take().Dump();
}

Result<State> ReadState(std::string_view text) {
  State state;
  if (text.empty()) return state;
  FIRN_ASSIGN(const Json json, Json::Parse(text));
  JsonMembersIn members(json);
  if (int64_t version = 0; !members("version", version) || version != kVersion) {
    return Unsupported("normaliser state of another version").WithHint("run with --full-refresh");
  }
  ListScalars(state, members);
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
