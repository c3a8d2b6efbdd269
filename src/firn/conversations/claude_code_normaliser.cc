// SPDX-License-Identifier: Apache-2.0
//
// One answer of the API is written as several records that share `message.id`, one per content
// block, with a user record (a tool's result) now and then between them. They become one row: the
// id of the first record, the text blocks in order (a block that begins a later one was a stage of
// it and is replaced), the usage of the record with the most output tokens.
//
// An answer stays open for later records while it is among the `kOpenMax` newest and these hold no
// more than `kOpenBytesMax` of text; both are counted in records, so it does not matter how a file
// was split into slices or slices into runs. Every record that joins an answer makes its revision
// larger, so that an upsert may see the stages of a row in any order. The same holds for tool calls
// that wait for their results.

#include "firn/conversations/claude_code_normaliser.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_set>

#include "firn/base/bytes.h"
#include "firn/base/uuid.h"
#include "firn/conversations/claude_code_record.h"
#include "firn/conversations/claude_code_state.h"
#include "firn/conversations/language.h"
#include "firn/conversations/platform.h"

namespace firn::conversations::claude_code {
namespace {

using namespace std::string_view_literals;

constexpr size_t kOpenMax = 32;
constexpr size_t kOpenBytesMax = size_t{4} << 20;
constexpr size_t kPendingMax = 1024;
constexpr size_t kPendingBytesMax = size_t{8} << 20;
constexpr size_t kUnreadableBytesMax = size_t{64} << 10;  // Bronze has it whole.
constexpr size_t kFilesMax = 10'000;
constexpr size_t kTitleBytesMax = 200;
constexpr int64_t kRecordsPerToken = int64_t{1} << 15;  // Records weigh less than one token.
constexpr int64_t kTokensMax = int64_t{1} << 25;
constexpr int64_t kHasResult = int64_t{1} << 40;

// A better title replaces a worse one. A summary may speak of another session.
enum TitleRank : int32_t { kNone, kSummary, kPrompt, kAiTitle, kCustomTitle };

constexpr std::array kEditingTools = {"Edit"sv, "Write"sv, "MultiEdit"sv, "NotebookEdit"sv};

std::string FirstLine(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == text.npos) return {};
  text.remove_prefix(begin);
  text = text.substr(0, text.find_first_of("\r\n"));
  if (text.size() <= kTitleBytesMax) return std::string(text);
  size_t end = kTitleBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;
  return std::string(text.substr(0, end)) + "\xe2\x80\xa6";
}

std::optional<int32_t> MillisBetween(std::optional<TimeUs> from, std::optional<TimeUs> to) {
  if (!from || !to || *to < *from) return std::nullopt;
  return static_cast<int32_t>(std::min<int64_t>((to->value - from->value) / 1000, INT32_MAX));
}

// A tool's result as JSON text; pictures are named, not copied (bronze has them).
std::string ResultText(const JsonElement& content) {
  JsonArray blocks;
  if (content.get(blocks) != simdjson::SUCCESS) return ToJsonText(content);
  std::string text = "[";
  for (const JsonElement& element : blocks) {
    if (text.size() > 1) text.push_back(',');
    JsonObject block;
    const bool image =
        element.get(block) == simdjson::SUCCESS && FindString(block, "type") == "image"sv;
    text.append(image ? std::string(R"({"type":"image"})") : ToJsonText(element));
  }
  text.push_back(']');
  return text;
}

class ClaudeCodeNormaliser : public Normaliser {
 public:
  ClaudeCodeNormaliser(SourceKey key, State state)
      : key_(std::move(key)),
        conversation_(Uuid::Parse(key_.conversation_id).value_or(Uuid{})),
        state_(std::move(state)) {
    files_.insert(state_.facts.files_modified.begin(), state_.facts.files_modified.end());
    const size_t slash = key_.native_id.find('/');
    SourceFacts& facts = state_.facts;
    if (slash == std::string::npos) {
      facts.session_id = key_.native_id;
    } else {
      facts.session_id = key_.native_id.substr(0, slash);
      facts.parent_conversation_id = ConversationId(key_.platform, *facts.session_id);
    }
  }

  Status Add(int64_t offset, std::string_view bytes, SilverRows& rows) override {
    if (offset < state_.next_offset) return Ok();
    state_.next_offset = offset + static_cast<int64_t>(bytes.size());
    padded_.assign(bytes);
    padded_.append(kPadding, '\0');
    std::string_view rest = std::string_view(padded_).substr(0, bytes.size());
    while (!rest.empty()) {
      const size_t newline = rest.find('\n');
      const size_t end = newline == rest.npos ? rest.size() : newline + 1;
      reader_.ForEach(
          rest.substr(0, end),
          [&](const JsonObject& record, std::string_view text) { Read(record, text, rows); },
          [&](std::string_view text) { AddUnreadable(text, rows); });
      rest.remove_prefix(end);
    }
    return Ok();
  }

