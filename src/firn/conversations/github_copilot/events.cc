// SPDX-License-Identifier: Apache-2.0
//
// Events {type, data, id, timestamp, parentId}. Messages say their output tokens; what went in is
// known when the session shuts down, as a total by model. A row at the end then holds what the
// messages did not, so that at any time all rows together are right. Money is counted in requests
// and credits, not in dollars.

#include "firn/conversations/github_copilot/events.h"

#include <algorithm>
#include <array>

namespace firn::conversations::github_copilot {
namespace {

using namespace std::string_view_literals;

constexpr std::array kBookkeeping = {"session.start"sv,
                                     "session.resume"sv,
                                     "session.model_change"sv,
                                     "session.mode_changed"sv,
                                     "session.plan_changed"sv,
                                     "session.title_changed"sv,
                                     "session.usage_checkpoint"sv,
                                     "session.usage_info"sv,
                                     "session.auto_mode_resolved"sv,
                                     "session.truncation"sv,
                                     "session.compaction_start"sv,
                                     "session.context_changed"sv,
                                     "session.idle"sv,
                                     "session.shutdown"sv,
                                     "session.handoff"sv,
                                     "session.task_complete"sv,
                                     "session.snapshot_rewind"sv,
                                     "session.workspace_file_changed"sv,
                                     "session.background_tasks_changed"sv,
                                     "session.skills_loaded"sv,
                                     "session.custom_agents_updated"sv,
                                     "session.mcp_servers_loaded"sv,
                                     "session.mcp_server_status_changed"sv,
                                     "session.extensions_loaded"sv,
                                     "session.schedule_created"sv,
                                     "session.schedule_cancelled"sv,
                                     "permission.requested"sv,
                                     "permission.completed"sv,
                                     "assistant.turn_start"sv,
                                     "assistant.turn_end"sv,
                                     "assistant.usage"sv,
                                     "hook.start"sv,
                                     "hook.end"sv,
                                     "tool.user_requested"sv,
                                     "subagent.selected"sv,
                                     "subagent.started"sv,
                                     "subagent.completed"sv,
                                     "subagent.failed"sv,
                                     "skill.invoked"sv,
                                     "abort"sv};
constexpr std::array kNotices = {"session.info"sv, "session.warning"sv, "system.notification"sv};

// The kind of message that an event of the program itself is; "" for what is none.
std::string_view KindOf(std::string_view type) {
  if (type == "session.error" || type == "model.call_failure") return "error";
  if (type == "system.message") return "system";
  if (type == "session.compaction_complete") return "compact_summary";
  return std::ranges::find(kNotices, type) != kNotices.end() ? "notice" : "";
}

class LinesNormaliser : public OperationLogNormaliser {
 public:
  explicit LinesNormaliser(SourceKey source) : OperationLogNormaliser(std::move(source)) {}

 protected:
  std::optional<std::string> NativeIdOf(const JsonObject& record) const override {
    const std::optional<JsonObject> data = FindObject(record, "data");
    if (FindText(record, "type") != "session.start"sv || !data) {
      return IsEvent(record) ? std::nullopt : OperationLogNormaliser::NativeIdOf(record);
    }
    return FindId(*data, "sessionId");
  }

  void Read(const JsonObject& record, std::string_view text, SilverRows& rows) override {
    if (FindElement(record, "kind")) return OperationLogNormaliser::Read(record, text, rows);
    ReadEvent(record, text, rows);
  }

  void ReadAlone(const JsonObject& record, std::string_view text, SilverRows& rows) override {
    if (FindElement(record, "kind")) return OperationLogNormaliser::ReadAlone(record, text, rows);
    ReadEvent(record, text, rows);
  }

  void Save(JsonMembersOut& state) const override {
    OperationLogNormaliser::Save(state);
    state("model", model_);
    state("asked", asked_);
    state("last_message", last_message_);
    Json outputs{Json::Object()};
    for (const auto& [model, tokens] : outputs_)
      outputs.Set(model, tokens);
    state("outputs", std::move(outputs));
  }

  void Restore(const Json& state) override {
    OperationLogNormaliser::Restore(state);
    JsonMembersIn members(state);
    members("model", model_);
    members("asked", asked_);
    members("last_message", last_message_);
    const Json* outputs = state.Find("outputs");
    if (outputs == nullptr || outputs->as_object() == nullptr) return;
    for (const auto& [model, tokens] : *outputs->as_object())
      outputs_[model] = tokens.ToInt64().value_or(0);
  }

