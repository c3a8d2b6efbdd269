// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <parquet/bloom_filter.h>

#include "firn/base/result.h"
#include "firn/datafile/encode/byte_buffer.h"
#include "firn/datafile/encode/leaf_reader.h"

namespace firn::datafile {

/// How a bloom filter is sized.
struct BloomFilterSize {
  int64_t values = 0;  ///< Different ones to expect.
  double fpp = 0.01;   ///< How often it may be wrong.
  int64_t bytes_max = 1 << 20;
};

/// A split block bloom filter of the values of a column chunk (BloomFilter.md): says of a value
/// that it is not there, or that it may be.
class BloomFilter {
 public:
  explicit BloomFilter(const BloomFilterSize& size);

  /// Adds the values of some rows; they are no booleans.
  Status Add(const LeafRows& rows);
  /// Appends header and blocks, as they stand in a file.
  Status AppendTo(ByteBuffer& out) const;
  /// How many of the bytes that `AppendTo` adds are blocks.
  size_t blocks_bytes() const { return filter_->GetBitsetSize(); }

 private:
  std::unique_ptr<parquet::BlockSplitBloomFilter> filter_;
};

}  // namespace firn::datafile
