// SPDX-License-Identifier: Apache-2.0
//
// Avro's binary encoding (Avro 1.12 specification, "Binary Encoding"): whole numbers as zigzag
// varints, text and bytes after their length, arrays and maps in blocks that end with count 0 (a
// negative count is followed by the block's size in bytes).

#include "firn/avro/decoder.h"

#include "firn/avro/cursor.h"
#include "firn/base/bytes.h"

namespace firn::avro {
namespace {

constexpr int kVarintBytesMax = 10;

Error Cut() {
  return Corrupt("Avro data ends inside a value");
}

}  // namespace

Result<bool> Decoder::ReadBoolean() {
  FIRN_ASSIGN(const std::string_view byte, ReadFixed(1));
  if (byte.front() != '\0' && byte.front() != '\1') return Corrupt("Avro boolean is not 0 or 1");
  return byte.front() == '\1';
}

Result<int64_t> Decoder::ReadLong() {
  uint64_t zigzag = 0;
  for (int at = 0; at < kVarintBytesMax; ++at) {
    if (static_cast<size_t>(at) >= rest_.size()) return Cut();
    const auto byte = static_cast<uint8_t>(rest_[static_cast<size_t>(at)]);
    zigzag |= static_cast<uint64_t>(byte & 0x7F) << (7 * at);
    if (byte >= 0x80) continue;
    rest_.remove_prefix(static_cast<size_t>(at) + 1);
    return static_cast<int64_t>((zigzag >> 1) ^ (~(zigzag & 1) + 1));
  }
  return Corrupt("Avro number of more than 64 bits");
}

Result<int32_t> Decoder::ReadInt() {
  FIRN_ASSIGN(const int64_t number, ReadLong());
  if (number < INT32_MIN || number > INT32_MAX) return Corrupt("Avro int of more than 32 bits");
  return static_cast<int32_t>(number);
}

Result<float> Decoder::ReadFloat() {
  FIRN_ASSIGN(const std::string_view bytes, ReadFixed(sizeof(float)));
  return ReadLittleEndian<float>(bytes);
}

Result<double> Decoder::ReadDouble() {
  FIRN_ASSIGN(const std::string_view bytes, ReadFixed(sizeof(double)));
  return ReadLittleEndian<double>(bytes);
}

Result<std::string_view> Decoder::ReadBytes() {
  FIRN_ASSIGN(const int64_t length, ReadLong());
  if (length < 0) return Corrupt("Avro length is negative", length);
  return ReadFixed(static_cast<size_t>(length));
}

Result<std::string_view> Decoder::ReadFixed(size_t size_bytes) {
  if (size_bytes > rest_.size()) return Cut();
  const std::string_view bytes = rest_.substr(0, size_bytes);
  rest_.remove_prefix(size_bytes);
  return bytes;
}

Result<const Schema*> Decoder::ReadBranch(const Schema& schema) {
  if (schema.kind != Kind::kUnion) return &schema;
  FIRN_ASSIGN(const int64_t branch, ReadLong());
  if (branch < 0 || branch >= static_cast<int64_t>(schema.children.size())) {
    return Corrupt("Avro union has no such branch", branch);
  }
  return schema.children[static_cast<size_t>(branch)].get();
}

Status Decoder::ReadItems(const std::function<Status()>& read_item) {
  while (true) {
    FIRN_ASSIGN(int64_t count, ReadLong());
    if (count == 0) return Ok();
    if (count < 0) {
      FIRN_TRY(ReadLong());  // The block's size in bytes.
      if (count == INT64_MIN) return Corrupt("Avro block count out of range");
      count = -count;
    }
    // No item of Iceberg's takes less than a byte, so more items than bytes is a lie.
    if (static_cast<uint64_t>(count) > rest_.size()) return Cut();
    for (; count > 0; --count) {
      FIRN_TRY(read_item());
    }
  }
}

Status Decoder::Skip(const Schema& schema) {
  Cursor cursor(rest_);
  cursor.Skip(schema);
  if (cursor.failed()) return Cut();
  rest_.remove_prefix(cursor.position());
  return Ok();
}

}  // namespace firn::avro
