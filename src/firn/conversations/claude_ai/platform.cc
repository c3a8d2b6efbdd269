// SPDX-License-Identifier: Apache-2.0
//
// Claude.ai's export: conversations.json, an array of conversations with their messages. It tells
// neither tokens nor, as a rule, the model. A re-export repeats everything: the larger `updated_at`
// wins, as the revision of a row.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "firn/conversations/framer.h"
#include "firn/conversations/platforms.h"
#include "firn/conversations/record_normaliser.h"

namespace firn::conversations {
namespace {

// The words of a message, and the calls of tools within it.
struct Words {
  std::string text;
  std::string thoughts;
};

class ClaudeAiNormaliser : public RecordNormaliser {
 public:
  explicit ClaudeAiNormaliser(SourceKey source)
      : RecordNormaliser(std::move(source), Framing::kJsonArray) {}

 protected:
  std::optional<std::string> NativeIdOf(const JsonObject& record) const override {
    return FindId(record, "uuid");
  }

  void Read(const JsonObject& record, std::string_view text, SilverRows& rows) override {
    const std::optional<JsonArray> messages = FindArray(record, "chat_messages");
    if (!messages) return AddOther("", text, std::nullopt, rows);
    NoteTime(FindTime(record, "created_at"));
    const std::optional<TimeUs> updated = FindTime(record, "updated_at");
    NoteTime(updated);
    revision_ = updated ? updated->value : 0;
    OfferTitle(kGivenTitle, FindString(record, "name").value_or(""));
    model_ = Copy(FindText(record, "model"));
    const std::unordered_set<std::string_view> active = ActiveIn(record, *messages);
    for (const JsonElement& element : *messages) {
      JsonObject message;
      if (element.get(message) != simdjson::SUCCESS) continue;
      const std::string_view id = FindString(message, "uuid").value_or("");
      ReadMessage(message, active.empty() || active.contains(id), rows);
    }
  }

 private:
  // The messages from the last one seen up to the first; empty where the export does not say.
  static std::unordered_set<std::string_view> ActiveIn(const JsonObject& conversation,
                                                       const JsonArray& messages) {
    std::unordered_set<std::string_view> active;
    std::string_view at = FindString(conversation, "current_leaf_message_uuid").value_or("");
    if (at.empty()) return active;
    std::unordered_map<std::string_view, std::string_view> parents;
    for (const JsonElement& element : messages) {
      JsonObject message;
      if (element.get(message) != simdjson::SUCCESS) continue;
      parents[FindString(message, "uuid").value_or("")] =
          FindString(message, "parent_message_uuid").value_or("");
    }
    while (parents.contains(at) && active.insert(at).second)
      at = parents[at];
    return active;
  }

  void ReadMessage(const JsonObject& message, bool is_active, SilverRows& rows) {
    const std::string id = FindId(message, "uuid").value_or(HashId(simdjson::minify(message)));
    const std::optional<TimeUs> time = FindTime(message, "created_at");
    const std::string_view sender = FindString(message, "sender").value_or("");
    const bool person = sender == "human";
    if (!person && sender != "assistant") {
      AddOther(id, simdjson::minify(message), time, rows);
      rows.messages.back().revision = revision_;
      return;
    }
    Message row =
        NewMessage(id, person ? "user" : "assistant", person ? "prompt" : "response", time);
    row.revision = revision_;
    row.is_active_path = is_active;
    row.parent_message_id = Copy(FindText(message, "parent_message_uuid"));
    Words words;
    if (const auto blocks = FindArray(message, "content"))
      ReadBlocks(*blocks, id, time, words, rows);
    if (words.text.empty()) words.text = FindString(message, "text").value_or("");
    if (person) OfferTitle(kPromptTitle, words.text);
    if (!words.text.empty()) row.content = std::move(words.text);
    if (!words.thoughts.empty()) row.reasoning = std::move(words.thoughts);
    if (!person) {
      row.model = model_;
      row.api_call_id = CallId(id);
      row.latency_ms = ElapsedMillis(asked_, time);
    }
    asked_ = person ? time : std::nullopt;
    rows.messages.push_back(std::move(row));
    AddAttachments(message, id, time, is_active, rows);
  }

