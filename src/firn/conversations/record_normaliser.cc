// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/record_normaliser.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "firn/base/bytes.h"
#include "firn/conversations/framer.h"
#include "firn/conversations/language.h"

namespace firn::conversations {
namespace {

constexpr int64_t kStateVersion = 1;
constexpr size_t kUnreadableBytesMax = size_t{64} << 10;  // Bronze has it whole.
constexpr size_t kFilesMax = 10'000;
constexpr size_t kWaitingMax = 256;
constexpr size_t kWaitingBytesMax = size_t{1} << 20;
constexpr size_t kAnswerBytesMax = size_t{1} << 20;

size_t SizeOf(const ToolCall& call) {
  return call.parameters.value_or("").size() + call.result.value_or("").size();
}

// Without the brackets of an array and the separators around its elements.
std::string_view WithoutArray(std::string_view text) {
  text = TrimRecord(text);
  while (!text.empty() && (text.front() == '[' || text.front() == ','))
    text = TrimRecord(text.substr(1));
  while (!text.empty() && (text.back() == ']' || text.back() == ','))
    text = TrimRecord(text.substr(0, text.size() - 1));
  return text;
}

}  // namespace

RecordNormaliser::RecordNormaliser(SourceKey key, Framing framing)
    : key_(std::move(key)),
      framing_(framing),
      conversation_(Uuid::Parse(key_.conversation_id).value_or(Uuid{})),
      drift_(key_.platform) {
  facts_.session_id = key_.native_id;
}

void RecordNormaliser::ReadAlone(const JsonObject& record, std::string_view text,
                                 SilverRows& rows) {
  Read(record, text, rows);
}

std::optional<std::string> RecordNormaliser::NativeIdOf(const JsonObject&) const {
  return std::nullopt;
}

template <typename Use, typename Unreadable>
void RecordNormaliser::ForEachRecord(std::string_view text, Use use, Unreadable unreadable) {
  reader_.ForEach(framing_ == Framing::kJsonArray ? WithoutArray(text) : text, use, unreadable);
}

Status RecordNormaliser::Add(const SlicePlace& place, std::string_view bytes, SilverRows& rows) {
  if (place.offset < next_offset_) return Ok();
  next_offset_ = place.end();
  padded_.assign(bytes);
  padded_.append(kPadding, '\0');
  const std::string_view text = std::string_view(padded_).substr(0, bytes.size());
  if (framing_ == Framing::kJsonLines) {
    AddLines(text, rows);
  } else {
    ForEachRecord(
        text,
        [&](const JsonObject& record, std::string_view whole) { ReadCounted(record, whole, rows); },
        [&](std::string_view piece) { AddUnreadable(piece, rows); });
  }
  EndSlice(rows);
  return Ok();
}

void RecordNormaliser::AddLines(std::string_view text, SilverRows& rows) {
  while (!text.empty()) {
    const size_t newline = text.find('\n');
    const bool ended = newline != text.npos;
    const std::string_view line = text.substr(0, ended ? newline + 1 : text.size());
    text.remove_prefix(line.size());
    if (std::exchange(in_line_, in_line_ && !ended)) continue;
    const size_t whole = ended ? line.size() : WholeObjectsLength(line);
    ForEachRecord(
        line.substr(0, whole),
        [&](const JsonObject& record, std::string_view one) { ReadCounted(record, one, rows); },
        [&](std::string_view piece) { AddUnreadable(piece, rows); });
    if (whole < line.size()) AddUnreadable(line.substr(whole), rows);
    in_line_ = whole < line.size();
  }
}

void RecordNormaliser::ReadCounted(const JsonObject& record, std::string_view text,
                                   SilverRows& rows) {
  ++facts_.records;
  drift_.Note(record, facts_.new_keys);
  Read(record, text, rows);
}

std::string RecordNormaliser::Finish(SilverRows& rows, SourceFacts& facts) {
  facts_.language = LanguageOf(facts_.files_modified);
  facts = facts_;
  JsonMembersOut state;
  state("version", kStateVersion);
  state("next_offset", next_offset_);
  state("next_sequence", next_sequence_);
  state("title_worth", title_worth_);
  state("in_line", in_line_);
  state("facts", ToJson(facts_));
  Json::Array waiting;
  for (const Waiting& one : waiting_) {
    Json call = ToJson(one.call);
    call.Set("steps", one.steps);
    waiting.push_back(std::move(call));
  }
  state("waiting", Json(std::move(waiting)));
  if (answer_) {
    state("answer", ToJson(*answer_));
    state("answer_steps", answer_steps_);
    Message row = *answer_;
    row.revision = Revision(answer_steps_, row.sequence);
    rows.messages.push_back(std::move(row));
  }
  Save(state);
  return state.Take().Dump();
}

Status RecordNormaliser::GoOn(std::string_view text) {
  if (text.empty()) return Ok();
  FIRN_ASSIGN(const Json state, Json::Parse(text));
  JsonMembersIn members(state);
  if (int64_t version = 0; !members("version", version) || version != kStateVersion) {
    return Unsupported("normaliser state of another version").WithHint("run with --full-refresh");
  }
  members("next_offset", next_offset_);
  members("next_sequence", next_sequence_);
  members("title_worth", title_worth_);
  members("in_line", in_line_);
  if (const Json* facts = state.Find("facts")) facts_ = SourceFactsFromJson(*facts);
  files_.insert(facts_.files_modified.begin(), facts_.files_modified.end());
  FIRN_ASSIGN(const Json::Array* waiting, state.GetArray("waiting"));
  for (const Json& one : *waiting) {
    waiting_.push_back({ToolCallFromJson(one), one.GetInt64("steps").value_or(1)});
    waiting_bytes_ += SizeOf(waiting_.back().call);
  }
  if (const Json* answer = state.Find("answer")) answer_ = MessageFromJson(*answer);
  members("answer_steps", answer_steps_);
  Restore(state);
  return Ok();
}

void RecordNormaliser::DescribeUnit(std::string_view unit, Description& description) {
  SilverRows rows;
  facts_ = {};
  ForEachRecord(
      unit,
      [&](const JsonObject& record, std::string_view text) {
        ++description.records;
        if (auto id = NativeIdOf(record)) description.native_id = std::move(id);
        ReadAlone(record, text, rows);
      },
      [&](std::string_view) { ++description.unreadable; });
  EndSlice(rows);
  CloseAnswer(rows);
  description.first_timestamp = facts_.first_timestamp;
  description.last_timestamp = facts_.last_timestamp;
  description.project_path = std::move(facts_.project_path);
  description.git_repo = std::move(facts_.git_repo);
  for (Message& row : rows.messages) {
    const bool spoken = row.role != "tool" && row.content && row.is_active_path;
    if (!spoken || row.kind == "other" || row.kind == "unreadable") continue;
    SliceMessage& said = description.messages.emplace_back();
    said.role = std::move(row.role);
    said.content = std::move(*row.content);
    said.timestamp = row.timestamp;
    said.model = std::move(row.model);
    said.latency_ms = row.latency_ms;
    if (row.usage.output) {
      said.tokens = static_cast<int32_t>(std::min<int64_t>(*row.usage.output, INT32_MAX));
    }
  }
}

int64_t RecordNormaliser::Revision(int64_t step, int32_t sequence) const {
  constexpr int kStepBits = 20;
  constexpr int64_t kStepMax = (int64_t{1} << kStepBits) - 1;
  const int64_t generation = std::clamp<int64_t>(key_.source_generation, 0, kStepMax >> 1);
  const int64_t preference = preferred_ ? int64_t{1} << (2 * kStepBits - 1) : 0;
  const int64_t rank = preference + (generation << kStepBits) + std::min(step, kStepMax);
  return RevisionOf(rank, key_, sequence);
}

Message RecordNormaliser::NewMessage(std::string id, std::string_view role, std::string_view kind,
                                     std::optional<TimeUs> time) {
  return MessageAt(next_sequence_++, 1, std::move(id), role, kind, time);
}

Message RecordNormaliser::MessageAt(int32_t sequence, int64_t step, std::string id,
                                    std::string_view role, std::string_view kind,
                                    std::optional<TimeUs> time) {
  NoteTime(time);
  Message row;
  row.message_id = std::move(id);
  row.sequence = sequence;
  row.role = role;
  row.kind = kind;
  row.timestamp = time;
  row.session_id = facts_.session_id;
  row.project_path = facts_.project_path;
  row.revision = Revision(step, sequence);
  return row;
}

std::string RecordNormaliser::HashId(std::string_view text) const {
  return Uuid::FromName(conversation_, text).ToString();
}

void RecordNormaliser::AddOther(std::string id, std::string_view text, std::optional<TimeUs> time,
                                SilverRows& rows) {
  ++facts_.records_other;
  if (id.empty()) id = HashId(text);
  Message row = NewMessage(std::move(id), "system", "other", time);
  row.raw = ReplaceInvalidUtf8(text);
  rows.messages.push_back(std::move(row));
}

void RecordNormaliser::AddUnreadable(std::string_view text, SilverRows& rows) {
  ++facts_.records_unreadable;
  Message row = NewMessage(HashId(text), "system", "unreadable", std::nullopt);
  row.raw = ReplaceInvalidUtf8(text.substr(0, kUnreadableBytesMax));
  rows.messages.push_back(std::move(row));
}

void RecordNormaliser::NoteTime(std::optional<TimeUs> time) {
  if (!time) return;
  if (!facts_.first_timestamp || *time < *facts_.first_timestamp) facts_.first_timestamp = time;
  if (!facts_.last_timestamp || *time > *facts_.last_timestamp) facts_.last_timestamp = time;
}

void RecordNormaliser::NoteFile(std::string_view path) {
  if (path.empty() || files_.size() >= kFilesMax) return;
  if (files_.emplace(path).second) facts_.files_modified.emplace_back(path);
}

void RecordNormaliser::OfferTitle(TitleWorth worth, std::string_view text) {
  if (worth <= title_worth_) return;
  std::string title = TitleFrom(text);
  if (title.empty()) return;
  title_worth_ = worth;
  facts_.title = std::move(title);
}

void RecordNormaliser::BeginCall(ToolCall call, SilverRows& rows) {
  call.revision = Revision(1, 0);
  if (call.success == false) ++facts_.error_count;
  rows.tool_calls.push_back(call);
  if (call.result || call.success) return;
  waiting_bytes_ += SizeOf(call);
  waiting_.push_back({std::move(call), 1});
  while (waiting_.size() > kWaitingMax ||
         (waiting_bytes_ > kWaitingBytesMax && waiting_.size() > 1))
    DropOldestCall();
}

void RecordNormaliser::DropOldestCall() {
  waiting_bytes_ -= SizeOf(waiting_.front().call);
  waiting_.erase(waiting_.begin());
}

ToolCall* RecordNormaliser::FindCall(std::string_view id) {
  const auto found = std::ranges::find_if(
      waiting_, [&](const Waiting& one) { return one.call.tool_call_id == id; });
  return found == waiting_.end() ? nullptr : &found->call;
}

RecordNormaliser::Waiting& RecordNormaliser::WaitingOf(const ToolCall& call) {
  return *std::ranges::find_if(waiting_, [&](const Waiting& one) { return &one.call == &call; });
}

void RecordNormaliser::TouchCall(ToolCall& call, SilverRows& rows) {
  call.revision = Revision(++WaitingOf(call).steps, 0);
  rows.tool_calls.push_back(call);
  waiting_bytes_ = 0;
  for (const Waiting& one : waiting_)
    waiting_bytes_ += SizeOf(one.call);
}

void RecordNormaliser::AnswerCall(ToolCall& call, std::optional<TimeUs> time, bool more,
                                  SilverRows& rows) {
  if (!call.execution_time_ms) call.execution_time_ms = ElapsedMillis(call.timestamp, time);
  if (call.success == false) ++facts_.error_count;
  TouchCall(call, rows);
  if (more) return;
  waiting_bytes_ -= SizeOf(call);
  waiting_.erase(waiting_.begin() + (&WaitingOf(call) - waiting_.data()));
}

Message& RecordNormaliser::OpenAnswer(Message answer, SilverRows& rows) {
  CloseAnswer(rows);
  answer_steps_ = 1;
  return answer_.emplace(std::move(answer));
}

void RecordNormaliser::AddToAnswer(std::optional<std::string>& texts, std::string_view words,
                                   SilverRows& rows) {
  if (words.empty()) return;
  std::string text = std::move(texts).value_or("");
  AppendBlock(text, words);
  const bool full = text.size() > kAnswerBytesMax;
  texts = std::move(text);
  TouchAnswer();
  if (full) CloseAnswer(rows);
}

void RecordNormaliser::AddWords(std::string_view words, SilverRows& rows) {
  if (answer_) AddToAnswer(answer_->content, words, rows);
}

void RecordNormaliser::AddReasoning(std::string_view words, SilverRows& rows) {
  if (answer_) AddToAnswer(answer_->reasoning, words, rows);
}

void RecordNormaliser::CloseAnswer(SilverRows& rows) {
  if (!answer_) return;
  answer_->revision = Revision(answer_steps_, answer_->sequence);
  rows.messages.push_back(std::move(*answer_));
  answer_.reset();
}

// The platform's half --------------------------------------------------------------------------

namespace {

class RecordDescriber : public Describer {
 public:
  RecordDescriber(std::unique_ptr<RecordNormaliser> reader, std::string native_id)
      : reader_(std::move(reader)), native_id_(std::move(native_id)) {}

