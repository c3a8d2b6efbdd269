// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "firn/datafile/encode/leaf_column.h"
#include "firn/datafile/encode/leaf_values.h"

namespace firn::datafile {

/// What some values of a leaf have in common, for readers to leave them out by.
struct LeafStatistics {
  /// A whole number or boolean, a float, or bytes.
  using Value = std::variant<int64_t, double, std::string>;

  int64_t nulls = 0;
  int64_t nans = 0;
  /// The extremes, NaN left out; unset where there are no others, or the leaf has no order. Long
  /// bytes are cut to their first `kBytesMax`.
  std::optional<Value> lowest, highest;
  bool lowest_is_cut = false, highest_is_cut = false;

  static constexpr size_t kBytesMax = 4096;
};

/// Finds the statistics of `values`, beside which there are `nulls`.
LeafStatistics StatisticsOf(const LeafColumn& leaf, const LeafValues& values, size_t nulls);

/// Adds those of further values.
void Merge(const LeafColumn& leaf, const LeafStatistics& more, LeafStatistics& out);

/// Tells whether `a` is before `b` in the leaf's order.
bool IsBefore(const LeafColumn& leaf, const LeafStatistics::Value& a,
              const LeafStatistics::Value& b);

/// The extremes as files have them: plain-encoded, zero as -0.0 below and +0.0 above
/// (parquet.thrift, ColumnOrder).
std::string LowestBytes(const LeafColumn& leaf, const LeafStatistics::Value& value);
std::string HighestBytes(const LeafColumn& leaf, const LeafStatistics::Value& value);

}  // namespace firn::datafile
