// SPDX-License-Identifier: Apache-2.0
//
// Records {timestamp, type, payload}. Items of a response (reasoning, words, calls of tools) come
// one by one, then what it took: `last_token_usage`, beside a running total. The same figures may
// be told again, with limits that changed: a total that did not grow is no new call. Input includes
// what was read from a cache. A fork's file begins with copies of its parent's
// records, all dated to the fork: so a call is known by its figures and by the session that all
// began with, not by its time, and counts once. Words are told twice, as items and as events: the
// items count.

#include "firn/conversations/codex/normaliser.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "firn/base/digest.h"

namespace firn::conversations::codex {
namespace {

using namespace std::string_view_literals;

constexpr std::array kRecordTypes = {"session_meta"sv, "turn_context"sv, "response_item"sv,
                                     "event_msg"sv,    "compacted"sv,    "world_state"sv};
// Told elsewhere, or of no use to anybody but Codex.
constexpr std::array kSilentEvents = {"user_message"sv,
                                      "agent_message"sv,
                                      "agent_reasoning"sv,
                                      "agent_reasoning_raw_content"sv,
                                      "agent_reasoning_section_break"sv,
                                      "task_started"sv,
                                      "task_complete"sv,
                                      "turn_started"sv,
                                      "turn_complete"sv,
                                      "turn_aborted"sv,
                                      "turn_diff"sv,
                                      "context_compacted"sv,
                                      "thread_settings_applied"sv,
                                      "thread_goal_updated"sv,
                                      "thread_rolled_back"sv,
                                      "entered_review_mode"sv,
                                      "exited_review_mode"sv,
                                      "item_started"sv,
                                      "item_completed"sv,
                                      "sub_agent_activity"sv,
                                      "exec_command_begin"sv,
                                      "exec_command_output_delta"sv,
                                      "patch_apply_begin"sv,
                                      "mcp_tool_call_begin"sv,
                                      "web_search_begin"sv,
                                      "web_search_end"sv,
                                      "image_generation_begin"sv,
                                      "image_generation_end"sv,
                                      "view_image_tool_call"sv,
                                      "dynamic_tool_call_request"sv,
                                      "dynamic_tool_call_response"sv,
                                      "collab_agent_spawn_begin"sv,
                                      "collab_agent_spawn_end"sv,
                                      "collab_agent_interaction_begin"sv,
                                      "collab_agent_interaction_end"sv,
                                      "collab_waiting_begin"sv,
                                      "collab_waiting_end"sv,
                                      "collab_close_begin"sv,
                                      "collab_close_end"sv,
                                      "guardian_assessment"sv,
                                      "undo_completed"sv,
                                      "plan_update"sv,
                                      "background_event"sv,
                                      "account/rateLimits/updated"sv};
constexpr std::array kCallTypes = {"function_call"sv,    "custom_tool_call"sv,
                                   "local_shell_call"sv, "tool_search_call"sv,
                                   "web_search_call"sv,  "image_generation_call"sv};
constexpr std::array kOutputTypes = {"function_call_output"sv, "custom_tool_call_output"sv,
                                     "tool_search_output"sv, "local_shell_call_output"sv};

template <typename List>
bool Holds(const List& list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

// Text, or parts with text, however deep.
void AppendText(const JsonElement& element, std::string& text, int depth = 4) {
  std::string_view whole;
  JsonArray parts;
  JsonObject part;
  if (depth == 0) return;
  if (element.get(whole) == simdjson::SUCCESS) return AppendBlock(text, whole);
  if (element.get(parts) == simdjson::SUCCESS) {
    for (const JsonElement& one : parts)
      AppendText(one, text, depth - 1);
  } else if (element.get(part) == simdjson::SUCCESS) {
    const std::string_view type = FindString(part, "type").value_or("");
    if (type.find("image") != type.npos) return AppendBlock(text, "[image]");
    for (const char* key : {"text", "content", "output"}) {
      if (const auto inner = FindElement(part, key)) return AppendText(*inner, text, depth - 1);
    }
  }
}

std::string TextIn(const JsonObject& object, std::string_view key) {
  std::string text;
  if (const auto element = FindElement(object, key)) AppendText(*element, text);
  return text;
}

// The code that an output says its command ended with.
std::optional<int64_t> ExitCodeIn(std::string_view output) {
  for (const std::string_view mark : {"\"exit_code\":"sv, "Exit code: "sv, "exited with code "sv}) {
    size_t at = output.find(mark);
    if (at == output.npos) continue;
    at += mark.size();
    while (at < output.size() && output[at] == ' ')
      ++at;
    int64_t code = 0;
    const auto [end, error] =
        std::from_chars(output.data() + at, output.data() + output.size(), code);
    if (error == std::errc()) return code;
  }
  return std::nullopt;
}

// What Codex itself puts before the first prompt.
bool IsMeta(std::string_view words) {
  return words.starts_with("<environment_context>") || words.starts_with("<user_instructions>") ||
         words.starts_with("# AGENTS.md") || words.starts_with("<turn_aborted>") ||
         words.starts_with("<permissions");
}

class CodexNormaliser : public RecordNormaliser {
 public:
  explicit CodexNormaliser(SourceKey source)
      : RecordNormaliser(std::move(source), Framing::kJsonLines) {}

 protected:
  // Of several, as a fork's file has them, the first is its own.
  std::optional<std::string> NativeIdOf(const JsonObject& record) const override {
    const std::optional<JsonObject> payload = FindObject(record, "payload");
    if (named_ || !payload || FindString(record, "type") != "session_meta"sv) return std::nullopt;
    named_ = true;
    return FindId(*payload, "id");
  }

  void Read(const JsonObject& record, std::string_view text, SilverRows& rows) override {
    const std::string_view type = FindString(record, "type").value_or("");
    const std::optional<JsonObject> payload = FindObject(record, "payload");
    const std::optional<TimeUs> time = FindTime(record, "timestamp");
    NoteTime(time);
    if (!payload) return AddOther("", text, time, rows);
    if (type == "session_meta") return ReadMeta(*payload);
    if (type == "turn_context") return ReadContext(*payload);
    if (type == "response_item") return ReadItem(*payload, text, time, rows);
    if (type == "event_msg") return ReadEvent(*payload, text, time, rows);
    if (type == "compacted") return AddSummary(*payload, text, time, rows);
    if (type == "world_state" || type == "inter_agent_communication_metadata") return Skip();
    AddOther("", text, time, rows);
  }

  void Save(JsonMembersOut& state) const override {
    state("model", model_);
    state("total", total_);
    state("asked", asked_);
    state("has_meta", has_meta_);
    state("root", root_);
    state("counted", counted_);
  }
  void Restore(const Json& state) override {
    JsonMembersIn members(state);
    members("model", model_);
    members("total", total_);
    members("asked", asked_);
    members("has_meta", has_meta_);
    members("root", root_);
    members("counted", counted_);
  }

 private:
  // The first is the file's own, the others are those of its ancestors, the oldest last.
  void ReadMeta(const JsonObject& meta) {
    Skip();
    const std::optional<std::string> parent = ParentIn(meta);
    if (!counted_) root_ = parent ? *parent : FindId(meta, "id").value_or("");
    if (std::exchange(has_meta_, true)) return;
    facts().project_path = Copy(FindText(meta, "cwd"));
    if (parent) facts().parent_conversation_id = ConversationId(key().platform, *parent);
    const std::optional<JsonObject> git = FindObject(meta, "git");
    if (!git) return;
    facts().git_branch = Copy(FindText(*git, "branch"));
    facts().git_repo = Copy(FindText(*git, "repository_url"));
  }

  // The session this one was forked from, or whose agent it is.
  static std::optional<std::string> ParentIn(const JsonObject& meta) {
    for (const char* member : {"forked_from_id", "parent_thread_id"}) {
      if (auto parent = FindId(meta, member)) return parent;
    }
    const std::optional<JsonObject> source = FindObject(meta, "source");
    const auto agent = source ? FindObject(*source, "subagent") : std::nullopt;
    const auto spawned = agent ? FindObject(*agent, "thread_spawn") : std::nullopt;
    return spawned ? FindId(*spawned, "parent_thread_id") : std::nullopt;
  }

  void ReadContext(const JsonObject& context) {
    Skip();
    if (const auto model = FindText(context, "model")) model_ = *model;
    if (!facts().project_path) facts().project_path = Copy(FindText(context, "cwd"));
  }

  std::string IdOf(const JsonObject& payload, std::string_view text) const {
    return HashId(FindId(payload, "id").value_or("") + "\n" + std::string(text));
  }

  // The answer that an item of a response belongs to.
  Message& AnswerFor(const JsonObject& item, std::string_view text, std::optional<TimeUs> time,
                     SilverRows& rows) {
    Message* open = answer();
    if (open == nullptr) {
      Message row = NewMessage(IdOf(item, text), "assistant", "response", time);
      if (!model_.empty()) row.model = model_;
      row.latency_ms = ElapsedMillis(asked_, time);
      open = &OpenAnswer(std::move(row), rows);
    }
    TouchAnswer();
    return *open;
  }

  void ReadItem(const JsonObject& item, std::string_view text, std::optional<TimeUs> time,
                SilverRows& rows) {
    const std::string_view type = FindString(item, "type").value_or("");
    const std::string_view role = FindString(item, "role").value_or("");
    if (type == "message" || (type.empty() && !role.empty())) {
      return ReadMessage(item, role, text, time, rows);
    }
    if (type == "reasoning") {
      AnswerFor(item, text, time, rows);
      AddReasoning(TextIn(item, "summary"), rows);
      AddReasoning(TextIn(item, "content"), rows);
      return;
    }
    if (type == "agent_message") return ReadMessage(item, "assistant", text, time, rows);
    if (Holds(kCallTypes, type)) return ReadCall(item, type, text, time, rows);
    if (Holds(kOutputTypes, type)) return ReadOutput(item, text, time, rows);
    if (type == "ghost_snapshot" || type == "compaction") return Skip();
    AddOther(IdOf(item, text), text, time, rows);
  }

  void ReadMessage(const JsonObject& item, std::string_view role, std::string_view text,
                   std::optional<TimeUs> time, SilverRows& rows) {
    std::string words = TextIn(item, "content");
    if (role == "assistant") {
      AnswerFor(item, text, time, rows);
      return AddWords(words, rows);
    }
    CloseAnswer(rows);
    const bool person = role == "user" && !IsMeta(words);
    const std::string_view kind = person ? "prompt" : role == "user" ? "meta" : "system";
    Message row = NewMessage(IdOf(item, text), role == "user" ? "user" : "system", kind, time);
    if (person) OfferTitle(kPromptTitle, words);
    if (person) asked_ = time;
    if (!words.empty()) row.content = std::move(words);
    rows.messages.push_back(std::move(row));
  }

  void ReadCall(const JsonObject& item, std::string_view type, std::string_view text,
                std::optional<TimeUs> time, SilverRows& rows) {
    ToolCall call;
    call.message_id = AnswerFor(item, text, time, rows).message_id;
    std::optional<std::string> id = FindId(item, "call_id");
    if (!id) id = FindId(item, "id");
    call.tool_call_id = id ? *id : IdOf(item, text);
    call.tool_name = std::string(FindText(item, "name").value_or(type));
    for (const char* key : {"arguments", "input", "action"}) {
      const std::optional<JsonElement> given = FindElement(item, key);
      if (!given || call.parameters) continue;
      const auto words = FindString(item, key);
      call.parameters = words ? ParametersOf(*words) : ToJsonText(*given);
    }
    call.timestamp = time;
    if (type == "web_search_call" || type == "image_generation_call") call.success = true;
    BeginCall(std::move(call), rows);
  }

  void ReadOutput(const JsonObject& item, std::string_view text, std::optional<TimeUs> time,
                  SilverRows& rows) {
    std::string words = TextIn(item, "output");
    asked_ = time;
    ToolCall* call = FindCall(FindId(item, "call_id").value_or(""));
    if (call == nullptr) {
      Message row = NewMessage(IdOf(item, text), "tool", "tool_result", time);
      if (!words.empty()) row.content = std::move(words);
      rows.messages.push_back(std::move(row));
      return;
    }
    if (const auto code = ExitCodeIn(words)) call->success = *code == 0;
    call->result = ToJsonText(words);
    AnswerCall(*call, time, false, rows);
  }

  void ReadEvent(const JsonObject& event, std::string_view text, std::optional<TimeUs> time,
                 SilverRows& rows) {
    const std::string_view type = FindString(event, "type").value_or("");
    if (type == "token_count") return ReadTokens(event, text, time, rows);
    if (type == "turn.completed") {
      const std::optional<JsonObject> usage = FindObject(event, "usage");
      return usage ? AddUsage(*usage, text, time, rows) : Skip();
    }
    if (type == "exec_command_end" || type == "mcp_tool_call_end") return NoteEnd(event, rows);
    if (type == "patch_apply_end") return NotePatch(event, rows);
    if (type == "thread_name_updated") {
      OfferTitle(kGivenTitle, FindString(event, "thread_name").value_or(""));
      return Skip();
    }
    if (type == "error" || type == "stream_error" || type == "warning") {
      const bool failed = type == "error";
      if (failed) ++facts().error_count;
      Message row = NewMessage(HashId(text), "system", failed ? "error" : "notice", time);
      row.content = Copy(FindText(event, "message"));
      if (const auto error = FindObject(event, "error"); error && !row.content) {
        row.content = Copy(FindText(*error, "message"));
      }
      rows.messages.push_back(std::move(row));
      return;
    }
    if (Holds(kSilentEvents, type)) return Skip();
    AddOther(HashId(text), text, time, rows);
  }

  // How a command ended; its output is told by the item that follows.
  void NoteEnd(const JsonObject& event, SilverRows& rows) {
    Skip();
    ToolCall* call = FindCall(FindId(event, "call_id").value_or(""));
    if (call == nullptr) return;
    if (const auto code = FindInt(event, "exit_code")) call->success = *code == 0;
    if (const auto lasted = FindObject(event, "duration")) {
      const int64_t seconds = FindInt(*lasted, "secs").value_or(0);
      const int64_t millis = seconds * 1000 + FindInt(*lasted, "nanos").value_or(0) / 1'000'000;
      if (seconds >= 0 && seconds < 1'000'000 && millis <= INT32_MAX)
        call->execution_time_ms = static_cast<int32_t>(millis);
    }
    TouchCall(*call, rows);
  }

  void NotePatch(const JsonObject& event, SilverRows& rows) {
    NoteEnd(event, rows);
    if (!FindBool(event, "success").value_or(false)) return;
    const std::optional<JsonObject> changes = FindObject(event, "changes");
    if (!changes) return;
    for (const auto& [path, change] : *changes)
      NoteFile(path);
  }

  void ReadTokens(const JsonObject& event, std::string_view text, std::optional<TimeUs> time,
                  SilverRows& rows) {
    const std::optional<JsonObject> info = FindObject(event, "info");
    if (!info) return Skip();
    if (const auto model = FindText(*info, "model")) model_ = *model;
    const std::optional<JsonObject> total = FindObject(*info, "total_token_usage");
    if (total) {
      std::string figures = simdjson::minify(*total);
      if (figures == total_) return Skip();
      total_ = std::move(figures);
    }
    const std::optional<JsonObject> last = FindObject(*info, "last_token_usage");
    AddUsage(last ? *last : *info, text, time, rows);
  }

  static TokenUsage UsageOf(const JsonObject& figures) {
    std::optional<int64_t> input = FindTokenCount(figures, "input_tokens");
    std::optional<int64_t> output = FindTokenCount(figures, "output_tokens");
    if (!input) input = FindTokenCount(figures, "prompt");
    if (!output) output = FindTokenCount(figures, "completion");
    TokenUsage usage = SplitPrompt(input, FindTokenCount(figures, "cached_input_tokens"),
                                   FindTokenCount(figures, "cache_write_input_tokens"), output);
    usage.reasoning = FindTokenCount(figures, "reasoning_output_tokens");
    return usage;
  }

  // The open answer took it; without one it is a call of which nothing else is told.
  void AddUsage(const JsonObject& figures, std::string_view text, std::optional<TimeUs> time,
                SilverRows& rows) {
    const TokenUsage usage = UsageOf(figures);
    if (!usage.known() || usage.total() == 0) return Skip();
    Message* row = answer();
    Message alone;
    if (row == nullptr) {
      alone = NewMessage(HashId(text), "system", "context", time);
      alone.is_active_path = false;
      row = &alone;
    }
    if (!model_.empty()) row->model = model_;
    row->usage = usage;
    counted_ = true;
    const std::string told = total_.empty() && time ? time->ToString() : total_;
    const std::string& root = root_.empty() ? key().native_id : root_;
    row->api_call_id = "codex/" + Md5Hex(root + "\n" + told + "\n" + simdjson::minify(figures));
    if (row == &alone) {
      rows.messages.push_back(std::move(alone));
    } else {
      TouchAnswer();
      CloseAnswer(rows);
    }
  }

  void AddSummary(const JsonObject& payload, std::string_view text, std::optional<TimeUs> time,
                  SilverRows& rows) {
    CloseAnswer(rows);
    const std::optional<std::string_view> message = FindText(payload, "message");
    if (!message) return Skip();
    Message row = NewMessage(HashId(text), "system", "compact_summary", time);
    row.content = std::string(*message);
    rows.messages.push_back(std::move(row));
  }

  mutable bool named_ = false;
  bool has_meta_ = false;
  bool counted_ = false;  // A call was: ancestors were told by then.
  std::string root_;      // The oldest ancestor.
  std::string model_;
  std::string total_;  // The last running total, as it came.
  std::optional<TimeUs> asked_;
};

}  // namespace

bool IsRecord(const JsonObject& record) {
  return Holds(kRecordTypes, FindString(record, "type").value_or("")) &&
         FindObject(record, "payload") && FindText(record, "timestamp");
}

std::unique_ptr<RecordNormaliser> NewNormaliser(SourceKey key) {
  return std::make_unique<CodexNormaliser>(std::move(key));
}

}  // namespace firn::conversations::codex