  void Describe(std::string_view bytes, Description& description) override {
    reader_->DescribeUnit(bytes, description);
    if (!native_id_.empty()) description.native_id = native_id_;
  }

 private:
  std::unique_ptr<RecordNormaliser> reader_;
  std::string native_id_;
};

}  // namespace

std::unique_ptr<Describer> RecordPlatform::MakeDescriber(std::string_view path) const {
  SourceKey key;
  key.platform = name();
  key.native_id = NativeIdOf(path);
  key.source_file = path;
  std::string native_id = key.native_id;
  return std::make_unique<RecordDescriber>(NewNormaliser(std::move(key)), std::move(native_id));
}

Result<std::unique_ptr<Normaliser>> RecordPlatform::MakeNormaliser(const SourceKey& key,
                                                                   std::string_view state) const {
  std::unique_ptr<RecordNormaliser> normaliser = NewNormaliser(key);
  FIRN_TRY(normaliser->GoOn(state));
  return std::unique_ptr<Normaliser>(std::move(normaliser));
}

bool AnyLine(std::string_view head, const std::function<bool(const JsonObject&)>& is_of_kind) {
  constexpr int kLinesMax = 64;
  // The last line may go on behind the head.
  const size_t last = head.rfind('\n') + 1;
  std::string padded(head.substr(0, last));
  const std::string_view begun = TrimRecord(head.substr(last));
  padded +=
      begun.starts_with('{') && !EndOfValue(begun) ? CloseCutObject(begun) : head.substr(last);
  padded.reserve(padded.size() + kPadding);
  std::string_view rest = padded;
  JsonRecordReader reader;
  int looked_at = 0;
  bool found = false;
  while (!found && looked_at < kLinesMax && !rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size() - 1) + 1;
    reader.ForEach(
        rest.substr(0, end),
        [&](const JsonObject& record, std::string_view) {
          ++looked_at;
          found = found || is_of_kind(record);
        },
        [&](std::string_view) { ++looked_at; });
    rest.remove_prefix(end);
  }
  return found;
}

