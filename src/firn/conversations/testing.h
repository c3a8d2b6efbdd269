// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firn/conversations/normaliser.h"
#include "firn/conversations/slicer.h"

/// What tests of platforms share; not part of any program.
namespace firn::conversations {

/// A file in memory, given out in blocks.
class TextWindow : public ByteWindow {
 public:
  explicit TextWindow(std::string_view text, size_t block_bytes = size_t{1} << 16)
      : text_(text), block_bytes_(block_bytes) {}

  std::string_view window() const override { return text_.substr(begin_, end_ - begin_); }
  Result<bool> More() override {
    if (end_ == text_.size()) return false;
    end_ = std::min(text_.size(), end_ + block_bytes_);
    longest_ = std::max(longest_, end_ - begin_);
    return true;
  }
  void Consume(size_t count) override { begin_ += count; }
  size_t longest() const { return longest_; }

 private:
  std::string_view text_;
  size_t block_bytes_;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t longest_ = 0;
};

/// All slices of a text that lies at `path`.
std::vector<Slice> SliceAll(const Platform& platform, std::string_view path, std::string_view text,
                            SlicerOptions options = {}, size_t block_bytes = size_t{1} << 16);

/// All slices of a text that was read at each of these sizes while it grew, the last being its own.
std::vector<Slice> SliceGrowing(const Platform& platform, std::string_view path,
                                std::string_view text, const std::vector<size_t>& sizes,
                                SlicerOptions options = {});

/// `text` put together from its slices.
std::string Joined(const std::vector<Slice>& slices);

/// The tables as an upsert by key leaves them, see tables.h.
class SilverStore {
 public:
  using Key = std::pair<std::string, std::string>;

  struct MessageRow {
    Message row;
    SourceKey source;
    friend bool operator==(const MessageRow& a, const MessageRow& b) { return a.row == b.row; }
  };
  struct ToolCallRow {
    ToolCall row;
    SourceKey source;
    friend bool operator==(const ToolCallRow& a, const ToolCallRow& b) { return a.row == b.row; }
  };
  struct TelemetryRow {
    TelemetryCall row;
    SourceKey source;
    friend bool operator==(const TelemetryRow& a, const TelemetryRow& b) { return a.row == b.row; }
  };
  struct SourceRow {
    SourceFacts facts;
    std::string state;
    friend bool operator==(const SourceRow&, const SourceRow&) = default;
  };

  /// Runs the normalisers over `slices` of one source, which is its path, going on from the states
  /// kept here.
  void Add(const std::vector<Slice>& slices, const std::string& source_id, int32_t generation = 0);
  /// As `Add`, each slice in a run of its own.
  void AddOneByOne(const std::vector<Slice>& slices, const std::string& source_id);

  /// The row with this message id, of whichever conversation; an empty one, and a failed test,
  /// where there is none.
  const Message& message(const std::string& id) const;
  const ToolCall& tool_call(const std::string& id) const;
  const TelemetryCall& telemetry_call(const std::string& id) const;
  /// What is known from the only source.
  const SourceFacts& facts() const;

  std::map<Key, MessageRow> messages;
  std::map<Key, ToolCallRow> tool_calls;
  std::map<Key, TelemetryRow> telemetry_calls;
  std::map<Key, SourceRow> sources;  ///< By conversation and source.

 private:
  void Upsert(const SourceKey& source, const SilverRows& rows);
};

/// Silver of one file, all read at once.
SilverStore StoreOf(const Platform& platform, const std::string& path, std::string_view text);
/// Silver of a file on disk.
SilverStore StoreOfFile(const Platform& platform, const std::string& path);

/// One row of `silver.api_calls` as it is made from messages.
struct ApiCall {
  std::string conversation_id;  ///< The owner.
  std::optional<TimeUs> timestamp;
  std::string model;
  TokenUsage usage;
  int copies = 0;
};

/// By `api_call_id`.
std::map<std::string, ApiCall> ApiCallsOf(const SilverStore& store);

/// The sums that the sample folder's EXPECTED.json holds.
struct TokenTotals {
  int64_t input = 0;
  int64_t cache_read = 0;
  int64_t cache_write_5m = 0;
  int64_t cache_write_1h = 0;
  int64_t output = 0;
  friend bool operator==(const TokenTotals&, const TokenTotals&) = default;
};
TokenTotals TotalsOf(const std::map<std::string, ApiCall>& calls);
void PrintTo(const TokenTotals& totals, std::ostream* out);

/// The folder of sample histories; empty where there is none.
std::string SamplesFolder();
std::string ReadSample(const std::string& path);
/// Files under `folder` with this ending, sorted.
std::vector<std::string> FilesUnder(const std::string& folder, std::string_view ending);

}  // namespace firn::conversations
