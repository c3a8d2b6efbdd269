// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/table/schema.h"

namespace firn::pipeline {

/// A table that a native model fills.
struct NativeTarget {
  std::string table;  ///< "silver.messages"
  table::Schema schema;
  std::vector<std::string> keys;
  std::vector<std::string>
      precedence;  ///< Which of several rows with one key stays, see `KeyRule`.
};

/// What a native model reads: rows of an append-only table, grouped by one column.
struct NativeSource {
  std::string table;                  ///< "bronze.conversations"
  std::string group_by;               ///< "conversation_id"
  std::vector<std::string> order_by;  ///< Within a group; the last is a number, e.g. an offset.
  std::string size_column;            ///< Bytes a row takes in memory, about.
  std::vector<std::string> columns;   ///< Read besides the above.
};

/// Rows of one group, in order, a few at a time.
class GroupRows {
 public:
  virtual ~GroupRows() = default;
  /// The next rows; null after the last.
  virtual Result<std::shared_ptr<arrow::RecordBatch>> Next() = 0;
};

/// Takes the rows a native model makes.
class RowSink {
 public:
  virtual ~RowSink() = default;
  /// Puts rows into one of the model's targets, by key.
  virtual Status Write(std::string_view table, const std::shared_ptr<arrow::RecordBatch>& rows) = 0;
};

/// One group to work on.
struct NativeGroup {
  std::string key;
  /// Rows of the state table with this key, all its columns; null if there are none.
  std::shared_ptr<arrow::RecordBatch> state;
  /// True when all rows of the source are given and what is stored is to be replaced.
  bool refresh = false;
};

/// Makes rows in C++. An object of the program, handed in by whoever composes it.
class NativeModel {
 public:
  /// What became of a group.
  enum class Outcome {
    kDone,
    kKeepStored,  ///< In a refresh: nothing was written, the stored rows stay.
  };

  virtual ~NativeModel() = default;

  /// As headers name it: `native: conversations`.
  virtual std::string_view name() const = 0;
  /// Changes when the same input would give other rows; stored tables are then computed anew.
  virtual std::string_view version() const = 0;
  virtual const NativeSource& source() const = 0;
  virtual const std::vector<NativeTarget>& targets() const = 0;
  /// The target whose rows of a group are given back with later ones; "" = none.
  virtual std::string_view state_table() const = 0;

  /// A run begins: what is left of an earlier one, which failed, is forgotten.
  virtual void Begin() {}

  /// Makes the rows of one group from its new rows and its state; may keep them back.
  /// Must not depend on how the rows of a group are spread over runs.
  virtual Result<Outcome> Process(const NativeGroup& group, GroupRows& rows, RowSink& sink) = 0;

  /// The last group was processed: writes what was kept back.
  virtual Status End(RowSink& sink) {
    static_cast<void>(sink);
    return Ok();
  }
};

}  // namespace firn::pipeline