  void ReadBlocks(const JsonArray& blocks, const std::string& id, std::optional<TimeUs> time,
                  Words& words, SilverRows& rows) {
    std::vector<ToolCall> calls;
    for (const JsonElement& element : blocks) {
      JsonObject block;
      if (element.get(block) != simdjson::SUCCESS) continue;
      const std::string_view type = FindString(block, "type").value_or("");
      if (type == "text") AppendBlock(words.text, FindString(block, "text").value_or(""));
      if (type == "thinking")
        AppendBlock(words.thoughts, FindString(block, "thinking").value_or(""));
      if (type == "tool_use") BeginTool(block, id, time, calls);
      if (type == "tool_result" && !calls.empty()) EndTool(block, calls);
    }
    for (ToolCall& call : calls) {
      if (call.success == false) ++facts().error_count;
      rows.tool_calls.push_back(std::move(call));
    }
  }

  // Exports may leave out all of a call but that there was one.
  void BeginTool(const JsonObject& block, const std::string& id, std::optional<TimeUs> time,
                 std::vector<ToolCall>& calls) {
    ToolCall& call = calls.emplace_back();
    call.tool_call_id = FindId(block, "id").value_or(id + "/" + std::to_string(calls.size() - 1));
    call.message_id = id;
    call.tool_name = Copy(FindText(block, "name"));
    if (const auto input = FindElement(block, "input")) call.parameters = ToJsonText(*input);
    call.timestamp = time;
    call.revision = revision_;
  }

  static void EndTool(const JsonObject& block, std::vector<ToolCall>& calls) {
    ToolCall* call = &calls.back();
    if (const auto id = FindText(block, "tool_use_id")) {
      for (ToolCall& one : calls) {
        if (one.tool_call_id == *id) call = &one;
      }
    }
    if (const auto content = FindElement(block, "content")) call->result = ToJsonText(*content);
    if (const auto failed = FindBool(block, "is_error")) call->success = !*failed;
  }

  void AddAttachments(const JsonObject& message, const std::string& id, std::optional<TimeUs> time,
                      bool is_active, SilverRows& rows) {
    const std::optional<JsonArray> attachments = FindArray(message, "attachments");
    if (!attachments) return;
    int64_t index = 0;
    for (const JsonElement& element : *attachments) {
      JsonObject attachment;
      const std::string place = id + "/attachment-" + std::to_string(index++);
      if (element.get(attachment) != simdjson::SUCCESS) continue;
      std::string words(FindString(attachment, "file_name").value_or(""));
      AppendBlock(words, FindString(attachment, "extracted_content").value_or(""));
      Message row = NewMessage(place, "system", "attachment", time);
      row.revision = revision_;
      row.parent_message_id = id;
      row.is_active_path = is_active;
      if (!words.empty()) row.content = std::move(words);
      rows.messages.push_back(std::move(row));
    }
  }

  int64_t revision_ = 0;
  std::optional<std::string> model_;
  std::optional<TimeUs> asked_;
};

class ClaudeAiPlatform : public RecordPlatform {
 public:
  std::string_view name() const override { return "claude_ai"; }
  std::string_view title() const override { return "Claude.ai"; }

  // Exports lie where a person put them.
  std::vector<std::string> DefaultRoots(const Variables&) const override { return {}; }

  bool MayHold(std::string_view path) const override { return path.ends_with(".json"); }

  bool Recognise(std::string_view path, std::string_view head) const override {
    const std::string_view text = TrimRecord(head);
    const bool document = text.starts_with('[') || text.starts_with('{');
    return MayHold(path) && document && head.find("\"chat_messages\"") != head.npos &&
           head.find("\"uuid\"") != head.npos;
  }

  Framing framing(std::string_view) const override { return Framing::kJsonArray; }

 protected:
  std::unique_ptr<RecordNormaliser> NewNormaliser(SourceKey key) const override {
    return std::make_unique<ClaudeAiNormaliser>(std::move(key));
  }
  std::string NativeIdOf(std::string_view) const override { return ""; }
};

}  // namespace

const Platform& ClaudeAi() {
  static const ClaudeAiPlatform kPlatform;
  return kPlatform;
}

}  // namespace firn::conversations
