// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <parquet/geospatial/statistics.h>

#include "firn/datafile/encode/leaf_column.h"
#include "firn/datafile/encode/leaf_statistics.h"
#include "firn/datafile/encode/page_writer.h"
#include "firn/datafile/encode/size_statistics.h"

namespace firn::datafile {

/// Where a data page lies, and the bounds of its values (PageIndex.md).
struct IndexedPage {
  int64_t offset = 0;
  int64_t size_bytes = 0;
  int64_t first_row = 0;  ///< Of the row group.
  int64_t nulls = 0;
  /// Perhaps cut, the highest raised then; unset where there are no values.
  std::optional<std::string> lowest, highest;
  SizeStatistics sizes;
};

/// What the footer and the page index say of a column chunk; grows with its pages.
class ColumnChunk {
 public:
  /// How many pages there are of a kind in an encoding.
  using PageCounts = std::map<std::pair<PageType, Encoding>, int32_t>;
  /// How the bounds of pages follow each other (parquet.thrift, BoundaryOrder).
  enum class PageOrder : uint8_t { kUnordered = 0, kAscending = 1, kDescending = 2 };

  /// Takes in pages that begin at `offset` of the file.
  void Add(const LeafColumn& leaf, int64_t offset, std::vector<PageInfo> pages);

  std::optional<int64_t> dictionary_offset() const { return dictionary_offset_; }
  int64_t data_offset() const { return pages_.front().offset; }
  int64_t offset() const { return dictionary_offset_.value_or(data_offset()); }
  int64_t size_bytes() const { return size_bytes_; }
  int64_t uncompressed_bytes() const { return uncompressed_bytes_; }
  int64_t slots() const { return slots_; }
  const LeafStatistics& statistics() const { return statistics_; }
  const SizeStatistics& sizes() const { return sizes_; }
  const PageCounts& page_counts() const { return page_counts_; }
  const std::vector<IndexedPage>& pages() const { return pages_; }
  PageOrder order() const;
  /// False where the bounds of a page cannot be told.
  bool has_bounds() const { return has_bounds_; }

  Codec codec = Codec::kUncompressed;
  std::optional<parquet::geospatial::EncodedGeoStatistics> geospatial;
  std::optional<int64_t> bloom_filter_offset;
  int64_t bloom_filter_bytes = 0;

 private:
  void AddData(const LeafColumn& leaf, int64_t offset, const PageInfo& page);
  void Compare(const LeafColumn& leaf, const LeafStatistics& statistics);

  std::optional<int64_t> dictionary_offset_;
  int64_t size_bytes_ = 0, uncompressed_bytes_ = 0, slots_ = 0, rows_ = 0;
  LeafStatistics statistics_;
  SizeStatistics sizes_;
  PageCounts page_counts_;
  std::vector<IndexedPage> pages_;
  std::optional<LeafStatistics::Value> last_lowest_, last_highest_;
  bool ascends_ = true, descends_ = true;
  bool has_bounds_ = true;
};

}  // namespace firn::datafile
