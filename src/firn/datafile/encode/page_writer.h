// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/datafile/encode/byte_buffer.h"
#include "firn/datafile/encode/dictionary.h"
#include "firn/datafile/encode/leaf_column.h"
#include "firn/datafile/encode/leaf_reader.h"
#include "firn/datafile/encode/leaf_statistics.h"
#include "firn/datafile/encode/page_compressor.h"
#include "firn/datafile/encode/parquet_format.h"
#include "firn/datafile/encode/size_statistics.h"

namespace firn::datafile {

/// How the pages of a column chunk are written.
struct PageStyle {
  PageCompression compression;
  /// Data pages of version 2: levels before the compressed part, and no compression where it gains
  /// next to nothing.
  bool version_2 = true;
  /// The page is going to be encrypted: its header has the size it then has, and no checksum, which
  /// would be of fewer bits than what authenticates it.
  bool encrypted = false;
};

/// A page as the footer and the page index speak of it.
struct PageInfo {
  PageType type = PageType::kDataV2;
  Encoding encoding = Encoding::kPlain;
  int64_t size_bytes = 0;          ///< In the file, with its header.
  int64_t header_bytes = 0;        ///< Of the header alone.
  int64_t uncompressed_bytes = 0;  ///< The same before compression.
  int64_t rows = 0;
  int64_t slots = 0;
  LeafStatistics statistics;  ///< Of a data page.
  SizeStatistics sizes;       ///< Of a data page.
};

/// Pages one after another, as they lie in a file.
struct EncodedPages {
  ByteBuffer bytes;
  std::vector<PageInfo> pages;
};

/// Writes the pages of column chunks: header, levels, values (Parquet's README, "Data Pages").
/// Its buffers are used again. Not thread-safe.
class PageWriter {
 public:
  /// Appends a data page of what was read of a leaf, its values as `encoding` has them.
  Status WriteValues(const LeafColumn& leaf, const LeafRows& rows, Encoding encoding,
                     const PageStyle& style, EncodedPages& out);

  /// Appends a data page whose values are places in a dictionary, `width` bits each.
  Status WriteIndices(const LeafColumn& leaf, const LeafRows& rows,
                      const std::vector<uint32_t>& indices, int width, const PageStyle& style,
                      EncodedPages& out);

  /// Appends a dictionary page.
  Status WriteDictionary(const Dictionary& dictionary, const PageStyle& style, EncodedPages& out);

  PageCompressor& compressor() { return compressor_; }

 private:
  Status WriteData(const LeafColumn& leaf, const LeafRows& rows, const LeafValues& distinct,
                   Encoding encoding, const PageStyle& style, EncodedPages& out);
  LeafValues DistinctTexts(const LeafRows& rows, const std::vector<uint32_t>& indices);
  Status WriteVersion1(const LeafColumn& leaf, const LeafRows& rows, const PageStyle& style,
                       PageInfo& info, EncodedPages& out);
  Status WriteVersion2(const LeafColumn& leaf, const LeafRows& rows, const PageStyle& style,
                       PageInfo& info, EncodedPages& out);
  Result<bool> Compress(const PageStyle& style);
  Result<bool> Gains(const PageStyle& style);

  PageCompressor compressor_;
  ByteBuffer values_, compressed_, levels_, header_, trial_;
  std::vector<bool> seen_;
  std::vector<std::string_view> distinct_;
};

}  // namespace firn::datafile