std::string_view FileNameOf(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

std::string_view FolderOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == path.npos ? std::string_view() : path.substr(0, slash);
}

std::string_view FolderNameOf(std::string_view path) {
  return FileNameOf(FolderOf(path));
}

std::string_view StemOf(std::string_view path) {
  const std::string_view name = FileNameOf(path);
  return name.substr(0, name.rfind('.'));
}

std::optional<TimeUs> FindMillis(const JsonObject& object, std::string_view key) {
  if (const std::optional<int64_t> millis = FindInt(object, key)) {
    return *millis > 0 ? ToTime(static_cast<double>(*millis) / 1000) : std::nullopt;
  }
  const std::optional<double> millis = FindNumber(object, key);
  return millis && *millis > 0 ? ToTime(*millis / 1000) : std::nullopt;
}

std::optional<int64_t> ToNanos(std::optional<double> dollars) {
  if (!dollars || !(*dollars >= 0) || *dollars > 1e6) return std::nullopt;
  return std::llround(*dollars * 1e9);
}

std::optional<int32_t> ElapsedMillis(std::optional<TimeUs> from, std::optional<TimeUs> to) {
  if (!from || !to || *to < *from) return std::nullopt;
  const int64_t millis = (to->value - from->value) / 1000;
  return millis > INT32_MAX ? std::nullopt : std::optional(static_cast<int32_t>(millis));
}

