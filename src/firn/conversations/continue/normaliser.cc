// SPDX-License-Identifier: Apache-2.0
//
// A message is known by its place in `history`: ids repeat, and only some have one. A tool's result
// is told twice, in `toolCallStates` of the call and as a message of its own: the call takes it
// once. The command line counts the tokens and the cost of a session; then this is its only call,
// and what single messages say is shown with them, not summed.

#include "firn/conversations/continue/normaliser.h"

namespace firn::conversations::continue_dev {
namespace {

using namespace std::string_view_literals;

std::string TextOf(const JsonObject& message) {
  const std::optional<JsonElement> content = FindElement(message, "content");
  std::string text;
  std::string_view whole;
  JsonArray parts;
  if (!content) return text;
  if (content->get(whole) == simdjson::SUCCESS) return std::string(whole);
  if (content->get(parts) != simdjson::SUCCESS) return text;
  for (const JsonElement& element : parts) {
    JsonObject part;
    if (element.get(part) != simdjson::SUCCESS) continue;
    const bool image = FindString(part, "type") == "imageUrl"sv;
    AppendBlock(text, image ? "[image]" : FindString(part, "text").value_or(""));
  }
  return text;
}

TokenUsage UsageOf(const JsonObject& object) {
  const std::optional<JsonObject> usage = FindObject(object, "usage");
  if (!usage) return {};
  const std::optional<JsonObject> details = FindObject(*usage, "promptTokensDetails");
  return SplitPrompt(FindTokenCount(*usage, "promptTokens"),
                     details ? FindTokenCount(*details, "cachedTokens") : std::nullopt,
                     details ? FindTokenCount(*details, "cacheWriteTokens") : std::nullopt,
                     FindTokenCount(*usage, "completionTokens"));
}

// The last that a list of objects says under a key.
std::optional<std::string> LastOf(const JsonObject& object, std::string_view list,
                                  std::string_view key) {
  std::optional<std::string> last;
  const std::optional<JsonArray> elements = FindArray(object, list);
  if (!elements) return last;
  for (const JsonElement& element : *elements) {
    JsonObject one;
    if (element.get(one) != simdjson::SUCCESS) continue;
    if (auto text = Copy(FindText(one, key))) last = std::move(text);
  }
  return last;
}

class ContinueNormaliser : public RecordNormaliser {
 public:
  ContinueNormaliser(SourceKey source, Framing framing)
      : RecordNormaliser(std::move(source), framing) {}

 protected:
  std::optional<std::string> NativeIdOf(const JsonObject& record) const override {
    return FindId(record, "sessionId");
  }

  void Read(const JsonObject& record, std::string_view text, SilverRows& rows) override {
    if (auto folder = FindText(record, "workspaceDirectory")) {
      facts().project_path = PathOfUri(*folder);
    }
    OfferTitle(kGivenTitle, FindString(record, "title").value_or(""));
    if (FindText(record, "eventName")) {
      NoteTime(FindTime(record, "timestamp"));
      return Skip();
    }
    if (const auto history = FindArray(record, "history")) {
      return ReadSession(record, *history, rows);
    }
    if (!FindElement(record, "dateCreated")) return AddOther("", text, std::nullopt, rows);
    NoteTime(FindMillis(record, "dateCreated"));
    Skip();
  }

 private:
  void ReadSession(const JsonObject& session, const JsonArray& history, SilverRows& rows) {
    const std::optional<std::string> model = Copy(FindText(session, "chatModelTitle"));
    const TokenUsage usage = UsageOf(session);
    whole_is_counted_ = usage.known();
    int64_t index = 0;
    for (const JsonElement& element : history) {
      JsonObject item;
      const std::string id = std::to_string(index++);
      if (element.get(item) == simdjson::SUCCESS) ReadItem(item, id, model, rows);
    }
    if (!whole_is_counted_) return;
    Message row = NewMessage("usage", "system", "context", std::nullopt);
    row.is_active_path = false;
    row.model = model;
    row.usage = usage;
    if (const auto total = FindObject(session, "usage")) {
      row.reported_cost_nanos = ToNanos(FindNumber(*total, "totalCost"));
    }
    row.api_call_id = CallId("usage");
    rows.messages.push_back(std::move(row));
  }

