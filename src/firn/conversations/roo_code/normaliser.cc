// SPDX-License-Identifier: Apache-2.0
//
// A record of ui_messages.json is something said or asked at an instant; `text` often holds JSON as
// a string. "api_req_started" opens an answer, and says what it took once it is over; what follows
// up to the next or to something the person says belongs to it. Of tools only commands, MCP
// servers, searches and subtasks show their results here.

#include "firn/conversations/roo_code/normaliser.h"

#include <algorithm>
#include <array>

namespace firn::conversations::roo_code {
namespace {

using namespace std::string_view_literals;

// Of these nothing was said.
constexpr std::array kBookkeeping = {"checkpoint_saved"sv,
                                     "api_req_finished"sv,
                                     "api_req_deleted"sv,
                                     "api_req_retried"sv,
                                     "api_req_rate_limit_wait"sv,
                                     "mcp_server_request_started"sv,
                                     "browser_session_status"sv,
                                     "user_edit_todos"sv,
                                     "resume_task"sv,
                                     "resume_completed_task"sv,
                                     "auto_approval_max_req_reached"sv,
                                     "load_mcp_documentation"sv,
                                     "deleted_api_reqs"sv};
constexpr std::array kErrors = {"error"sv,
                                "diff_error"sv,
                                "rooignore_error"sv,
                                "clineignore_error"sv,
                                "condense_context_error"sv,
                                "too_many_tools_warning"sv,
                                "api_req_failed"sv,
                                "mistake_limit_reached"sv};
constexpr std::array kNotices = {"shell_integration_warning"sv, "api_req_retry_delayed"sv,
                                 "sliding_window_truncation"sv, "info"sv};
constexpr std::array kAnswers = {"text"sv, "completion_result"sv, "followup"sv,
                                 "plan_mode_respond"sv};
constexpr std::array kFeedback = {"user_feedback"sv, "user_feedback_diff"sv};
constexpr std::array kCalls = {"tool"sv, "command"sv, "use_mcp_server"sv, "browser_action"sv,
                               "browser_action_launch"sv};
constexpr std::array kResults = {"command_output"sv, "mcp_server_response"sv,
                                 "browser_action_result"sv, "subtask_result"sv,
                                 "codebase_search_result"sv};
// Tools whose path is a file that they change.
constexpr std::array kEdits = {"editedExistingFile"sv, "appliedDiff"sv,   "newFileCreated"sv,
                               "fileDeleted"sv,        "insertContent"sv, "searchAndReplace"sv};

// Providers of Cline whose figure is the whole prompt.
constexpr std::array kWholePrompt = {"openai"sv, "litellm"sv,  "doubao"sv, "fireworks"sv, "hicap"sv,
                                     "qwen"sv,   "lmstudio"sv, "xai"sv,    "zai"sv};

template <typename List>
bool Holds(const List& list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

class UiNormaliser : public RecordNormaliser {
 public:
  explicit UiNormaliser(SourceKey source)
      : RecordNormaliser(std::move(source), Framing::kJsonArray) {}

 protected:
  void Read(const JsonObject& record, std::string_view text, SilverRows& rows) override {
    const std::optional<TimeUs> time = FindMillis(record, "ts");
    const std::string id = IdOf(record, text);
    std::string_view kind = FindString(record, "say").value_or("");
    if (FindString(record, "type") == "ask"sv) kind = FindString(record, "ask").value_or("");
    NoteTime(time);
    const bool first = std::exchange(first_, false);
    if (first && (kind == "text" || kind == "task" || kind.empty())) {
      return AddPrompt(record, id, time, rows);
    }
    if (kind == "api_req_started") return BeginAnswer(record, id, time, rows);
    if (Holds(kFeedback, kind)) return AddPrompt(record, id, time, rows);
    if (Holds(kCalls, kind)) return ReadCall(record, kind, id, time, rows);
    if (Holds(kResults, kind)) return ReadResult(record, id, time, rows);
    if (Holds(kErrors, kind)) return AddError(record, id, time, rows);
    if (kind == "condense_context") return AddSummary(record, id, time, rows);
    if (Holds(kBookkeeping, kind)) return Skip();
    if (kind == "reasoning") {
      AnswerAt(record, id, time, rows);
      AddReasoning(FindString(record, "text").value_or(""), rows);
      return;
    }
    if (Holds(kAnswers, kind)) return ReadWords(record, kind, id, time, rows);
    if (Holds(kNotices, kind)) {
      Message row = NewMessage(id, "system", "notice", time);
      row.content = Copy(FindText(record, "text"));
      rows.messages.push_back(std::move(row));
      return;
    }
    AddOther(id, text, time, rows);
  }

  void Save(JsonMembersOut& state) const override {
    state("first", first_);
    state("last_ts", last_ts_);
    state("same_ts", same_ts_);
    state("last_call", last_call_);
    state("asked", asked_);
  }
  void Restore(const Json& state) override {
    JsonMembersIn members(state);
    members("first", first_);
    members("last_ts", last_ts_);
    members("same_ts", same_ts_);
    members("last_call", last_call_);
    members("asked", asked_);
  }

 private:
  // An instant; of several records at one instant the second is "<ts>.1".
  std::string IdOf(const JsonObject& record, std::string_view text) {
    std::optional<std::string> ts = FindId(record, "ts");
    if (!ts) return HashId(text);
    same_ts_ = *ts == last_ts_ ? same_ts_ + 1 : 0;
    last_ts_ = *ts;
    if (same_ts_ > 0) ts->append(".").append(std::to_string(same_ts_));
    return *ts;
  }

  void AddPrompt(const JsonObject& record, const std::string& id, std::optional<TimeUs> time,
                 SilverRows& rows) {
    CloseAnswer(rows);
    Message row = NewMessage(id, "user", "prompt", time);
    std::string words(FindString(record, "text").value_or(""));
    if (const auto images = FindArray(record, "images")) {
      for (size_t i = 0; i < images->size(); ++i)
        AppendBlock(words, "[image]");
    }
    OfferTitle(kPromptTitle, words);
    if (!words.empty()) row.content = std::move(words);
    rows.messages.push_back(std::move(row));
    asked_ = time;
  }

  void BeginAnswer(const JsonObject& record, const std::string& id, std::optional<TimeUs> time,
                   SilverRows& rows) {
    Message& row = OpenAnswer(NewMessage(id, "assistant", "response", time), rows);
    row.api_call_id = CallId(id);
    NoteModel(record, row);
    JsonRecordReader reader;
    ReadInner(record, reader, [&](const JsonObject& request) {
      row.usage = UsageOf(request, record, time);
      row.reported_cost_nanos = ToNanos(FindNumber(request, "cost"));
      if (const auto model = FindText(request, "model")) row.model = std::string(*model);
      if (FindString(request, "cancelReason") == "streaming_failed"sv) ++facts().error_count;
    });
    asked_ = time;
  }

  TokenUsage UsageOf(const JsonObject& request, const JsonObject& record,
                     std::optional<TimeUs> time) const {
    const auto read = FindTokenCount(request, "cacheReads");
    const auto written = FindTokenCount(request, "cacheWrites");
    const auto output = FindTokenCount(request, "tokensOut");
    const auto prompt = FindTokenCount(request, "tokensIn");
    if (IncludesCaches(request, record, time)) return SplitPrompt(prompt, read, written, output);
    TokenUsage usage;
    usage.input = prompt;
    usage.cache_read = read;
    usage.cache_write_5m = written;
    usage.output = output;
    return usage;
  }

  // Whether tokensIn holds what came from and went to a cache. The record does not say: Roo Code
  // changed it in 3.29.5, Kilo Code in 4.119.0, for the Anthropic protocol; with that of OpenAI it
  // always did. In Cline it depends on the provider.
  bool IncludesCaches(const JsonObject& request, const JsonObject& record,
                      std::optional<TimeUs> time) const {
    constexpr TimeUs kRooCode{1761955200000000};   // 2025-11-01, the day of that release.
    constexpr TimeUs kKiloCode{1762905600000000};  // 2025-11-12
    if (key().platform == "cline") {
      const std::optional<JsonObject> model = FindObject(record, "modelInfo");
      return model && Holds(kWholePrompt, FindString(*model, "providerId").value_or(""));
    }
    if (FindString(request, "apiProtocol") == "openai"sv) return true;
    return time && *time >= (key().platform == "kilo_code" ? kKiloCode : kRooCode);
  }

  static void NoteModel(const JsonObject& record, Message& row) {
    const std::optional<JsonObject> model = FindObject(record, "modelInfo");
    if (model) row.model = Copy(FindText(*model, "modelId"));
  }

  // Reads the JSON that stands in `text` as a string.
  template <typename Use>
  static bool ReadInner(const JsonObject& record, JsonRecordReader& reader, Use use) {
    std::string inner(FindString(record, "text").value_or(""));
    const size_t length = inner.size();
    inner.append(kPadding, '\0');
    bool read = false;
    reader.ForEach(
        std::string_view(inner).substr(0, length),
        [&](const JsonObject& object, std::string_view) {
          if (!std::exchange(read, true)) use(object);
        },
        [](std::string_view) {});
    return read;
  }

  // The answer that something belongs to: one begins where none is open.
  Message& AnswerAt(const JsonObject& record, const std::string& id, std::optional<TimeUs> time,
                    SilverRows& rows) {
    Message* open = answer();
    if (open == nullptr) open = &OpenAnswer(NewMessage(id, "assistant", "response", time), rows);
    if (!open->model) NoteModel(record, *open);
    if (asked_ && !open->latency_ms) open->latency_ms = ElapsedMillis(asked_, time);
    TouchAnswer();
    return *open;
  }

  void ReadWords(const JsonObject& record, std::string_view kind, const std::string& id,
                 std::optional<TimeUs> time, SilverRows& rows) {
    std::string words(FindString(record, "text").value_or(""));
    if (kind == "followup" || kind == "plan_mode_respond") {
      JsonRecordReader reader;
      ReadInner(record, reader, [&](const JsonObject& asked) {
        for (const char* key : {"question", "response"}) {
          if (const auto question = FindText(asked, key)) words = *question;
        }
      });
    }
    if (words.empty()) return Skip();
    AnswerAt(record, id, time, rows);
    AddWords(words, rows);
  }

  void ReadCall(const JsonObject& record, std::string_view kind, const std::string& id,
                std::optional<TimeUs> time, SilverRows& rows) {
    ToolCall call;
    call.tool_call_id = id;
    call.message_id = AnswerAt(record, id, time, rows).message_id;
    call.tool_name = std::string(kind);
    call.timestamp = time;
    const std::string_view text = FindString(record, "text").value_or("");
    call.parameters = ToJsonText(text);
    JsonRecordReader reader;
    const bool inner = ReadInner(record, reader, [&](const JsonObject& tool) {
      call.parameters = simdjson::minify(tool);
      if (kind == "use_mcp_server") {
        if (const auto name = FindText(tool, "toolName")) call.tool_name = std::string(*name);
      } else if (const auto name = FindText(tool, "tool")) {
        call.tool_name = std::string(*name);
      }
      NoteEdits(tool);
    });
    if (!inner && kind == "command") {
      call.parameters = "{\"command\":" + ToJsonText(text) + "}";
    }
    last_call_ = id;
    BeginCall(std::move(call), rows);
  }

  void NoteEdits(const JsonObject& tool) {
    if (!Holds(kEdits, FindString(tool, "tool").value_or(""))) return;
    NoteFile(FindString(tool, "path").value_or(""));
    const std::optional<JsonArray> batch = FindArray(tool, "batchDiffs");
    if (!batch) return;
    for (const JsonElement& element : *batch) {
      JsonObject file;
      if (element.get(file) == simdjson::SUCCESS) NoteFile(FindString(file, "path").value_or(""));
    }
  }

  // A result is of the last call; a command's output comes in pieces.
  void ReadResult(const JsonObject& record, const std::string& id, std::optional<TimeUs> time,
                  SilverRows& rows) {
    const std::string_view text = FindString(record, "text").value_or("");
    ToolCall* call = FindCall(last_call_);
    if (call == nullptr) {
      Message row = NewMessage(id, "tool", "tool_result", time);
      row.content = Copy(FindText(record, "text"));
      rows.messages.push_back(std::move(row));
      return;
    }
    std::string result;
    if (call->result) result = *Json::Parse(*call->result).value_or(Json("")).as_string() + "\n";
    result.append(text);
    call->result = ToJsonText(result);
    call->success = true;
    AnswerCall(*call, time, true, rows);
  }

  void AddError(const JsonObject& record, const std::string& id, std::optional<TimeUs> time,
                SilverRows& rows) {
    ++facts().error_count;
    const std::string_view text = FindString(record, "text").value_or("");
    Message row = NewMessage(id, "system", "error", time);
    if (!text.empty()) row.content = std::string(text);
    rows.messages.push_back(std::move(row));
    ToolCall* call = FindCall(last_call_);
    if (call == nullptr || call->result) return;
    call->result = ToJsonText(text);
    call->success = false;
    --facts().error_count;  // `AnswerCall` counts it.
    AnswerCall(*call, time, false, rows);
  }

  // The model was asked for it, which had its price.
  void AddSummary(const JsonObject& record, const std::string& id, std::optional<TimeUs> time,
                  SilverRows& rows) {
    CloseAnswer(rows);
    Message row = NewMessage(id, "system", "compact_summary", time);
    row.content = Copy(FindText(record, "text"));
    if (const auto condensed = FindObject(record, "contextCondense")) {
      if (const auto summary = FindText(*condensed, "summary")) row.content = std::string(*summary);
      row.reported_cost_nanos = ToNanos(FindNumber(*condensed, "cost"));
      if (row.reported_cost_nanos) row.api_call_id = CallId(id);
    }
    rows.messages.push_back(std::move(row));
  }

  bool first_ = true;
  std::string last_ts_;
  int64_t same_ts_ = 0;
  std::string last_call_;
  std::optional<TimeUs> asked_;  // When the model was last given something to answer.
};

// What the model was given: the same conversation once more, so that no row of it counts, but with
// the results of every tool.
class ApiNormaliser : public RecordNormaliser {
 public:
  explicit ApiNormaliser(SourceKey source)
      : RecordNormaliser(std::move(source), Framing::kJsonArray) {}

 protected:
  void Read(const JsonObject& record, std::string_view text, SilverRows& rows) override {
    const std::string_view role = FindString(record, "role").value_or("");
    const std::string id = "api-" + std::to_string(index_++);
    const std::optional<TimeUs> time = FindMillis(record, "ts");
    if (role.empty() && FindString(record, "type") == "reasoning"sv) return Skip();  // Encrypted.
    if (role != "user" && role != "assistant") return AddOther(id, text, time, rows);
    Message row = NewMessage(id, role, "context", time);
    row.is_active_path = false;
    std::string words, thoughts;
    if (const auto content = FindElement(record, "content")) ReadContent(*content, words, thoughts);
    if (!words.empty()) row.content = std::move(words);
    if (!thoughts.empty()) row.reasoning = std::move(thoughts);
    rows.messages.push_back(std::move(row));
  }

  void Save(JsonMembersOut& state) const override { state("index", index_); }
  void Restore(const Json& state) override {
    JsonMembersIn members(state);
    members("index", index_);
  }

 private:
  static void ReadContent(const JsonElement& content, std::string& words, std::string& thoughts) {
    std::string_view whole;
    if (content.get(whole) == simdjson::SUCCESS) return AppendBlock(words, whole);
    JsonArray blocks;
    if (content.get(blocks) != simdjson::SUCCESS) return;
    for (const JsonElement& element : blocks) {
      JsonObject block;
      if (element.get(block) == simdjson::SUCCESS) ReadBlock(block, words, thoughts);
    }
  }

  static void ReadBlock(const JsonObject& block, std::string& words, std::string& thoughts) {
    const std::string_view type = FindString(block, "type").value_or("");
    if (type == "text") return AppendBlock(words, FindString(block, "text").value_or(""));
    if (type == "reasoning") return AppendBlock(thoughts, FindString(block, "text").value_or(""));
    if (type == "thinking")
      return AppendBlock(thoughts, FindString(block, "thinking").value_or(""));
    if (type == "image") return AppendBlock(words, "[image]");
    if (type == "tool_use") {
      std::string call = "[" + std::string(FindString(block, "name").value_or("tool")) + "]";
      if (const auto input = FindElement(block, "input"))
        call.append(" ").append(ToJsonText(*input));
      return AppendBlock(words, call);
    }
    const auto result = FindElement(block, "content");
    if (type != "tool_result" || !result) return;
    ReadContent(*result, words, thoughts);
  }

  int64_t index_ = 0;
};

class HistoryItemNormaliser : public RecordNormaliser {
 public:
  explicit HistoryItemNormaliser(SourceKey source)
      : RecordNormaliser(std::move(source), Framing::kJsonArray) {}

 protected:
  void Read(const JsonObject& record, std::string_view, SilverRows&) override {
    Skip();
    NoteTime(FindMillis(record, "ts"));
    OfferTitle(kGivenTitle, FindString(record, "task").value_or(""));
    facts().project_path = Copy(FindText(record, "workspace"));
    if (const auto parent = FindText(record, "parentTaskId")) {
      facts().parent_conversation_id = ConversationId(key().platform, *parent);
    }
  }
};

class MetadataNormaliser : public RecordNormaliser {
 public:
  explicit MetadataNormaliser(SourceKey source)
      : RecordNormaliser(std::move(source), Framing::kJsonArray) {}

 protected:
  void Read(const JsonObject& record, std::string_view, SilverRows&) override {
    Skip();
    const std::optional<JsonArray> files = FindArray(record, "files_in_context");
    if (!files) return;
    for (const JsonElement& element : *files) {
      JsonObject file;
      if (element.get(file) != simdjson::SUCCESS) continue;
      const std::string_view source = FindString(file, "record_source").value_or("");
      if (source == "roo_edited" || source == "cline_edited") {
        NoteFile(FindString(file, "path").value_or(""));
      }
    }
  }
};

}  // namespace

Document DocumentOf(std::string_view path) {
  const std::string_view name = FileNameOf(path);
  if (name == "ui_messages.json" || name == "claude_messages.json") return Document::kUi;
  if (name == "api_conversation_history.json") return Document::kApi;
  if (name == "history_item.json") return Document::kHistoryItem;
  return name == "task_metadata.json" ? Document::kMetadata : Document::kNone;
}

std::unique_ptr<RecordNormaliser> NewNormaliser(SourceKey key) {
  switch (DocumentOf(key.source_file)) {
    case Document::kApi:
      return std::make_unique<ApiNormaliser>(std::move(key));
    case Document::kHistoryItem:
      return std::make_unique<HistoryItemNormaliser>(std::move(key));
    case Document::kMetadata:
      return std::make_unique<MetadataNormaliser>(std::move(key));
    case Document::kUi:
    case Document::kNone:
      break;
  }
  return std::make_unique<UiNormaliser>(std::move(key));
}

}  // namespace firn::conversations::roo_code
