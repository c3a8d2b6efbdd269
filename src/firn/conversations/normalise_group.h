// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/conversations/privacy/column_actions.h"
#include "firn/conversations/privacy/redactor.h"
#include "firn/conversations/silver.h"

namespace firn::conversations {

/// Changes whenever the same slices would give other rows: silver is then made anew from bronze.
inline constexpr std::string_view kNormaliserVersion = "4";

/// Takes rows for a table: "silver.messages", ...
using WriteSilver =
    std::function<Status(std::string_view table, const std::shared_ptr<arrow::RecordBatch>& rows)>;

/// What `GroupNormaliser` works on: the slices of one conversation.
struct SliceGroup {
  /// Rows of `silver.conversation_sources` of this conversation; null if there are none.
  std::shared_ptr<arrow::RecordBatch> state;
  /// All slices in bronze are given, and what silver has is to be replaced.
  bool refresh = false;
  /// The next rows of `bronze.conversations` (at least `NormaliserColumns`), by source, generation
  /// and offset; null after the last.
  std::function<Result<std::shared_ptr<arrow::RecordBatch>>()> next;
  WriteSilver write;
};

/// Makes the silver rows of whole conversations, one after the other. Not thread-safe.
class GroupNormaliser {
 public:
  enum class Outcome {
    kDone,
    kKeepStored,  ///< Nothing written: slices expired, so silver knows more than bronze.
  };

  /// `redactor` cleans the texts of silver; null leaves them as they are. `columns` replaces whole
  /// values.
  static Result<GroupNormaliser> Make(std::unique_ptr<privacy::Redactor> redactor,
                                      privacy::ColumnActions columns = {{}, {}});

  /// Makes the rows of a group and keeps them back until there are enough for a batch.
  /// Errors: of reading and writing; `kCorrupt` for rows that lack a column.
  Result<Outcome> Process(const SliceGroup& group);

  /// Writes the rows that were kept back.
  Status Flush(const WriteSilver& write);

 private:
  GroupNormaliser(SilverBatchBuilder builder, std::unique_ptr<privacy::Redactor> redactor,
                  privacy::ColumnActions columns);
  Result<SilverBatches> TakeBatches();

  SilverBatchBuilder builder_;
  std::unique_ptr<privacy::Redactor> redactor_;
  privacy::ColumnActions columns_;
};

}  // namespace firn::conversations
