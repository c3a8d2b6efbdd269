// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/chatgpt/normaliser.h"

#include <algorithm>

#include "firn/base/bytes.h"
#include "firn/base/json.h"
#include "firn/base/uuid.h"
#include "firn/conversations/chatgpt/message.h"
#include "firn/conversations/chatgpt/tree.h"
#include "firn/conversations/key_drift.h"
#include "firn/conversations/platform.h"
#include "firn/conversations/state_json.h"

namespace firn::conversations::chatgpt {
namespace {

using namespace std::string_view_literals;

constexpr int64_t kStateVersion = 1;
constexpr size_t kUnreadableBytesMax = size_t{64} << 10;  // Bronze has it whole.

class ChatGptNormaliser : public Normaliser {
 public:
  ChatGptNormaliser(SourceKey key, int64_t next_offset, SourceFacts facts)
      : key_(std::move(key)),
        next_offset_(next_offset),
        facts_(std::move(facts)),
        drift_(key_.platform) {}

  Status Add(const SlicePlace& place, std::string_view bytes, SilverRows& rows) override {
    if (place.offset < next_offset_) return Ok();
    next_offset_ = place.end();
    const size_t begin = std::min(bytes.find('{'), bytes.size());
    const size_t end = bytes.rfind('}');
    padded_.assign(bytes.substr(begin, end == bytes.npos ? 0 : end + 1 - begin));
    const size_t length = padded_.size();
    padded_.append(kPadding, '\0');
    reader_.ForEach(
        std::string_view(padded_).substr(0, length),
        [&](const JsonObject& record, std::string_view text) {
          // What is none is a piece of one that was too long to be read.
          FindObject(record, "mapping") ? Read(record, rows) : AddUnreadable(text, rows);
        },
        [&](std::string_view text) { AddUnreadable(text, rows); });
    return Ok();
  }

  std::string Finish(SilverRows&, SourceFacts& facts) override {
    facts = facts_;
    JsonMembersOut state;
    state("version", kStateVersion);
    state("next_offset", next_offset_);
    state("facts", ToJson(facts_));
    return state.Take().Dump();
  }

  int64_t next_offset() const override { return next_offset_; }

 private:
  void Read(const JsonObject& conversation, SilverRows& rows) {
    ++facts_.records;
    facts_.new_keys.clear();  // A conversation comes whole each time.
    drift_.Note(conversation, facts_.new_keys);
    facts_.session_id = key_.native_id;
    facts_.title = Copy(FindText(conversation, "title"));
    facts_.first_timestamp = FindSeconds(conversation, "create_time");
    facts_.last_timestamp = FindSeconds(conversation, "update_time");
    facts_.error_count = 0;
    const Tree tree(conversation);
    const size_t begin = rows.messages.size();
    for (const Node& node : tree.nodes()) {
      if (node.message) ReadNode(tree, node, rows);
    }
    int64_t revision = facts_.last_timestamp ? facts_.last_timestamp->value : 0;
    for (size_t i = begin; i < rows.messages.size(); ++i)
      NoteTime(rows.messages[i], revision);
    for (size_t i = begin; i < rows.messages.size(); ++i)
      rows.messages[i].revision = revision;
    for (ToolCall& call : rows.tool_calls) {
      if (call.revision < 0) call.revision = revision;
    }
  }

  // Times a conversation does not say are those of its messages.
  void NoteTime(const Message& message, int64_t& revision) {
    if (!message.timestamp) return;
    if (!facts_.first_timestamp) facts_.first_timestamp = message.timestamp;
    if (!facts_.last_timestamp || *facts_.last_timestamp < *message.timestamp) {
      facts_.last_timestamp = message.timestamp;
    }
    revision = std::max(revision, message.timestamp->value);
  }

  void ReadNode(const Tree& tree, const Node& node, SilverRows& rows) {
    const JsonObject& message = *node.message;
    drift_.NoteMember("message", message, facts_.new_keys);
    Words words = WordsOf(message);
    Message& row = rows.messages.emplace_back();
    row.message_id = node.id;
    row.sequence = static_cast<int32_t>(&node - tree.nodes().data());
    row.role = RoleOf(message);
    if (row.role.empty()) row.role = "system";
    row.kind = KindOf(message, words);
    if (row.kind == "error") ++facts_.error_count;
    if (row.kind == "other") ++facts_.records_other;
    if (!words.is_known) row.raw = simdjson::minify(message);
    if (!words.text.empty()) (words.is_reasoning ? row.reasoning : row.content) = words.text;
    row.timestamp = FindSeconds(message, "create_time");
    row.model = ModelOf(message);
    if (!node.parent.empty()) row.parent_message_id = std::string(node.parent);
    if (row.role == "assistant") row.api_call_id = key_.conversation_id + "/" + row.message_id;
    row.session_id = key_.native_id;
    row.is_active_path = node.is_active;
    row.latency_ms = LatencyOf(tree, node, row);
    if (IsCall(message)) AddCall(tree, node, words.text, rows);
    if (IsLooseResult(tree, node)) AddLooseResult(node, words.text, rows);
  }

  static std::string KindOf(const JsonObject& message, const Words& words) {
    const std::string_view role = RoleOf(message);
    if (ContentTypeOf(message) == "system_error") return "error";
    if (!words.is_known) return "other";
    if (role == "tool") return "tool_result";
    if (role == "system" || role.empty()) return "system";
    if (IsHidden(message)) return "meta";
    return role == "user" ? "prompt" : "response";
  }