  std::string Finish(SilverRows& rows, SourceFacts& facts) override {
    for (OpenMessage& open : state_.open)
      GiveOut(open, rows);
    for (PendingCall& call : state_.pending)
      GiveOut(call, rows);
    state_.facts.language = LanguageOf(state_.facts.files_modified);
    facts = state_.facts;
    return WriteState(state_);
  }

  int64_t next_offset() const override { return state_.next_offset; }

 private:
  void Read(const JsonObject& record, std::string_view text, SilverRows& rows) {
    SourceFacts& facts = state_.facts;
    ++facts.records;
    const std::optional<TimeUs> time = FindTime(record, "timestamp");
    if (time && (!facts.first_timestamp || *time < *facts.first_timestamp)) {
      facts.first_timestamp = time;
    }
    if (time && (!facts.last_timestamp || *time > *facts.last_timestamp)) {
      facts.last_timestamp = time;
    }
    if (!facts.project_path) facts.project_path = Copy(FindText(record, "cwd"));
    if (auto branch = Copy(FindText(record, "gitBranch"))) facts.git_branch = std::move(branch);
    switch (KindOf(record)) {
      case RecordKind::kUser:
        return ReadUser(record, text, time, rows);
      case RecordKind::kAssistant:
        return ReadAssistant(record, text, time, rows);
      case RecordKind::kSystem:
        return ReadSystem(record, text, time, rows);
      case RecordKind::kAttachment:
        return ReadAttachment(record, text, time, rows);
      case RecordKind::kTitle:
        return ReadTitle(record);
      case RecordKind::kBookkeeping:
        return ReadBookkeeping(record);
      case RecordKind::kOther:
        return ReadOther(record, text, time, rows);
    }
  }

  // The row of a record that is a message of its own.
  Message NewMessage(const JsonObject& record, std::string_view text, std::optional<TimeUs> time) {
    Message row;
    row.message_id = FindId(record, "uuid").value_or("");
    if (row.message_id.empty()) row.message_id = HashId(text);
    row.sequence = state_.next_sequence++;
    row.timestamp = time;
    row.parent_message_id = FindId(record, "parentUuid");
    if (!row.parent_message_id) row.parent_message_id = FindId(record, "logicalParentUuid");
    row.session_id = FindId(record, "sessionId");
    row.project_path = Copy(FindText(record, "cwd"));
    row.revision = RevisionOf(1, key_, row.sequence);
    return row;
  }

  // The id of a record without one: equal bytes, equal id, in every copy of the conversation.
  std::string HashId(std::string_view text) const {
    return Uuid::FromName(conversation_, text).ToString();
  }

  void ReadUser(const JsonObject& record, std::string_view text, std::optional<TimeUs> time,
                SilverRows& rows) {
    const JsonObject message = *FindObject(record, "message");
    const std::optional<JsonElement> content = FindElement(message, "content");
    Message row = NewMessage(record, text, time);
    std::string words = content ? TextOf(*content) : std::string();
    bool has_result = false;
    JsonArray blocks;
    if (content && content->get(blocks) == simdjson::SUCCESS) {
      for (const JsonElement& element : blocks) {
        JsonObject block;
        if (element.get(block) != simdjson::SUCCESS) continue;
        if (!FindString(block, "type").value_or("").ends_with("tool_result")) continue;
        has_result = true;
        if (!ReadResult(record, block, time, rows)) AppendOrphan(block, words);
      }
    }
    row.role = has_result ? "tool" : "user";
    row.kind = UserKind(record, has_result, words);
    if (row.kind == "prompt") OfferTitle(kPrompt, FirstLine(words));
    if (!words.empty()) row.content = std::move(words);
    if (time) state_.last_input = time;
    rows.messages.push_back(std::move(row));
  }

  static std::string UserKind(const JsonObject& record, bool has_result, std::string_view words) {
    if (has_result) return "tool_result";
    if (FindBool(record, "isCompactSummary").value_or(false)) return "compact_summary";
    if (FindBool(record, "isMeta").value_or(false)) return "meta";
    if (IsCommandText(words)) return "command";
    return FindBool(record, "isSidechain").value_or(false) ? "task" : "prompt";
  }

