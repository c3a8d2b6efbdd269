// SPDX-License-Identifier: Apache-2.0
//
// Numbers that Parquet files use (parquet.thrift of the format).
#pragma once

#include <cstdint>

namespace firn::datafile {

/// How values lie in a page (Encodings.md).
enum class Encoding : uint8_t {
  kPlain = 0,
  kRle = 3,
  kDeltaBinaryPacked = 5,
  kDeltaLengthByteArray = 6,
  kDeltaByteArray = 7,
  kRleDictionary = 8,
  kByteStreamSplit = 9,
};

enum class PageType : uint8_t { kData = 0, kDictionary = 2, kDataV2 = 3 };

/// What a leaf's values are in a file; the logical type says what they mean.
enum class PhysicalType : uint8_t {
  kBoolean = 0,
  kInt32 = 1,
  kInt64 = 2,
  kFloat = 4,
  kDouble = 5,
  kByteArray = 6,
  kFixedLenByteArray = 7,
};

}  // namespace firn::datafile
