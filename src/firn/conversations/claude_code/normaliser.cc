// SPDX-License-Identifier: Apache-2.0
//
// One answer of the API is written as several records that share `message.id`, one per content
// block, with a user record (a tool's result) now and then between them. They become one row: the
// id of the first record, the text blocks in order, the usage of the record with the most output
// tokens. `Answers` keeps those that may go on, `ToolCalls` the calls that wait for results. Every
// record that joins makes the revision of a row larger, so that an upsert may see its stages in any
// order.

#include "firn/conversations/claude_code/normaliser.h"

#include <unordered_set>

#include "firn/base/bytes.h"
#include "firn/base/uuid.h"
#include "firn/conversations/claude_code/answers.h"
#include "firn/conversations/claude_code/calls.h"
#include "firn/conversations/claude_code/record.h"
#include "firn/conversations/claude_code/state.h"
#include "firn/conversations/framer.h"
#include "firn/conversations/key_drift.h"
#include "firn/conversations/language.h"
#include "firn/conversations/platform.h"

namespace firn::conversations::claude_code {
namespace {

using namespace std::string_view_literals;

constexpr size_t kUnreadableBytesMax = size_t{64} << 10;  // Bronze has it whole.
constexpr size_t kFilesMax = 10'000;

// A better title replaces a worse one. A summary may speak of another session.
enum TitleRank : int32_t { kNone, kSummary, kPrompt, kAiTitle, kCustomTitle };

class ClaudeCodeNormaliser : public Normaliser {
 public:
  ClaudeCodeNormaliser(SourceKey key, State state)
      : key_(std::move(key)),
        conversation_(Uuid::Parse(key_.conversation_id).value_or(Uuid{})),
        state_(std::move(state)),
        answers_(key_, state_.open),
        calls_(key_, state_.pending),
        drift_(key_.platform) {
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

  Status Add(const SlicePlace& place, std::string_view bytes, SilverRows& rows) override {
    if (place.offset < state_.next_offset) return Ok();
    state_.next_offset = place.end();
    padded_.assign(bytes);
    padded_.append(kPadding, '\0');
    std::string_view rest = std::string_view(padded_).substr(0, bytes.size());
    if (state_.in_line) rest.remove_prefix(LineLength(rest));
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, LineLength(rest));
      const bool ended = line.back() == '\n';
      const size_t whole = ended ? line.size() : WholeObjectsLength(line);
      reader_.ForEach(
          line.substr(0, whole),
          [&](const JsonObject& record, std::string_view text) { Read(record, text, rows); },
          [&](std::string_view text) { AddUnreadable(text, rows); });
      if (whole < line.size()) AddUnreadable(line.substr(whole), rows);
      state_.in_line = whole < line.size();
      rest.remove_prefix(line.size());
    }
    return Ok();
  }

  std::string Finish(SilverRows& rows, SourceFacts& facts) override {
    answers_.GiveOut(rows);
    calls_.GiveOut(rows);
    state_.facts.language = LanguageOf(state_.facts.files_modified);
    facts = state_.facts;
    return WriteState(state_);
  }

  int64_t next_offset() const override { return state_.next_offset; }

 private:
  // With the newline; what is left of a line that began in an earlier slice ends `in_line`.
  size_t LineLength(std::string_view text) {
    const size_t newline = text.find('\n');
    if (newline == text.npos) return text.size();
    state_.in_line = false;
    return newline + 1;
  }

  void Read(const JsonObject& record, std::string_view text, SilverRows& rows) {
    SourceFacts& facts = state_.facts;
    ++facts.records;
    drift_.Note(record, facts.new_keys);
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
    if (row.kind == "prompt") OfferTitle(kPrompt, TitleFrom(words));
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
    if (FindBool(block, "is_error").value_or(false)) ++state_.facts.error_count;
    return calls_.End(record, block, time, rows);
  }

  void ReadAssistant(const JsonObject& record, std::string_view text, std::optional<TimeUs> time,
                     SilverRows& rows) {
    const JsonObject message = *FindObject(record, "message");
    const bool synthetic = IsSynthetic(record, message);
    const std::string id = synthetic ? std::string() : FindId(message, "id").value_or("");
    if (OpenMessage* const known = answers_.Find(id)) {
      ++known->row.records;
      return Join(record, message, time, *known, rows);
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
    answers_.Add(std::move(open), rows);
  }

  void Join(const JsonObject& record, const JsonObject& message, std::optional<TimeUs> time,
            OpenMessage& open, SilverRows& rows) {
    open.changed = true;
    JsonArray blocks;
    const std::optional<JsonElement> content = FindElement(message, "content");
    std::string_view whole;
    if (content && content->get(whole) == simdjson::SUCCESS)
      Answers::AddBlock(open, {false, std::string(whole)});
    if (content && content->get(blocks) == simdjson::SUCCESS) {
      for (const JsonElement& element : blocks) {
        JsonObject block;
        if (element.get(block) == simdjson::SUCCESS) ReadBlock(record, block, time, open, rows);
      }
    }
    if (open.row.kind == "response") answers_.TakeUsage(record, message, open.row);
    answers_.Revise(open.row);
  }

  void ReadBlock(const JsonObject& record, const JsonObject& block, std::optional<TimeUs> time,
                 OpenMessage& open, SilverRows& rows) {
    const std::string_view type = FindString(block, "type").value_or("");
    if (type == "text")
      return Answers::AddBlock(open, {false, std::string(FindString(block, "text").value_or(""))});
    if (type == "thinking")
      return Answers::AddBlock(open,
                               {true, std::string(FindString(block, "thinking").value_or(""))});
    if (type == "image") return Answers::AddBlock(open, {false, "[image]"});
    if (type.ends_with("tool_use")) {
      NoteEditedFile(block);
      return calls_.Begin(block, time, open.row.message_id, rows);
    }
    if (type.ends_with("tool_result")) ReadResult(record, block, time, rows);
  }

  void NoteEditedFile(const JsonObject& block) {
    const std::optional<std::string_view> file = EditedFile(block);
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
      if (const auto title = FindText(record, key)) OfferTitle(rank, TitleFrom(*title));
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

  SourceKey key_;
  Uuid conversation_;
  State state_;
  Answers answers_;
  ToolCalls calls_;
  KeyDrift drift_;
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
