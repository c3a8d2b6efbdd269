// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/table/ids.h"
#include "firn/table/literal.h"
#include "firn/table/transform.h"

namespace firn::datafile {

/// One field of a partition spec at work: numbers the values its transform makes, in the order
/// they are met. Transforms each distinct source value once. Not thread-safe.
class PartitionColumn {
 public:
  PartitionColumn(table::FieldId source, table::Type source_type, table::Transform transform);

  /// Gives the number of the transformed value of every row.
  Result<std::vector<size_t>> Codes(const arrow::RecordBatch& batch);

  size_t size() const { return values_.size(); }  ///< How many values there are so far.
  const std::optional<table::Literal>& value(size_t code) const { return values_[code]; }

 private:
  struct BytesHash {
    using is_transparent = void;
    size_t operator()(std::string_view bytes) const { return std::hash<std::string_view>()(bytes); }
  };
  using CodeMap = std::unordered_map<std::string, size_t, BytesHash, std::equal_to<>>;

  Result<size_t> CodeOf(const arrow::Array& array, int64_t row, std::string_view key);
  Result<size_t> NewCode(const std::optional<table::Literal>& source);

  table::FieldId source_;
  table::Type source_type_;
  table::Transform transform_;
  std::vector<std::optional<table::Literal>> values_;
  CodeMap code_of_value_;   // By transformed value.
  CodeMap code_of_source_;  // By source value; forgotten when it grows large.
  std::optional<size_t> code_of_null_;
};

}  // namespace firn::datafile
