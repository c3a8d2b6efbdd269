// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "firn/avro/schema.h"

namespace firn::avro {

/// Reads values in Avro's binary encoding without a `Result` for each, for records by the million.
///
/// A value that is cut or out of range fails the cursor: it and everything after it reads as zero
/// or empty, and `failed` says so. Ask once per object, before using what was read.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()), begin_(bytes.data()) {}

  bool failed() const { return failed_; }
  bool at_end() const { return at_ == end_; }
  size_t position() const { return static_cast<size_t>(at_ - begin_); }
  size_t remaining_bytes() const { return static_cast<size_t>(end_ - at_); }
  /// The bytes read since `position`.
  std::string_view Since(size_t position) const {
    return {begin_ + position, static_cast<size_t>(at_ - begin_) - position};
  }
  void Fail() {
    failed_ = true;
    at_ = end_;
  }

  int64_t Long() {
    if (at_ != end_ && static_cast<uint8_t>(*at_) < 0x80) {
      const auto byte = static_cast<uint8_t>(*at_++);
      return static_cast<int64_t>(byte >> 1) ^ -static_cast<int64_t>(byte & 1);
    }
    return LongerLong();
  }
  /// Bytes or text; a view into the bytes given.
  std::string_view Bytes() {
    const int64_t length = Long();
    return Fixed(length < 0 ? SIZE_MAX : static_cast<size_t>(length));
  }
  std::string_view Fixed(size_t size_bytes) {
    if (size_bytes > remaining_bytes()) {
      Fail();
      return {};
    }
    const std::string_view bytes(at_, size_bytes);
    at_ += size_bytes;
    return bytes;
  }
  /// Resolves a union to the branch that follows; other schemas are returned as they are.
  const Schema& Branch(const Schema& schema);
  /// The number of items in the next block of an array or map; 0 = no more. Fails where there are
  /// more items than bytes, for no item of Iceberg's takes less than one.
  int64_t BlockCount();
  /// Passes over a value.
  void Skip(const Schema& schema);

 private:
  int64_t LongerLong();
  void SkipVarints(uint64_t count);
  void SkipBlocks(const Schema& schema);

  const char* at_;
  const char* end_;
  const char* begin_;
  bool failed_ = false;
};

}  // namespace firn::avro
