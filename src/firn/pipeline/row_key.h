// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/base/sip_hash.h"

namespace firn::pipeline {

/// The values of some columns of one row, reduced to 128 bits.
using RowKey = Hash128;
using RowKeyHash = HashOfHash128;

/// Reads key columns of batches. A null is a value like any other. Equal values give equal bytes
/// whatever integer width or string layout a batch has.
class KeyColumns {
 public:
  /// Errors: `kNotFound` for a column the schema lacks; `kUnsupported` for a type no key can have
  /// (floating point, nested).
  static Result<KeyColumns> Make(const arrow::Schema& schema,
                                 const std::vector<std::string>& columns);

  /// Renders the values of one row, each with its type and length, so that different rows never
  /// render alike.
  void Append(const arrow::RecordBatch& batch, int64_t row, std::string& out) const;

 private:
  std::vector<int> indices_;
};

/// Where a row stands among rows with the same key: columns as "revision desc", "source_id".
/// Columns that a schema lacks are passed over.
class Precedence {
 public:
  Precedence() = default;
  static Result<Precedence> Make(const arrow::Schema& schema,
                                 const std::vector<std::string>& order);

  /// Renders a text that compares less (bytewise) for the row that stays.
  std::string Of(const arrow::RecordBatch& batch, int64_t row) const;
  bool empty() const { return columns_.empty(); }

 private:
  struct Column {
    int index = 0;
    bool descending = false;
  };
  std::vector<Column> columns_;
};

/// Refuses types that cannot be keys. Errors: `kUnsupported`.
Status CheckKeyType(const arrow::DataType& type, std::string_view column);

/// One value of a key column, as keys and bounds compare them: text, or a whole number.
struct KeyValue {
  bool is_null = false;
  bool is_text = false;
  std::string_view text;
  int64_t number = 0;
};
KeyValue KeyValueAt(const arrow::Array& array, int64_t row);

}  // namespace firn::pipeline
