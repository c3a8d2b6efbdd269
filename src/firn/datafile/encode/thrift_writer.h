// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "firn/datafile/encode/byte_buffer.h"

namespace firn::datafile {

/// What the elements of a list are, by the number the protocol has for it.
enum class ThriftElement : uint8_t { kBool = 1, kI32 = 5, kI64 = 6, kBinary = 8, kStruct = 12 };

/// Writes structs in Thrift's compact protocol, in which Parquet keeps page headers, page indexes
/// and footers. Fields of a struct come in the order of their numbers. Not thread-safe.
class ThriftWriter {
 public:
  /// Appends to `out`, which outlives this; the outermost struct has begun.
  explicit ThriftWriter(ByteBuffer& out) : out_(out), last_fields_{0} {}

  void Bool(int16_t field, bool value);
  void I8(int16_t field, int8_t value);
  void I16(int16_t field, int16_t value);
  void I32(int16_t field, int32_t value);
  void I64(int16_t field, int64_t value);
  void Double(int16_t field, double value);
  void Binary(int16_t field, std::string_view value);

  /// Begins a struct that is a field; `End` ends it.
  void Struct(int16_t field);
  /// Begins a struct that is an element of a list.
  void Element() { last_fields_.push_back(0); }
  /// Ends the struct begun last; after the outermost nothing more is written.
  void End();

  /// Begins a list; its `size` elements follow.
  void List(int16_t field, ThriftElement element, size_t size);
  void BoolElement(bool value);
  void I32Element(int32_t value);
  void I64Element(int64_t value);
  void BinaryElement(std::string_view value);

 private:
  void Header(int16_t field, uint8_t type);

  ByteBuffer& out_;
  std::vector<int16_t> last_fields_;  // Of each struct begun.
};

}  // namespace firn::datafile
