// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/encode/column_chunk.h"

#include "firn/table/literal.h"
#include "firn/table/metrics.h"

namespace firn::datafile {
namespace {

using Value = LeafStatistics::Value;

// What a page index keeps of texts; a bound need not be a value.
constexpr size_t kBoundBytesMax = 64;
constexpr table::MetricsMode kCut{table::MetricsMode::Kind::kTruncate, 64};

bool IsLong(const LeafColumn& leaf, const Value& value) {
  const auto* bytes = std::get_if<std::string>(&value);
  return leaf.type == PhysicalType::kByteArray && bytes != nullptr &&
         bytes->size() > kBoundBytesMax;
}

table::Literal LiteralOf(const LeafColumn& leaf, const Value& value) {
  const auto& bytes = std::get<std::string>(value);
  return leaf.is_text ? table::Literal::String(bytes) : table::Literal::Binary(bytes);
}

std::optional<std::string> LowerBound(const LeafColumn& leaf, const Value& value) {
  if (!IsLong(leaf, value)) return LowestBytes(leaf, value);
  return table::LowerBoundBytes(LiteralOf(leaf, value), kCut);
}

std::optional<std::string> UpperBound(const LeafColumn& leaf, const Value& value) {
  if (!IsLong(leaf, value)) return HighestBytes(leaf, value);
  return table::UpperBoundBytes(LiteralOf(leaf, value), kCut);
}

}  // namespace

void ColumnChunk::Add(const LeafColumn& leaf, int64_t offset, std::vector<PageInfo> pages) {
  for (const PageInfo& page : pages) {
    ++page_counts_[{page.type, page.encoding}];
    size_bytes_ += page.size_bytes;
    uncompressed_bytes_ += page.uncompressed_bytes;
    if (page.type == PageType::kDictionary) {
      dictionary_offset_ = offset;
    } else {
      AddData(leaf, offset, page);
    }
    offset += page.size_bytes;
  }
}

void ColumnChunk::AddData(const LeafColumn& leaf, int64_t offset, const PageInfo& page) {
  IndexedPage indexed{offset, page.size_bytes, rows_, page.statistics.nulls, {}, {}, page.sizes};
  if (page.statistics.lowest && page.statistics.highest) {
    indexed.lowest = LowerBound(leaf, *page.statistics.lowest);
    indexed.highest = UpperBound(leaf, *page.statistics.highest);
    has_bounds_ = has_bounds_ && indexed.lowest && indexed.highest;
    Compare(leaf, page.statistics);
  } else if (page.statistics.nulls < page.slots) {
    has_bounds_ = false;  // NaN alone, or no order.
  }
  slots_ += page.slots;
  rows_ += page.rows;
  Merge(leaf, page.statistics, statistics_);
  Merge(page.sizes, sizes_);
  pages_.push_back(std::move(indexed));
}

void ColumnChunk::Compare(const LeafColumn& leaf, const LeafStatistics& statistics) {
  if (last_lowest_) {
    const bool lower = IsBefore(leaf, *statistics.lowest, *last_lowest_) ||
                       IsBefore(leaf, *statistics.highest, *last_highest_);
    const bool higher = IsBefore(leaf, *last_lowest_, *statistics.lowest) ||
                        IsBefore(leaf, *last_highest_, *statistics.highest);
    ascends_ = ascends_ && !lower;
    descends_ = descends_ && !higher;
  }
  last_lowest_ = statistics.lowest;
  last_highest_ = statistics.highest;
}

ColumnChunk::PageOrder ColumnChunk::order() const {
  if (ascends_) return PageOrder::kAscending;
  return descends_ ? PageOrder::kDescending : PageOrder::kUnordered;
}

}  // namespace firn::datafile
