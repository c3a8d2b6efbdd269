// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/table/schema.h"
#include "firn/table/sort_order.h"

namespace firn::datafile {

/// The sort keys of some rows: byte strings of which none begins another, compared as bytes.
struct RowKeys {
  std::string bytes;
  std::vector<int64_t> begins;  ///< One more than there are rows.

  std::string_view At(int64_t row) const {
    const auto at = static_cast<size_t>(row);
    const auto begin = static_cast<size_t>(begins[at]);
    return {bytes.data() + begin, static_cast<size_t>(begins[at + 1]) - begin};
  }
  int64_t size() const { return static_cast<int64_t>(begins.size()) - 1; }
  int64_t held_bytes() const {
    return static_cast<int64_t>(bytes.size() + begins.size() * sizeof(int64_t));
  }
};

/// The first eight bytes of a key, zeros where it has fewer, as a number that compares as they do.
inline uint64_t KeyHead(std::string_view key) {
  std::array<char, sizeof(uint64_t)> bytes{};
  if (key.size() >= bytes.size()) {
    std::copy_n(key.begin(), bytes.size(), bytes.begin());
  } else {
    std::copy(key.begin(), key.end(), bytes.begin());
  }
  const auto head = std::bit_cast<uint64_t>(bytes);
  return std::endian::native == std::endian::little ? __builtin_bswap64(head) : head;
}

/// Makes byte strings of rows that compare as the rows do under a sort order (spec, "Sorting"):
/// floats from -NaN over -0, 0 to NaN, text by code points. Thread-safe.
class SortKeys {
 public:
  /// Errors: `kUnsupported`, naming the column, for one within a list or map, of a type without an
  /// order, or under a transform that this version does not know; `kInvalidArgument` for a column
  /// that is not there.
  static Result<SortKeys> Make(const table::Schema& schema, const table::SortOrder& order);

  /// Makes the keys of a batch in the layout of `ToArrow(schema)`. Where `partitions` is not empty,
  /// it has one number for each row, which counts before all else.
  Result<RowKeys> Of(const arrow::RecordBatch& batch, const std::vector<size_t>& partitions) const;

 private:
  struct Field {
    table::SortField sort;
    table::Type type;
  };
  std::vector<Field> fields_;
};

}  // namespace firn::datafile
