// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "firn/datafile/sort_keys.h"

namespace firn::datafile {

/// Where a row is, and eight bytes of its key.
struct KeyedRow {
  uint64_t head;
  uint32_t source;
  uint32_t row;
};

/// Puts rows of several sources in the order of their keys, equal ones in that of their sources and
/// of their places there. Its room is used again. Not thread-safe.
class KeyOrder {
 public:
  void Clear();
  /// Adds the rows from `first` to before `last` of one more source; sources are numbered as they
  /// come. `keys` stay until `Sort` has ended.
  void Add(const RowKeys& keys, int64_t first, int64_t last);
  void Sort();

  /// In order once sorted.
  const std::vector<KeyedRow>& rows() const { return rows_; }

 private:
  void SortRange(std::span<KeyedRow> rows, size_t skipped, int level);
  void SortByRest(std::span<KeyedRow> rows, size_t skipped);
  void IntoBuckets(std::span<KeyedRow> rows, uint64_t lowest, int shift, std::span<size_t> ends);
  std::string_view RestOf(const KeyedRow& row, size_t skipped) const;

  std::vector<const RowKeys*> sources_;
  std::vector<KeyedRow> rows_, room_;
  size_t longest_ = 0;  // Of the keys.
};

}  // namespace firn::datafile