  void ReadItem(const JsonObject& item, const std::string& id,
                const std::optional<std::string>& model, SilverRows& rows) {
    const std::optional<JsonObject> message = FindObject(item, "message");
    const std::string_view role = message ? FindString(*message, "role").value_or("") : "";
    if (role == "user") return AddSaid(item, *message, id, "user", "prompt", rows);
    if (role == "system") return AddSaid(item, *message, id, "system", "system", rows);
    if (role == "tool") return ReadToolResult(*message, id, rows);
    if (role != "assistant" && role != "thinking") {
      return AddOther(id, simdjson::minify(item), std::nullopt, rows);
    }
    const std::optional<JsonObject> reasoning = FindObject(item, "reasoning");
    const auto began = reasoning ? FindMillis(*reasoning, "startAt") : std::nullopt;
    Message row = NewMessage(id, "assistant", "response", began);
    std::string words = TextOf(*message);
    if (!words.empty()) (role == "thinking" ? row.reasoning : row.content) = std::move(words);
    if (reasoning) {
      row.reasoning = Copy(FindText(*reasoning, "text"));
      row.latency_ms = ElapsedMillis(began, FindMillis(*reasoning, "endAt"));
    }
    row.model = LastOf(item, "promptLogs", "modelTitle");
    if (!row.model) row.model = model;
    row.usage = UsageOf(*message);
    if (role == "assistant" && !whole_is_counted_) row.api_call_id = CallId(id);
    if (FindText(item, "conversationSummary")) row.kind = "compact_summary";
    rows.messages.push_back(std::move(row));
    ReadCalls(item, *message, id, rows);
  }

  void AddSaid(const JsonObject& item, const JsonObject& message, const std::string& id,
               std::string_view role, std::string_view kind, SilverRows& rows) {
    Message row = NewMessage(id, role, kind, std::nullopt);
    std::string words = TextOf(message);
    if (kind == "prompt") OfferTitle(kPromptTitle, words);
    if (!words.empty()) row.content = std::move(words);
    if (FindText(item, "conversationSummary")) row.kind = "compact_summary";
    rows.messages.push_back(std::move(row));
  }

  void ReadToolResult(const JsonObject& message, const std::string& id, SilverRows& rows) {
    Message row = NewMessage(id, "tool", "tool_result", std::nullopt);
    std::string words = TextOf(message);
    if (ToolCall* call = FindCall(FindString(message, "toolCallId").value_or(""))) {
      call->result = ToJsonText(words);
      AnswerCall(*call, std::nullopt, false, rows);
    }
    if (!words.empty()) row.content = std::move(words);
    rows.messages.push_back(std::move(row));
  }

  void ReadCalls(const JsonObject& item, const JsonObject& message, const std::string& id,
                 SilverRows& rows) {
    const std::optional<JsonArray> states = FindArray(item, "toolCallStates");
    const std::optional<JsonArray> asked = FindArray(message, "toolCalls");
    const bool has_states = states && states->size() > 0;
    if (!has_states && !asked) return;
    for (const JsonElement& element : has_states ? *states : *asked) {
      JsonObject one;
      if (element.get(one) != simdjson::SUCCESS) continue;
      const std::optional<JsonObject> within = FindObject(one, "toolCall");
      ReadCall(one, within ? *within : one, id, rows);
    }
  }

  void ReadCall(const JsonObject& state, const JsonObject& asked, const std::string& id,
                SilverRows& rows) {
    ToolCall call;
    std::optional<std::string> call_id = FindId(state, "toolCallId");
    if (!call_id) call_id = FindId(asked, "id");
    call.tool_call_id = call_id.value_or(id);
    call.message_id = id;
    const std::optional<JsonObject> function = FindObject(asked, "function");
    if (function) call.tool_name = Copy(FindText(*function, "name"));
    if (const auto parsed = FindElement(state, "parsedArgs")) {
      call.parameters = ToJsonText(*parsed);
    } else if (function) {
      call.parameters = ParametersOf(FindString(*function, "arguments").value_or(""));
    }
    const std::string_view status = FindString(state, "status").value_or("");
    if (status == "done") {
      call.success = true;
      NoteEdit(call.tool_name.value_or(""), state);
    }
    if (status == "errored" || status == "canceled") call.success = false;
    if (const auto output = FindArray(state, "output")) call.result = OutputOf(*output);
    BeginCall(std::move(call), rows);
  }

  static std::string OutputOf(const JsonArray& output) {
    std::string text;
    for (const JsonElement& element : output) {
      JsonObject one;
      if (element.get(one) == simdjson::SUCCESS)
        AppendBlock(text, FindString(one, "content").value_or(""));
    }
    return ToJsonText(text);
  }

  void NoteEdit(std::string_view tool, const JsonObject& state) {
    const bool edits = tool.find("edit") != tool.npos || tool.find("replace") != tool.npos ||
                       tool == "create_new_file" || tool == "write_file";
    const std::optional<JsonObject> parsed = FindObject(state, "parsedArgs");
    if (edits && parsed) NoteFile(FindString(*parsed, "filepath").value_or(""));
  }

  bool whole_is_counted_ = false;
};

}  // namespace

std::unique_ptr<RecordNormaliser> NewNormaliser(SourceKey key, Framing framing) {
  return std::make_unique<ContinueNormaliser>(std::move(key), framing);
}

}  // namespace firn::conversations::continue_dev