  static std::optional<int32_t> LatencyOf(const Tree& tree, const Node& node, const Message& row) {
    const Node* parent = tree.Find(node.parent);
    if (row.role != "assistant" || parent == nullptr || !parent->message) return std::nullopt;
    const std::optional<TimeUs> asked = FindSeconds(*parent->message, "create_time");
    const bool to_model = RoleOf(*parent->message) == "user"sv;
    if (!to_model || !asked || !row.timestamp || *row.timestamp < *asked) return std::nullopt;
    const int64_t millis = (row.timestamp->value - asked->value) / 1000;
    return static_cast<int32_t>(std::min<int64_t>(millis, INT32_MAX));
  }

  // An assistant that speaks to a tool calls it; older exports give the code to the tool itself.
  static bool IsCall(const JsonObject& message) {
    const std::string_view role = RoleOf(message);
    if (role == "assistant") return FindText(message, "recipient").value_or("all") != "all"sv;
    return role == "tool" && ContentTypeOf(message) == "code"sv;
  }

  static bool IsLooseResult(const Tree& tree, const Node& node) {
    if (RoleOf(*node.message) != "tool"sv || IsCall(*node.message)) return false;
    const Node* parent = tree.Find(node.parent);
    return parent == nullptr || !parent->message || !IsCall(*parent->message);
  }

  static std::string ParametersOf(const JsonObject& message, const std::string& text) {
    const size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin != text.npos && (text[begin] == '{' || text[begin] == '[') && Json::Parse(text)) {
      return text;
    }
    const std::optional<JsonObject> content = FindObject(message, "content");
    const auto language = content ? FindText(*content, "language") : std::nullopt;
    std::string json = "{";
    if (language) json.append("\"language\":").append(ToJsonText(*language)).append(",");
    return json.append("\"text\":").append(ToJsonText(text)).append("}");
  }

  void AddCall(const Tree& tree, const Node& node, const std::string& text, SilverRows& rows) {
    const JsonObject& message = *node.message;
    ToolCall& call = rows.tool_calls.emplace_back();
    call.tool_call_id = node.id;
    call.message_id = node.id;
    const bool by_assistant = RoleOf(message) == "assistant"sv;
    const std::string_view name =
        by_assistant ? FindText(message, "recipient").value_or("") : NameOf(message);
    if (!name.empty()) call.tool_name = std::string(name);
    call.parameters = ParametersOf(message, text);
    call.timestamp = FindSeconds(message, "create_time");
    call.revision = -1;
    for (const size_t child : node.children) {
      const std::optional<JsonObject>& answer = tree.nodes()[child].message;
      if (!answer || RoleOf(*answer) != "tool"sv) continue;
      TakeResult(*answer, call);
      break;
    }
  }

  void AddLooseResult(const Node& node, const std::string& text, SilverRows& rows) {
    const JsonObject& message = *node.message;
    ToolCall& call = rows.tool_calls.emplace_back();
    call.tool_call_id = node.id;
    call.message_id = node.id;
    const std::string_view name = NameOf(message);
    call.tool_name = std::string(name.empty() ? ContentTypeOf(message) : name);
    call.result = ToJsonText(text);
    call.timestamp = FindSeconds(message, "create_time");
    call.revision = -1;
  }

  void TakeResult(const JsonObject& result, ToolCall& call) {
    call.result = ToJsonText(WordsOf(result).text);
    call.success = ContentTypeOf(result) != "system_error"sv;
    const std::optional<JsonObject> metadata = FindObject(result, "metadata");
    const auto run = metadata ? FindObject(*metadata, "aggregate_result") : std::nullopt;
    if (!run) return;
    const auto status = FindText(*run, "status");
    if (status) call.success = *status == "success"sv;
    if (FindElement(*run, "in_kernel_exception") || FindElement(*run, "system_exception")) {
      call.success = false;
    }
    if (call.success == false) ++facts_.error_count;
    const std::optional<double> start = FindNumber(*run, "start_time");
    std::optional<double> end = FindNumber(*run, "end_time");
    if (!end) end = FindNumber(*run, "update_time");
    if (start && end && *end >= *start && *end - *start < 2e6) {
      call.execution_time_ms = static_cast<int32_t>((*end - *start) * 1000);
    }
  }

  void AddUnreadable(std::string_view text, SilverRows& rows) {
    ++facts_.records_unreadable;
    Message& row = rows.messages.emplace_back();
    const Uuid space = Uuid::Parse(key_.conversation_id).value_or(Uuid{});
    row.message_id = Uuid::FromName(space, text).ToString();
    row.role = "system";
    row.kind = "unreadable";
    row.raw = ReplaceInvalidUtf8(text.substr(0, kUnreadableBytesMax));
    row.revision = 1;
  }

  SourceKey key_;
  int64_t next_offset_;
  SourceFacts facts_;
  KeyDrift drift_;
  JsonRecordReader reader_;
  std::string padded_;
};

}  // namespace

Result<std::unique_ptr<Normaliser>> MakeNormaliser(const SourceKey& key, std::string_view state) {
  int64_t next_offset = 0;
  SourceFacts facts;
  if (!state.empty()) {
    FIRN_ASSIGN(const Json json, Json::Parse(state));
    JsonMembersIn members(json);
    if (int64_t version = 0; !members("version", version) || version != kStateVersion)
      return Unsupported("normaliser state of another version");
    members("next_offset", next_offset);
    if (const Json* known = json.Find("facts")) facts = SourceFactsFromJson(*known);
  }
  return std::unique_ptr<Normaliser>(
      std::make_unique<ChatGptNormaliser>(key, next_offset, std::move(facts)));
}

}  // namespace firn::conversations::chatgpt
