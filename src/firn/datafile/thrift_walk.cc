// SPDX-License-Identifier: Apache-2.0
//
// What is left out of a footer are the last fields of each column (parquet.thrift, ColumnChunk: 4
// to 7 are the page index, 8 and 9 the encryption), so whatever stays keeps its bytes: fields are
// numbered from the one before.

#include "firn/datafile/thrift_walk.h"

#include <cstddef>
#include <cstdint>

namespace firn::datafile {
namespace {

constexpr int kDepthMax = 32;

enum : uint8_t {
  kTrue = 1,
  kFalse = 2,
  kByte = 3,
  kI16 = 4,
  kI32 = 5,
  kI64 = 6,
  kDouble = 7,
  kBinary = 8,
  kList = 9,
  kSet = 10,
  kMap = 11,
  kStruct = 12,
};

// Where a struct is, as far as that matters: FileMetaData holds row groups, those hold columns.
enum class Place : uint8_t { kFile, kRowGroup, kColumn, kElsewhere };

Place PlaceOf(Place parent, int64_t field) {
  if (parent == Place::kFile && field == 4) return Place::kRowGroup;
  return parent == Place::kRowGroup && field == 1 ? Place::kColumn : Place::kElsewhere;
}

class ThriftWalk {
 public:
  explicit ThriftWalk(std::string_view bytes) : bytes_(bytes) {}

  Result<size_t> StructBytes() {
    FIRN_TRY(Struct(Place::kElsewhere, 0));
    return at_;
  }

  Result<std::string> PlainFooter() {
    FIRN_TRY(Struct(Place::kFile, 0));
    Keep(at_);
    return std::move(out_);
  }

 private:
  // Takes over what was not yet, up to `end`.
  void Keep(size_t end) {
    out_.append(bytes_.substr(kept_, end - kept_));
    kept_ = end;
  }

  Result<uint8_t> Byte() {
    if (at_ == bytes_.size()) return Corrupt("a Thrift struct is cut");
    return static_cast<uint8_t>(bytes_[at_++]);
  }

  Status Pass(uint64_t count) {
    if (count > bytes_.size() - at_) return Corrupt("a Thrift struct is cut");
    at_ += static_cast<size_t>(count);
    return Ok();
  }

  Result<uint64_t> Number() {
    uint64_t number = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      FIRN_ASSIGN(const uint8_t byte, Byte());
      number |= uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return number;
    }
    return Corrupt("a Thrift number of too many bytes");
  }

  Status Struct(Place place, int depth) {
    if (depth > kDepthMax) return Corrupt("a Thrift struct is nested too deeply");
    int64_t field = 0;
    for (;;) {
      const size_t begin = at_;
      FIRN_ASSIGN(const uint8_t header, Byte());
      if (header == 0) return Ok();
      field += header >> 4;
      if (header < 0x10) {
        FIRN_ASSIGN(const uint64_t zigzag, Number());
        field = static_cast<int64_t>(zigzag >> 1) ^ -static_cast<int64_t>(zigzag & 1);
      }
      const bool leave_out = place == Place::kColumn && field > 3;
      if (leave_out) Keep(begin);
      const auto type = static_cast<uint8_t>(header & 0x0f);
      if (type != kTrue && type != kFalse) FIRN_TRY(Value(type, PlaceOf(place, field), depth));
      if (leave_out) kept_ = at_;
    }
  }

  Status Value(uint8_t type, Place place, int depth) {
    switch (type) {
      case kTrue:
      case kFalse:
      case kByte:
        return Pass(1);
      case kI16:
      case kI32:
      case kI64:
        FIRN_TRY(Number());
        return Ok();
      case kDouble:
        return Pass(8);
      case kBinary: {
        FIRN_ASSIGN(const uint64_t length, Number());
        return Pass(length);
      }
      case kList:
      case kSet:
        return List(place, depth);
      case kMap:
        return Map(depth);
      case kStruct:
        return Struct(place, depth + 1);
      default:
        return Corrupt("a Thrift value of an unknown type", static_cast<int>(type));
    }
  }

  Status List(Place place, int depth) {
    if (depth > kDepthMax) return Corrupt("a Thrift struct is nested too deeply");
    FIRN_ASSIGN(const uint8_t header, Byte());
    uint64_t size = header >> 4;
    if (size == 15) {
      FIRN_ASSIGN(size, Number());
    }
    if (size > bytes_.size() - at_) return Corrupt("a Thrift list longer than what holds it");
    for (uint64_t i = 0; i < size; ++i)
      FIRN_TRY(Value(header & 0x0f, place, depth + 1));
    return Ok();
  }

  Status Map(int depth) {
    if (depth > kDepthMax) return Corrupt("a Thrift struct is nested too deeply");
    FIRN_ASSIGN(const uint64_t size, Number());
    if (size == 0) return Ok();
    if (size > bytes_.size() - at_) return Corrupt("a Thrift map longer than what holds it");
    FIRN_ASSIGN(const uint8_t types, Byte());
    for (uint64_t i = 0; i < size; ++i) {
      FIRN_TRY(Value(types >> 4, Place::kElsewhere, depth + 1));
      FIRN_TRY(Value(types & 0x0f, Place::kElsewhere, depth + 1));
    }
    return Ok();
  }

  const std::string_view bytes_;
  std::string out_;
  size_t at_ = 0;
  size_t kept_ = 0;
};

}  // namespace

Result<size_t> StructBytes(std::string_view bytes) {
  return ThriftWalk(bytes).StructBytes();
}

Result<std::string> PlainFooter(std::string_view metadata) {
  return ThriftWalk(metadata).PlainFooter();
}

}  // namespace firn::datafile
