// SPDX-License-Identifier: Apache-2.0
//
// The only place where Copilot says what every request took, caches and latency included. It names
// no session: the first entry's id, which is random, tells one log from another.

#include "firn/conversations/github_copilot/debug_log.h"

namespace firn::conversations::github_copilot {
namespace {

using namespace std::string_view_literals;

// The texts of an array, or a text.
std::string TextsOf(const JsonObject& object, std::string_view key) {
  std::string text(FindString(object, key).value_or(""));
  const std::optional<JsonArray> parts = FindArray(object, key);
  if (!parts) return text;
  for (const JsonElement& element : *parts) {
    std::string_view part;
    if (element.get(part) == simdjson::SUCCESS) AppendBlock(text, part);
  }
  return text;
}

class DebugLogNormaliser : public RecordNormaliser {
 public:
  explicit DebugLogNormaliser(SourceKey source)
      : RecordNormaliser(std::move(source), Framing::kJsonArray) {}

 protected:
  std::optional<std::string> NativeIdOf(const JsonObject& record) const override {
    const std::optional<JsonArray> prompts = FindArray(record, "prompts");
    JsonObject prompt, entry;
    if (!prompts || prompts->at(0).get(prompt) != simdjson::SUCCESS) return std::nullopt;
    const std::optional<JsonArray> logs = FindArray(prompt, "logs");
    if (!logs || logs->at(0).get(entry) != simdjson::SUCCESS) return std::nullopt;
    std::optional<std::string> id = FindId(entry, "id");
    if (id) id->insert(0, "debug-log:");
    return id;
  }

  void Read(const JsonObject& record, std::string_view text, SilverRows& rows) override {
    const std::optional<JsonArray> prompts = FindArray(record, "prompts");
    if (!prompts) return AddOther("", text, std::nullopt, rows);
    int64_t index = 0;
    for (const JsonElement& element : *prompts) {
      JsonObject prompt;
      const std::string id = "prompt-" + std::to_string(index++);
      if (element.get(prompt) == simdjson::SUCCESS) ReadPrompt(prompt, id, rows);
    }
  }

 private:
  void ReadPrompt(const JsonObject& prompt, const std::string& id, SilverRows& rows) {
    const std::optional<JsonArray> logs = FindArray(prompt, "logs");
    Message row = NewMessage(id, "user", "prompt", logs ? BeginningOf(*logs) : std::nullopt);
    row.content = Copy(FindText(prompt, "prompt"));
    OfferTitle(kPromptTitle, row.content.value_or(""));
    rows.messages.push_back(std::move(row));
    last_message_ = id;
    if (!logs) return;
    for (const JsonElement& element : *logs) {
      JsonObject entry;
      if (element.get(entry) != simdjson::SUCCESS) continue;
      const std::string_view kind = FindString(entry, "kind").value_or("");
      if (kind == "element") continue;  // How the prompt was put together.
      if (kind == "request") {
        ReadRequest(entry, rows);
      } else if (kind == "toolCall") {
        ReadCall(entry, rows);
      } else {
        AddOther(FindId(entry, "id").value_or(""), simdjson::minify(entry), std::nullopt, rows);
      }
    }
  }

  static std::optional<TimeUs> BeginningOf(const JsonArray& logs) {
    for (const JsonElement& element : logs) {
      JsonObject entry;
      if (element.get(entry) != simdjson::SUCCESS) continue;
      if (const auto metadata = FindObject(entry, "metadata")) {
        if (const auto time = FindTime(*metadata, "startTime")) return time;
      }
    }
    return std::nullopt;
  }

  void ReadRequest(const JsonObject& entry, SilverRows& rows) {
    const std::optional<JsonObject> metadata = FindObject(entry, "metadata");
    const std::optional<JsonObject> response = FindObject(entry, "response");
    const std::string id = FindId(entry, "id").value_or(HashId(simdjson::minify(entry)));
    const auto end = metadata ? FindTime(*metadata, "endTime") : std::nullopt;
    Message row = NewMessage(id, "assistant", "response", end);
    if (metadata) {
      row.model = Copy(FindText(*metadata, "model"));
      row.latency_ms = ElapsedMillis(FindTime(*metadata, "startTime"), end);
      if (const auto usage = FindObject(*metadata, "usage")) row.usage = UsageOf(*usage);
    }
    if (response) {
      std::string words = TextsOf(*response, "message");
      const bool failed = FindString(*response, "type").value_or("success") != "success"sv;
      if (failed) row.kind = "error";
      if (failed) ++facts().error_count;
      if (failed && words.empty()) words = FindString(*response, "reason").value_or("");
      if (!words.empty()) row.content = std::move(words);
    }
    row.api_call_id = CallId(id);
    last_message_ = id;
    rows.messages.push_back(std::move(row));
  }

  static TokenUsage UsageOf(const JsonObject& usage) {
    const std::optional<JsonObject> details = FindObject(usage, "prompt_tokens_details");
    return SplitPrompt(FindTokenCount(usage, "prompt_tokens"),
                       details ? FindTokenCount(*details, "cached_tokens") : std::nullopt,
                       std::nullopt, FindTokenCount(usage, "completion_tokens"));
  }

  void ReadCall(const JsonObject& entry, SilverRows& rows) {
    ToolCall call;
    call.tool_call_id = FindId(entry, "id").value_or(HashId(simdjson::minify(entry)));
    call.message_id = last_message_;
    call.tool_name = Copy(FindText(entry, "tool"));
    call.parameters = ParametersOf(FindString(entry, "args").value_or(""));
    call.timestamp = FindTime(entry, "time");
    NoteTime(call.timestamp);
    if (FindElement(entry, "response")) call.result = ToJsonText(TextsOf(entry, "response"));
    BeginCall(std::move(call), rows);
  }

  std::string last_message_;
};

}  // namespace

std::unique_ptr<RecordNormaliser> NewDebugLogNormaliser(SourceKey key) {
  return std::make_unique<DebugLogNormaliser>(std::move(key));
}

}  // namespace firn::conversations::github_copilot