  // A result whose call is not known stays readable in its message.
  static void AppendOrphan(const JsonObject& block, std::string& words) {
    const std::optional<JsonElement> content = FindElement(block, "content");
    if (!content) return;
    if (!words.empty()) words.append("\n\n");
    words.append(TextOf(*content));
  }

  // Completes the call that `block` is the result of; false if there is none that waits.
  bool ReadResult(const JsonObject& record, const JsonObject& block, std::optional<TimeUs> time,
                  SilverRows& rows) {
    const std::string_view id = FindString(block, "tool_use_id").value_or("");
    const auto found = std::find_if(state_.pending.begin(), state_.pending.end(),
                                    [&](auto& call) { return call.row.tool_call_id == id; });
    const bool failed = FindBool(block, "is_error").value_or(false);
    if (failed) ++state_.facts.error_count;
    if (found == state_.pending.end()) return false;
    ToolCall& call = found->row;
    if (const auto content = FindElement(block, "content")) call.result = ResultText(*content);
    const std::optional<JsonObject> details = FindObject(record, "toolUseResult");
    const bool interrupted = details && FindBool(*details, "interrupted").value_or(false);
    call.success = !failed && !interrupted;
    call.execution_time_ms = MillisBetween(call.timestamp, time);
    if (details) {
      std::optional<int64_t> reported = FindInt(*details, "totalDurationMs");
      if (!reported) reported = FindInt(*details, "durationMs");
      if (reported && *reported >= 0) {
        call.execution_time_ms = static_cast<int32_t>(std::min<int64_t>(*reported, INT32_MAX));
      }
    }
    call.revision = CallRevision(call);
    rows.tool_calls.push_back(std::move(call));
    state_.pending.erase(found);
    return true;
  }

  void ReadAssistant(const JsonObject& record, std::string_view text, std::optional<TimeUs> time,
                     SilverRows& rows) {
    const JsonObject message = *FindObject(record, "message");
    const bool synthetic = IsSynthetic(record, message);
    const std::string id = synthetic ? std::string() : FindId(message, "id").value_or("");
    const auto found = std::find_if(state_.open.begin(), state_.open.end(),
                                    [&](auto& open) { return open.key == id; });
    if (!id.empty() && found != state_.open.end()) {
      ++found->row.records;
      return Join(record, message, time, *found, rows);
    }
    OpenMessage open{id, NewMessage(record, text, time), {}, false};
    open.row.role = "assistant";
    open.row.kind = !synthetic                                              ? "response"
                    : FindBool(record, "isApiErrorMessage").value_or(false) ? "error"
                                                                            : "notice";
    if (open.row.kind == "error") ++state_.facts.error_count;
    open.row.model = Copy(FindText(message, "model"));
    if (!synthetic) open.row.latency_ms = MillisBetween(state_.last_input, time);
    Join(record, message, time, open, rows);
    if (id.empty()) return GiveOut(open, rows);
    state_.open.push_back(std::move(open));
    CloseOldest(rows);
  }

  void Join(const JsonObject& record, const JsonObject& message, std::optional<TimeUs> time,
            OpenMessage& open, SilverRows& rows) {
    open.changed = true;
    JsonArray blocks;
    const std::optional<JsonElement> content = FindElement(message, "content");
    std::string_view whole;
    if (content && content->get(whole) == simdjson::SUCCESS)
      AddBlock(open, {false, std::string(whole)});
    if (content && content->get(blocks) == simdjson::SUCCESS) {
      for (const JsonElement& element : blocks) {
        JsonObject block;
        if (element.get(block) == simdjson::SUCCESS) ReadBlock(record, block, time, open, rows);
      }
    }
    if (open.row.kind == "response") TakeUsage(record, message, open.row);
    const int64_t tokens = std::clamp<int64_t>(open.row.usage.output.value_or(0), 0, kTokensMax);
    const int64_t records = std::min<int64_t>(open.row.records, kRecordsPerToken - 1);
    open.row.revision = RevisionOf(tokens * kRecordsPerToken + records, key_, open.row.sequence);
  }

  void ReadBlock(const JsonObject& record, const JsonObject& block, std::optional<TimeUs> time,
                 OpenMessage& open, SilverRows& rows) {
    const std::string_view type = FindString(block, "type").value_or("");
    if (type == "text")
      return AddBlock(open, {false, std::string(FindString(block, "text").value_or(""))});
    if (type == "thinking")
      return AddBlock(open, {true, std::string(FindString(block, "thinking").value_or(""))});
    if (type == "image") return AddBlock(open, {false, "[image]"});
    if (type.ends_with("tool_use")) return ReadCall(block, time, open.row.message_id, rows);
    if (type.ends_with("tool_result")) ReadResult(record, block, time, rows);
  }