 private:
  void ReadEvent(const JsonObject& record, std::string_view text, SilverRows& rows) {
    const std::string_view type = FindString(record, "type").value_or("");
    const std::optional<JsonObject> data = FindObject(record, "data");
    const std::optional<TimeUs> time = FindTime(record, "timestamp");
    const std::string id = FindId(record, "id").value_or(HashId(text));
    NoteTime(time);
    if (!data) return AddOther(id, text, time, rows);
    if (type == "user.message") return AddPrompt(*data, id, time, rows);
    if (type == "assistant.message") return AddAnswer(record, *data, id, time, rows);
    if (type == "assistant.reasoning") return AddThought(*data, id, time, rows);
    if (type == "tool.execution_start") return BeginTool(*data, id, time, rows);
    if (type == "tool.execution_complete") return EndTool(*data, id, time, rows);
    if (type == "session.shutdown") AddTotals(*data, id, time, rows);
    if (std::ranges::find(kBookkeeping, type) != kBookkeeping.end()) return ReadSessionFacts(*data);
    const std::string_view kind = KindOf(type);
    if (kind.empty()) return AddOther(id, text, time, rows);
    if (kind == "error") ++facts().error_count;
    Message row = NewMessage(id, "system", kind, time);
    for (const char* key : {"content", "errorMessage", "message", "summaryContent"}) {
      if (const auto words = FindText(*data, key)) row.content = std::string(*words);
    }
    rows.messages.push_back(std::move(row));
  }

  void ReadSessionFacts(const JsonObject& data) {
    Skip();
    for (const char* key : {"selectedModel", "newModel"}) {
      if (const auto model = FindText(data, key)) model_ = *model;
    }
    if (const auto title = FindText(data, "title")) OfferTitle(kGivenTitle, *title);
    const std::optional<JsonObject> context = FindObject(data, "context");
    if (!context) return;
    if (!facts().project_path) facts().project_path = Copy(FindText(*context, "cwd"));
    if (auto repository = Copy(FindText(*context, "repository"))) {
      facts().git_repo = std::move(repository);
    }
    if (auto branch = Copy(FindText(*context, "branch"))) facts().git_branch = std::move(branch);
  }

  void AddPrompt(const JsonObject& data, const std::string& id, std::optional<TimeUs> time,
                 SilverRows& rows) {
    Message row = NewMessage(id, "user", "prompt", time);
    row.content = Copy(FindText(data, "content"));
    OfferTitle(kPromptTitle, row.content.value_or(""));
    rows.messages.push_back(std::move(row));
    asked_ = time;
  }

  void AddAnswer(const JsonObject& record, const JsonObject& data, const std::string& id,
                 std::optional<TimeUs> time, SilverRows& rows) {
    std::string message_id = FindId(data, "messageId").value_or(id);
    if (const auto chunk = FindInt(data, "chunkIndex"); chunk && *chunk > 0) {
      message_id.append(".").append(std::to_string(*chunk));
    }
    Message row = NewMessage(message_id, "assistant", "response", time);
    row.parent_message_id = FindId(record, "parentId");
    row.content = Copy(FindText(data, "content"));
    row.reasoning = Copy(FindText(data, "reasoningText"));
    row.model = Copy(FindText(data, "model"));
    if (!row.model && !model_.empty()) row.model = model_;
    row.latency_ms = ElapsedMillis(asked_, time);
    row.usage.output = FindTokenCount(data, "outputTokens");
    outputs_[row.model.value_or("")] += row.usage.output.value_or(0);
    row.api_call_id = CallId(FindId(data, "apiCallId").value_or(message_id));
    rows.messages.push_back(std::move(row));
    last_message_ = message_id;
    const std::optional<JsonArray> requests = FindArray(data, "toolRequests");
    if (!requests) return;
    for (const JsonElement& element : *requests) {
      JsonObject request;
      if (element.get(request) == simdjson::SUCCESS) RequestTool(request, message_id, time, rows);
    }
  }

  void AddThought(const JsonObject& data, const std::string& id, std::optional<TimeUs> time,
                  SilverRows& rows) {
    Message row = NewMessage(id, "assistant", "response", time);
    row.reasoning = Copy(FindText(data, "content"));
    rows.messages.push_back(std::move(row));
  }

  static std::optional<std::string> ArgumentsOf(const JsonObject& data) {
    if (const auto text = FindString(data, "arguments")) return ParametersOf(*text);
    const std::optional<JsonElement> arguments = FindElement(data, "arguments");
    return arguments ? std::optional(ToJsonText(*arguments)) : std::nullopt;
  }

  void RequestTool(const JsonObject& request, const std::string& message_id,
                   std::optional<TimeUs> time, SilverRows& rows) {
    const std::string id = FindId(request, "toolCallId").value_or("");
    if (id.empty()) return;
    if (ToolCall* known = FindCall(id)) {  // It was begun before the message was written.
      known->message_id = message_id;
      return TouchCall(*known, rows);
    }
    ToolCall call;
    call.tool_call_id = id;
    call.message_id = message_id;
    call.tool_name = Copy(FindText(request, "name"));
    call.parameters = ArgumentsOf(request);
    call.timestamp = time;
    BeginCall(std::move(call), rows);
  }

