// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/conversations/model.h"

namespace firn::conversations {

/// What every silver row of one conversation and source shares; all of it is in bronze.
struct SourceKey {
  std::string platform;
  std::string conversation_id;
  std::string native_id;
  std::string source_id;
  int32_t source_generation = 0;
  std::string source_file;
  std::string user_id;
};

/// Makes the revision of a row: a larger `rank` (at most 2^41) is a larger revision. Rows of equal
/// rank, from several sources or places in one, are told apart by bits that depend on nothing else,
/// so that whichever comes first, the same one stays.
int64_t RevisionOf(int64_t rank, const SourceKey& key, int32_t sequence);

/// Silver rows made from slices. One key may come up more than once: the larger `revision` counts.
struct SilverRows {
  std::vector<Message> messages;
  std::vector<ToolCall> tool_calls;
  std::vector<TelemetryCall> telemetry_calls;
};

/// Turns the slices of one conversation, from one source file and generation, into silver rows.
///
/// Slices come in order of offset, over any number of runs: what must be remembered between runs is
/// in the text that `Finish` returns. However the slices are split into runs, the rows that stay
/// after an upsert by key and revision are the same. One that was added before is passed over.
/// Not thread-safe; separate objects are independent.
class Normaliser {
 public:
  virtual ~Normaliser() = default;

  /// Reads the slice at `place`. Rows that cannot change any more go into `rows`. Never fails for
  /// content: what is not understood becomes a row too.
  virtual Status Add(const SlicePlace& place, std::string_view bytes, SilverRows& rows) = 0;

  /// Adds the rows that may still change to `rows`, the facts to `facts`, and returns the state.
  virtual std::string Finish(SilverRows& rows, SourceFacts& facts) = 0;

  /// The end of the last slice added.
  virtual int64_t next_offset() const = 0;
};

}  // namespace firn::conversations
