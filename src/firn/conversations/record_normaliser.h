// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "firn/base/json.h"
#include "firn/base/uuid.h"
#include "firn/conversations/json_record.h"
#include "firn/conversations/key_drift.h"
#include "firn/conversations/normaliser.h"
#include "firn/conversations/platform.h"
#include "firn/conversations/state_json.h"

namespace firn::conversations {

/// What the normalisers of platforms share whose files are JSON objects one after another: walking
/// slices, counting records, keeping what is unknown, waiting for results of tool calls, and the
/// state between runs. A platform says what one record means.
///
/// Rows may be given out several times, each time with a larger revision: as records come, never as
/// runs begin or end, except for the open answer, which every run gives out as far as it has come.
class RecordNormaliser : public Normaliser {
 public:
  Status Add(const SlicePlace& place, std::string_view bytes, SilverRows& rows) final;
  std::string Finish(SilverRows& rows, SourceFacts& facts) final;
  int64_t next_offset() const final { return next_offset_; }

  /// Goes on from what `Finish` gave. Errors: `kUnsupported` for the state of another version.
  Status GoOn(std::string_view state);

  /// Reads one unit of a file for bronze; `kPadding` bytes behind it are readable.
  void DescribeUnit(std::string_view unit, Description& description);

 protected:
  /// What a title is worth; a better one replaces a worse one, the first of its worth stays.
  enum TitleWorth : int32_t { kNoTitle, kPromptTitle, kGivenTitle };

  RecordNormaliser(SourceKey key, Framing framing);

  virtual void Read(const JsonObject& record, std::string_view text, SilverRows& rows) = 0;
  /// As `Read`, for bronze: without what the records before it said.
  virtual void ReadAlone(const JsonObject& record, std::string_view text, SilverRows& rows);
  /// The conversation a record names; nothing where only the file's name does.
  virtual std::optional<std::string> NativeIdOf(const JsonObject& record) const;
  /// The state of the platform's own, between runs.
  virtual void Save(JsonMembersOut& /*state*/) const {}
  virtual void Restore(const Json& /*state*/) {}
  /// Called when a slice was read.
  virtual void EndSlice(SilverRows& /*rows*/) {}

  const SourceKey& key() const { return key_; }
  SourceFacts& facts() { return facts_; }
  /// The revision of what is said for the `step`-th time. A later generation of a file is right.
  int64_t Revision(int64_t step, int32_t sequence) const;
  /// Makes every revision larger than those of sources that are not preferred.
  void Prefer() { preferred_ = true; }

  /// A row of its own, in its place.
  Message NewMessage(std::string id, std::string_view role, std::string_view kind,
                     std::optional<TimeUs> time);
  /// A row whose place is known, said for the `step`-th time.
  Message MessageAt(int32_t sequence, int64_t step, std::string id, std::string_view role,
                    std::string_view kind, std::optional<TimeUs> time);
  /// The id of a record that has none: equal bytes, equal id.
  std::string HashId(std::string_view text) const;
  std::string CallId(std::string_view id) const {
    return key_.conversation_id + "/" + std::string(id);
  }
  void AddOther(std::string id, std::string_view text, std::optional<TimeUs> time,
                SilverRows& rows);
  void NoteTime(std::optional<TimeUs> time);
  void NoteFile(std::string_view path);
  void OfferTitle(TitleWorth worth, std::string_view text);
  void Skip() { ++facts_.records_skipped; }

  /// Gives a tool call out; one without a result waits for it.
  void BeginCall(ToolCall call, SilverRows& rows);
  /// The call that waits under this id; null for none.
  ToolCall* FindCall(std::string_view id);
  /// Gives a call that waits out anew, of which more became known.
  void TouchCall(ToolCall& call, SilverRows& rows);
  /// Gives a call that waits out with its result; it goes on waiting if more may come.
  void AnswerCall(ToolCall& call, std::optional<TimeUs> time, bool more, SilverRows& rows);

