// SPDX-License-Identifier: Apache-2.0
//
// The compact protocol: a field is a byte of the distance to the field before it and its type, then
// the value; numbers are zigzag varints; a struct ends with a zero byte; a boolean field is its
// type.

#include "firn/datafile/encode/thrift_writer.h"

#include <cstring>

#include "firn/datafile/encode/varint.h"

namespace firn::datafile {
namespace {

constexpr uint8_t kTrue = 1, kFalse = 2, kByte = 3, kI16 = 4, kI32 = 5, kI64 = 6, kDouble = 7,
                  kBinary = 8, kList = 9, kStruct = 12;
constexpr size_t kShortList = 15;

}  // namespace

void ThriftWriter::Header(int16_t field, uint8_t type) {
  int16_t& last = last_fields_.back();
  const int distance = field - last;
  last = field;
  if (distance > 0 && distance <= 15) return out_.Append(static_cast<char>(distance << 4 | type));
  out_.Append(static_cast<char>(type));
  AppendZigzag(out_, field);
}

void ThriftWriter::Bool(int16_t field, bool value) {
  Header(field, value ? kTrue : kFalse);
}

void ThriftWriter::I8(int16_t field, int8_t value) {
  Header(field, kByte);
  out_.Append(static_cast<char>(value));
}

void ThriftWriter::I16(int16_t field, int16_t value) {
  Header(field, kI16);
  AppendZigzag(out_, value);
}

void ThriftWriter::I32(int16_t field, int32_t value) {
  Header(field, kI32);
  AppendZigzag(out_, value);
}

void ThriftWriter::I64(int16_t field, int64_t value) {
  Header(field, kI64);
  AppendZigzag(out_, value);
}

void ThriftWriter::Double(int16_t field, double value) {
  Header(field, kDouble);
  std::memcpy(out_.Extend(sizeof(value)), &value, sizeof(value));
}

void ThriftWriter::Binary(int16_t field, std::string_view value) {
  Header(field, kBinary);
  BinaryElement(value);
}

void ThriftWriter::Struct(int16_t field) {
  Header(field, kStruct);
  Element();
}

void ThriftWriter::End() {
  out_.Append('\0');
  last_fields_.pop_back();
}

void ThriftWriter::List(int16_t field, ThriftElement element, size_t size) {
  Header(field, kList);
  const auto type = static_cast<uint8_t>(element);
  if (size < kShortList) return out_.Append(static_cast<char>(size << 4 | type));
  out_.Append(static_cast<char>(kShortList << 4 | type));
  AppendVarint(out_, size);
}

void ThriftWriter::BoolElement(bool value) {
  out_.Append(static_cast<char>(value ? kTrue : kFalse));
}

void ThriftWriter::I32Element(int32_t value) {
  AppendZigzag(out_, value);
}

void ThriftWriter::I64Element(int64_t value) {
  AppendZigzag(out_, value);
}

void ThriftWriter::BinaryElement(std::string_view value) {
  AppendVarint(out_, value.size());
  out_.Append(value);
}

}  // namespace firn::datafile