  static void AddBlock(OpenMessage& open, TextBlock block) {
    if (block.text.empty()) return;
    for (TextBlock& earlier : open.blocks) {
      if (earlier.is_reasoning != block.is_reasoning) continue;
      if (block.text.starts_with(earlier.text)) {
        earlier.text = std::move(block.text);
        return;
      }
    }
    open.blocks.push_back(std::move(block));
  }

  void TakeUsage(const JsonObject& record, const JsonObject& message, Message& row) const {
    TokenUsage usage = UsageOf(message);
    if (!usage.known()) return;
    const bool better =
        !row.usage.known() || usage.output.value_or(0) > row.usage.output.value_or(0);
    if (!better) return;
    row.usage = usage;
    if (const auto cost = FindNumber(record, "costUSD"); cost && std::abs(*cost) < 1e9) {
      row.reported_cost_nanos = std::llround(*cost * 1e9);
    }
    if (!row.api_call_id) row.api_call_id = CallId(record, message);
  }

  // Records without any id cannot be told from copies of each other: they count as one call.
  std::string CallId(const JsonObject& record, const JsonObject& message) const {
    if (auto id = FindId(message, "id")) return *id;
    if (auto uuid = FindId(record, "uuid")) return *uuid;
    return key_.conversation_id + "/unidentified";
  }

  void ReadCall(const JsonObject& block, std::optional<TimeUs> time, const std::string& message_id,
                SilverRows& rows) {
    const std::string id = FindId(block, "id").value_or("");
    if (id.empty()) return;
    const std::optional<JsonElement> input = FindElement(block, "input");
    NoteEditedFile(block);
    std::string parameters = input ? ToJsonText(*input) : std::string("{}");
    const auto found = std::find_if(state_.pending.begin(), state_.pending.end(),
                                    [&](auto& call) { return call.row.tool_call_id == id; });
    if (found != state_.pending.end()) {
      if (parameters.size() <= found->row.parameters.value_or("").size()) return;
      found->row.parameters = std::move(parameters);
      found->row.revision = CallRevision(found->row);
      found->changed = true;
      return;
    }
    PendingCall call;
    call.row.tool_call_id = id;
    call.row.message_id = message_id;
    call.row.tool_name = Copy(FindText(block, "name"));
    call.row.timestamp = time;
    call.row.parameters = std::move(parameters);
    call.row.revision = CallRevision(call.row);
    call.changed = true;
    state_.pending.push_back(std::move(call));
    DropOldestCalls(rows);
  }

  // A call that has its result is more than one that waits, however long its parameters.
  int64_t CallRevision(const ToolCall& call) const {
    const auto length = static_cast<int64_t>(call.parameters.value_or("").size());
    const int64_t rank = std::min<int64_t>(length, kHasResult - 1);
    return RevisionOf(rank + (call.success ? kHasResult : 0), key_, 0);
  }

  void NoteEditedFile(const JsonObject& block) {
    const std::string_view name = FindString(block, "name").value_or("");
    if (std::find(kEditingTools.begin(), kEditingTools.end(), name) == kEditingTools.end()) return;
    const std::optional<JsonObject> input = FindObject(block, "input");
    if (!input) return;
    std::optional<std::string_view> file = FindText(*input, "file_path");
    if (!file) file = FindText(*input, "notebook_path");
    if (!file || files_.size() >= kFilesMax) return;
    if (files_.emplace(*file).second) state_.facts.files_modified.emplace_back(*file);
  }

  void ReadSystem(const JsonObject& record, std::string_view text, std::optional<TimeUs> time,
                  SilverRows& rows) {
    Message row = NewMessage(record, text, time);
    const std::string_view subtype = FindString(record, "subtype").value_or("");
    row.role = "system";
    row.kind = subtype == "api_error" ? "error" : "system";
    if (subtype == "api_error") ++state_.facts.error_count;
    row.content = Copy(FindText(record, "content"));
    if (!row.content && !subtype.empty()) row.content = std::string(subtype);
    rows.messages.push_back(std::move(row));
  }