  /// The answer that records are added to; null for none.
  Message* answer() { return answer_ ? &*answer_ : nullptr; }
  Message& OpenAnswer(Message answer, SilverRows& rows);
  void AddWords(std::string_view words, SilverRows& rows);
  void AddReasoning(std::string_view words, SilverRows& rows);
  /// Says that something of the open answer changed.
  void TouchAnswer() { ++answer_steps_; }
  void CloseAnswer(SilverRows& rows);

 private:
  struct Waiting {
    ToolCall call;
    int64_t steps = 1;
  };
  template <typename Use, typename Unreadable>
  void ForEachRecord(std::string_view text, Use use, Unreadable unreadable);
  void AddLines(std::string_view text, SilverRows& rows);
  void ReadCounted(const JsonObject& record, std::string_view text, SilverRows& rows);
  void AddUnreadable(std::string_view text, SilverRows& rows);
  void AddToAnswer(std::optional<std::string>& texts, std::string_view words, SilverRows& rows);
  Waiting& WaitingOf(const ToolCall& call);
  void DropOldestCall();

  SourceKey key_;
  Framing framing_;
  Uuid conversation_;
  bool preferred_ = false;
  int64_t next_offset_ = 0;
  int32_t next_sequence_ = 0;
  int32_t title_worth_ = kNoTitle;
  bool in_line_ = false;  // The last slice ended within a line that is no whole record.
  SourceFacts facts_;
  KeyDrift drift_;
  std::vector<Waiting> waiting_;  // Oldest first.
  size_t waiting_bytes_ = 0;
  std::optional<Message> answer_;
  int64_t answer_steps_ = 0;
  std::unordered_set<std::string> files_;
  JsonRecordReader reader_;
  std::string padded_;
};

/// A platform whose normalisers are `RecordNormaliser`s: one reader for bronze and silver.
class RecordPlatform : public Platform {
 public:
  std::unique_ptr<Describer> MakeDescriber(std::string_view path) const final;
  Result<std::unique_ptr<Normaliser>> MakeNormaliser(const SourceKey& key,
                                                     std::string_view state) const final;

 protected:
  /// `key.source_file` tells which of the platform's formats it is.
  virtual std::unique_ptr<RecordNormaliser> NewNormaliser(SourceKey key) const = 0;
  /// The conversation a file holds, by its name; "" where its records say it.
  virtual std::string NativeIdOf(std::string_view path) const = 0;
};

/// Whether one of the first lines of a file is a record of a kind. Of one that `head` has not whole
/// the beginning counts.
bool AnyLine(std::string_view head, const std::function<bool(const JsonObject&)>& is_of_kind);

/// The file name of a path, and the folder above it.
std::string_view FileNameOf(std::string_view path);
std::string_view FolderOf(std::string_view path);
/// The name of the folder a file is in.
std::string_view FolderNameOf(std::string_view path);
/// A file name without its ending.
std::string_view StemOf(std::string_view path);

/// Milliseconds since the epoch.
std::optional<TimeUs> FindMillis(const JsonObject& object, std::string_view key);

/// US dollars as billionths; nothing for what is no cost.
std::optional<int64_t> ToNanos(std::optional<double> dollars);

/// Milliseconds from one instant to a later one.
std::optional<int32_t> ElapsedMillis(std::optional<TimeUs> from, std::optional<TimeUs> to);

/// Usage of platforms whose prompt figure includes what was read from and written to a cache. One
/// that is smaller than these cannot include them.
TokenUsage SplitPrompt(std::optional<int64_t> prompt, std::optional<int64_t> cache_read,
                       std::optional<int64_t> cache_write, std::optional<int64_t> output);

/// The path of a file URI; other text as it is.
std::string PathOfUri(std::string_view uri);

/// Arguments of a call that come as text: as they are where they are JSON, else as a JSON string.
std::string ParametersOf(std::string_view arguments);

/// Adds a block of text to others, with a blank line between.
void AppendBlock(std::string& text, std::string_view block);

}  // namespace firn::conversations
