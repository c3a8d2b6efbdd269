// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a bitmap of positions, alone and in a deletion vector whose length and checksum are
// right, so that changed bytes get past both. What is read says the same in every way, and writes
// back.

#include <algorithm>
#include <vector>

#include "firn/base/assert.h"
#include "firn/base/bytes.h"
#include "firn/base/digest.h"
#include "firn/datafile/deletion_vector.h"

namespace firn {
namespace {

constexpr int64_t kListedMax = 2000;  // A few bytes may be a run of billions.

std::string BigEndian(size_t number) {
  std::string bytes;
  AppendLittleEndian(bytes, __builtin_bswap32(static_cast<uint32_t>(number)));
  return bytes;
}

std::string Framed(std::string_view bitmap) {
  const std::string content = "\xD1\xD3\x39\x64" + std::string(bitmap);
  return BigEndian(content.size()) + content + BigEndian(Crc32(content));
}

void CheckPositions(const datafile::PositionBitmap& bitmap) {
  if (bitmap.cardinality() > kListedMax) return;
  const std::vector<int64_t> positions = bitmap.ToVector();
  FIRN_ASSERT(static_cast<int64_t>(positions.size()) == bitmap.cardinality());
  FIRN_ASSERT(std::is_sorted(positions.begin(), positions.end()));
  FIRN_ASSERT(datafile::PositionBitmap::Of(positions) == bitmap);
  for (const int64_t position : positions) {
    FIRN_ASSERT(position >= 0 && bitmap.Contains(position));
    if (position == positions.back()) continue;
    FIRN_ASSERT(bitmap.Within(position, position + 1).size() == 1);
  }
}

}  // namespace

void FuzzOne(std::string_view bytes) {
  const auto bitmap = datafile::PositionBitmap::Parse(bytes);
  const auto vector = datafile::DecodeDeletionVector(Framed(bytes));
  FIRN_ASSERT(bitmap.has_value() == vector.has_value());
  if (!bitmap) return;
  FIRN_ASSERT(*bitmap == *vector);
  FIRN_ASSERT(bitmap->size_bytes() >= 0);
  CheckPositions(*bitmap);
  const auto again = datafile::DecodeDeletionVector(datafile::EncodeDeletionVector(*bitmap));
  FIRN_ASSERT(again.has_value() && *again == *bitmap);
}

}  // namespace firn