  void ReadAttachment(const JsonObject& record, std::string_view text, std::optional<TimeUs> time,
                      SilverRows& rows) {
    Message row = NewMessage(record, text, time);
    row.role = "system";
    row.kind = "attachment";
    if (const std::optional<JsonObject> attachment = FindObject(record, "attachment")) {
      const std::string_view type = FindString(*attachment, "type").value_or("");
      std::string words(type);
      if (const auto prompt = FindElement(*attachment, "prompt");
          prompt && type == "queued_command") {
        words = TextOf(*prompt);
        const bool typed =
            FindString(*attachment, "commandMode") == "prompt"sv && !IsCommandText(words);
        if (typed) row.role = "user";
        if (typed) row.kind = "prompt";
      } else if (const auto file = FindText(*attachment, "filename")) {
        words.append(": ").append(*file);
      }
      if (!words.empty()) row.content = std::move(words);
    }
    rows.messages.push_back(std::move(row));
  }

  void ReadTitle(const JsonObject& record) {
    ++state_.facts.records_skipped;
    const auto offer = [&](TitleRank rank, std::string_view key) {
      if (const auto title = FindText(record, key)) OfferTitle(rank, FirstLine(*title));
    };
    offer(kCustomTitle, "customTitle");
    offer(kAiTitle, "aiTitle");
    offer(kSummary, "summary");
  }

  // Of equal rank the first prompt stays, while a later title is the better one.
  void OfferTitle(TitleRank rank, std::string title) {
    if (title.empty() || rank < state_.title_rank) return;
    if (rank == state_.title_rank && rank == kPrompt) return;
    state_.title_rank = rank;
    state_.facts.title = std::move(title);
  }

  void ReadBookkeeping(const JsonObject& record) {
    ++state_.facts.records_skipped;
    if (auto repository = Copy(FindText(record, "prRepository"))) {
      state_.facts.git_repo = std::move(repository);
    }
  }

  void ReadOther(const JsonObject& record, std::string_view text, std::optional<TimeUs> time,
                 SilverRows& rows) {
    ++state_.facts.records_other;
    Message row = NewMessage(record, text, time);
    row.role = "system";
    row.kind = "other";
    row.raw = ReplaceInvalidUtf8(text);
    rows.messages.push_back(std::move(row));
  }

  void AddUnreadable(std::string_view text, SilverRows& rows) {
    ++state_.facts.records_unreadable;
    Message row;
    row.message_id = HashId(text);
    row.sequence = state_.next_sequence++;
    row.role = "system";
    row.kind = "unreadable";
    row.raw = ReplaceInvalidUtf8(text.substr(0, kUnreadableBytesMax));
    row.revision = RevisionOf(1, key_, row.sequence);
    rows.messages.push_back(std::move(row));
  }

  static void GiveOut(OpenMessage& open, SilverRows& rows) {
    if (!open.changed) return;
    open.changed = false;
    Message& row = rows.messages.emplace_back(open.row);
    for (const TextBlock& block : open.blocks) {
      std::optional<std::string>& text = block.is_reasoning ? row.reasoning : row.content;
      if (!text) {
        text = block.text;
      } else {
        text->append("\n\n").append(block.text);
      }
    }
  }

  static void GiveOut(PendingCall& call, SilverRows& rows) {
    if (call.changed) rows.tool_calls.push_back(call.row);
    call.changed = false;
  }

  void CloseOldest(SilverRows& rows) {
    size_t bytes = 0;
    for (const OpenMessage& open : state_.open)
      bytes += open.size_bytes();
    while (state_.open.size() > kOpenMax || (bytes > kOpenBytesMax && state_.open.size() > 1)) {
      bytes -= state_.open.front().size_bytes();
      GiveOut(state_.open.front(), rows);
      state_.open.erase(state_.open.begin());
    }
  }

  void DropOldestCalls(SilverRows& rows) {
    size_t bytes = 0;
    for (const PendingCall& call : state_.pending)
      bytes += call.row.parameters->size();
    while (state_.pending.size() > kPendingMax ||
           (bytes > kPendingBytesMax && state_.pending.size() > 1)) {
      bytes -= state_.pending.front().row.parameters->size();
      GiveOut(state_.pending.front(), rows);
      state_.pending.erase(state_.pending.begin());
    }
  }

  SourceKey key_;
  Uuid conversation_;
  State state_;
  std::unordered_set<std::string> files_;
  JsonRecordReader reader_;
  std::string padded_;
};

}  // namespace

Result<std::unique_ptr<Normaliser>> MakeNormaliser(const SourceKey& key, std::string_view state) {
  FIRN_ASSIGN(State read, ReadState(state));
  return std::unique_ptr<Normaliser>(std::make_unique<ClaudeCodeNormaliser>(key, std::move(read)));
}

}  // namespace firn::conversations::claude_code
