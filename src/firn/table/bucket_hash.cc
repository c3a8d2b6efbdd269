// SPDX-License-Identifier: Apache-2.0
//
// The 32-bit hash of the bucket transform (spec, Appendix B): Murmur3 x86 32-bit, seed 0, over
// the little-endian 8 bytes of numbers and times, the bytes of text, the big-endian bytes of uuid
// and of decimals (as few as hold the value).
// Source: Austin Appleby's MurmurHash3_x86_32.

#include <bit>
#include <cmath>
#include <limits>

#include "firn/base/bytes.h"
#include "firn/base/time.h"
#include "firn/table/transform.h"

namespace firn::table {
namespace {

constexpr uint32_t kMultiplier1 = 0xcc9e2d51;
constexpr uint32_t kMultiplier2 = 0x1b873593;

uint32_t MixBlock(uint32_t block) {
  return std::rotl(block * kMultiplier1, 15) * kMultiplier2;
}

uint32_t Finish(uint32_t hash) {
  hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
  hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
  return hash ^ (hash >> 16);
}

// One NaN and one zero, as Java's doubleToLongBits has it.
int32_t HashReal(double value) {
  if (std::isnan(value)) return BucketHashLong(0x7ff8000000000000);
  return BucketHashLong(std::bit_cast<int64_t>(value == 0 ? 0.0 : value));
}

}  // namespace

int32_t Murmur3(std::string_view bytes) {
  uint32_t hash = 0;
  std::string_view rest = bytes;
  for (; rest.size() >= 4; rest.remove_prefix(4)) {
    hash = std::rotl(hash ^ MixBlock(ReadLittleEndian<uint32_t>(rest)), 13) * 5 + 0xe6546b64;
  }
  uint32_t tail = 0;
  for (size_t at = rest.size(); at > 0; --at) {
    tail = (tail << 8) | static_cast<uint8_t>(rest[at - 1]);
  }
  if (!rest.empty()) hash ^= MixBlock(tail);
  return static_cast<int32_t>(Finish(hash ^ static_cast<uint32_t>(bytes.size())));
}

int32_t BucketHashLong(int64_t value) {
  char bytes[sizeof(value)];
  std::memcpy(bytes, &value, sizeof(value));
  return Murmur3({bytes, sizeof(value)});
}

Result<int32_t> BucketHash(const Literal& value) {
  switch (value.type().id()) {
    case TypeId::kBoolean:
      return BucketHashLong(value.boolean() ? 1 : 0);
    case TypeId::kInt:
    case TypeId::kDate:
      return BucketHashLong(value.int32());
    case TypeId::kLong:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
      return BucketHashLong(value.int64());
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
      return BucketHashLong(FloorDiv(value.int64(), 1000));
    case TypeId::kFloat:
      return HashReal(value.float32());
    case TypeId::kDouble:
      return HashReal(value.float64());
    case TypeId::kDecimal:
    case TypeId::kString:
    case TypeId::kUuid:
    case TypeId::kFixed:
    case TypeId::kBinary:
      return Murmur3(value.ToBytes());
    default:
      return InvalidArgument("type cannot be bucketed", value.type());
  }
}

}  // namespace firn::table
