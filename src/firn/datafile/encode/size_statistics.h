// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "firn/datafile/encode/leaf_column.h"
#include "firn/datafile/encode/leaf_reader.h"

namespace firn::datafile {

/// What tells readers how much memory the values take that pages hold encoded (parquet.thrift,
/// SizeStatistics). What a leaf's levels leave no doubt about is unset.
struct SizeStatistics {
  std::optional<int64_t> text_bytes;            ///< Of bytes of any length, without their lengths.
  std::vector<int64_t> repetition, definition;  ///< How many slots have each level, from 0.

  bool empty() const { return !text_bytes && repetition.empty() && definition.empty(); }
};

/// Counts what was read of a leaf.
SizeStatistics SizesOf(const LeafColumn& leaf, const LeafRows& rows);

/// Adds those of further rows of the same leaf.
void Merge(const SizeStatistics& more, SizeStatistics& out);

}  // namespace firn::datafile