  void BeginTool(const JsonObject& data, const std::string& event, std::optional<TimeUs> time,
                 SilverRows& rows) {
    const std::string id = FindId(data, "toolCallId").value_or(event);
    if (ToolCall* known = FindCall(id)) {
      known->timestamp = time;
      return TouchCall(*known, rows);
    }
    ToolCall call;
    call.tool_call_id = id;
    call.message_id = last_message_.empty() ? event : last_message_;
    call.tool_name = Copy(FindText(data, "toolName"));
    call.parameters = ArgumentsOf(data);
    call.timestamp = time;
    BeginCall(std::move(call), rows);
  }

  void EndTool(const JsonObject& data, const std::string& event, std::optional<TimeUs> time,
               SilverRows& rows) {
    const std::string id = FindId(data, "toolCallId").value_or(event);
    ToolCall* known = FindCall(id);
    ToolCall loose;  // Whose beginning was never told.
    ToolCall& call = known != nullptr ? *known : loose;
    call.success = FindBool(data, "success");
    if (const auto result = FindObject(data, "result"))
      call.result = ToJsonText(FindString(*result, "content").value_or(""));
    if (const auto error = FindObject(data, "error"); error && !call.result)
      call.result = ToJsonText(FindString(*error, "message").value_or(""));
    asked_ = time;
    if (known != nullptr) return AnswerCall(call, time, false, rows);
    call.tool_call_id = id;
    call.message_id = last_message_.empty() ? event : last_message_;
    call.timestamp = time;
    BeginCall(std::move(loose), rows);
  }

  // What the whole session took, less what its messages said.
  void AddTotals(const JsonObject& data, const std::string& id, std::optional<TimeUs> time,
                 SilverRows& rows) {
    if (const auto changes = FindObject(data, "codeChanges")) {
      if (const auto files = FindArray(*changes, "filesModified")) {
        for (const JsonElement& element : *files) {
          std::string_view file;
          if (element.get(file) == simdjson::SUCCESS) NoteFile(file);
        }
      }
    }
    bool by_model = false;
    if (const auto models = FindObject(data, "modelMetrics")) {
      for (const auto& [model, element] : *models) {
        JsonObject metrics;
        if (element.get(metrics) != simdjson::SUCCESS) continue;
        const std::optional<JsonObject> usage = FindObject(metrics, "usage");
        if (!usage) continue;
        by_model = true;
        AddRest(SplitPrompt(FindTokenCount(*usage, "inputTokens"),
                            FindTokenCount(*usage, "cacheReadTokens"),
                            FindTokenCount(*usage, "cacheWriteTokens"),
                            FindTokenCount(*usage, "outputTokens")),
                std::string(model), id, time, rows);
      }
    }
    const std::optional<JsonObject> details = FindObject(data, "tokenDetails");
    if (!by_model && details) {
      const auto count = [&](std::string_view key) {
        const std::optional<JsonObject> one = FindObject(*details, key);
        return one ? FindTokenCount(*one, "tokenCount") : std::nullopt;
      };
      TokenUsage usage;
      usage.input = count("input");
      usage.cache_read = count("cache_read");
      usage.cache_write_5m = count("cache_write");
      usage.output = count("output");
      const std::string model(FindString(data, "currentModel").value_or(model_));
      AddRest(usage, model, id, time, rows);
    }
    outputs_.clear();
  }

  void AddRest(TokenUsage usage, const std::string& model, const std::string& id,
               std::optional<TimeUs> time, SilverRows& rows) {
    if (!usage.known()) return;
    const auto said = outputs_.find(model);
    if (usage.output && said != outputs_.end()) {
      usage.output = std::max<int64_t>(*usage.output - said->second, 0);
    }
    const std::string row_id = id + "/usage/" + model;
    Message row = NewMessage(row_id, "system", "context", time);
    row.is_active_path = false;
    if (!model.empty()) row.model = model;
    row.usage = usage;
    row.api_call_id = CallId(row_id);
    rows.messages.push_back(std::move(row));
  }

  std::string model_;  // That the session was set to.
  std::optional<TimeUs> asked_;
  std::string last_message_;
  std::map<std::string, int64_t> outputs_;  // Output tokens of messages since the last totals.
};

}  // namespace

bool IsEvent(const JsonObject& record) {
  const std::string_view type = FindString(record, "type").value_or("");
  const bool known = type.starts_with("session.") || type.starts_with("user.") ||
                     type.starts_with("assistant.") || type.starts_with("tool.") ||
                     type.starts_with("hook.") || type.starts_with("system.");
  return known && FindObject(record, "data") && FindElement(record, "id") &&
         FindString(record, "timestamp").has_value();
}

std::unique_ptr<RecordNormaliser> NewLinesNormaliser(SourceKey key) {
  return std::make_unique<LinesNormaliser>(std::move(key));
}

}  // namespace firn::conversations::github_copilot