TokenUsage SplitPrompt(std::optional<int64_t> prompt, std::optional<int64_t> cache_read,
                       std::optional<int64_t> cache_write, std::optional<int64_t> output) {
  TokenUsage usage;
  usage.cache_read = cache_read;
  usage.cache_write_5m = cache_write;
  usage.output = output;
  usage.input = prompt;
  const int64_t cached = cache_read.value_or(0) + cache_write.value_or(0);
  if (prompt && *prompt >= cached) usage.input = *prompt - cached;
  return usage;
}

std::string PathOfUri(std::string_view uri) {
  constexpr std::string_view kFile = "file://";
  if (!uri.starts_with(kFile)) return std::string(uri);
  uri.remove_prefix(kFile.size());
  std::string path;
  for (size_t i = 0; i < uri.size(); ++i) {
    const auto hex = [&](size_t at) -> int {
      if (at >= uri.size()) return -1;
      const char c = uri[at];
      if (c >= '0' && c <= '9') return c - '0';
      if (c >= 'a' && c <= 'f') return c - 'a' + 10;
      return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    };
    if (uri[i] == '%' && hex(i + 1) >= 0 && hex(i + 2) >= 0) {
      path.push_back(static_cast<char>(hex(i + 1) * 16 + hex(i + 2)));
      i += 2;
    } else {
      path.push_back(uri[i]);
    }
  }
  const bool drive = path.size() > 2 && path[0] == '/' && path[2] == ':';
  return ReplaceInvalidUtf8(drive ? path.substr(1) : path);
}

std::string ParametersOf(std::string_view arguments) {
  const size_t begin = arguments.find_first_not_of(" \t\r\n");
  const bool looks =
      begin != arguments.npos && (arguments[begin] == '{' || arguments[begin] == '[');
  return looks && Json::Parse(arguments) ? std::string(arguments) : ToJsonText(arguments);
}

void AppendBlock(std::string& text, std::string_view block) {
  if (block.empty()) return;
  if (!text.empty()) text.append("\n\n");
  text.append(block);
}

}  // namespace firn::conversations
