// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include <parquet/geospatial/statistics.h>

#include "firn/base/result.h"
#include "firn/datafile/encode/bloom_filter.h"
#include "firn/datafile/encode/dictionary.h"
#include "firn/datafile/encode/encoding_choice.h"
#include "firn/datafile/encode/leaf_reader.h"
#include "firn/datafile/encode/page_writer.h"

namespace firn::datafile {

/// How large the pages of a column chunk may be.
struct PageLimits {
  size_t rows = 0;
  size_t bytes = 0;  ///< Of plain values.
  size_t dictionary_bytes = 0;
  int64_t bloom_filter_bytes = 0;
};

/// What a thread needs to encode, one chunk after another.
struct EncodingTools {
  PageWriter writer;
  LeafRows rows;
  Dictionary dictionary;
  std::vector<uint32_t> indices;
};

/// Encodes one leaf of a row group. First `Plan`; then each of its pieces can be made by itself, by
/// any thread with its own tools.
class ChunkEncoder {
 public:
  ChunkEncoder(LeafReader reader, PageStyle style, const ColumnStorage& storage, PageLimits limits);

  /// Cuts the rows into pieces, in the encoding that `known` says or else a sample. A column of
  /// long texts is seen here: its pages are larger.
  Status Plan(const std::optional<EncodingChoice>& known, EncodingTools& tools);

  const LeafColumn& leaf() const { return reader_.leaf(); }
  Codec codec() const { return style_.compression.compression.codec; }
  const EncodingChoice& choice() const { return choice_; }
  size_t piece_count() const { return pieces_.size(); }
  const std::optional<parquet::geospatial::EncodedGeoStatistics>& geospatial() const {
    return geospatial_;
  }

  /// Null where none is asked for.
  const BloomFilter* bloom_filter() const { return bloom_filter_ ? &*bloom_filter_ : nullptr; }

  /// Appends the pages of a piece; those of all pieces in a row are the chunk.
  Status EncodePiece(size_t piece, EncodingTools& tools, EncodedPages& out) const;

 private:
  struct Rows {
    size_t first = 0, last = 0;
  };

  bool IsLong() const;
  size_t EndOfPage(size_t first, size_t bytes_max) const;
  void LookForRepeats(EncodingTools& tools);
  Status ForEachPage(EncodingTools& tools, const std::function<Status()>& take) const;
  Status AddGeospatial(EncodingTools& tools);
  Status AddBloomFilter(EncodingTools& tools);
  Status EncodePlain(Rows rows, EncodingTools& tools, EncodedPages& out) const;
  Status EncodeWithDictionary(EncodingTools& tools, EncodedPages& out) const;
  Result<size_t> FillDictionary(EncodingTools& tools, EncodedPages& out) const;

  LeafReader reader_;
  PageStyle style_;
  ColumnStorage storage_;
  PageLimits limits_;
  EncodingChoice choice_;
  std::vector<Rows> pieces_;
  std::optional<parquet::geospatial::EncodedGeoStatistics> geospatial_;
  std::optional<BloomFilter> bloom_filter_;
};

}  // namespace firn::datafile
