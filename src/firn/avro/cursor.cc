// SPDX-License-Identifier: Apache-2.0
//
// Most of a manifest's bytes are maps from field ids to counts and bounds that a plan does not
// need. Passing over those is what this file does fast: a run of varints is passed over eight bytes
// at a time by counting the bytes whose highest bit is clear, each of which ends one.

#include "firn/avro/cursor.h"

#include <bit>
#include <cstring>

namespace firn::avro {
namespace {

constexpr int kVarintBytesMax = 10;
const Schema kNullSchema;

bool IsVarint(Kind kind) {
  return kind == Kind::kInt || kind == Kind::kLong || kind == Kind::kEnum;
}

// How many varints every value of the schema is, and nothing else; 0 = it is something else.
uint64_t VarintsOf(const Schema& schema) {
  if (IsVarint(schema.kind)) return 1;
  if (schema.kind != Kind::kRecord) return 0;
  for (const Field& field : schema.fields) {
    if (!IsVarint(field.schema->kind)) return 0;
  }
  return schema.fields.size();
}

}  // namespace

int64_t Cursor::LongerLong() {
  uint64_t zigzag = 0;
  for (int at = 0; at < kVarintBytesMax && at_ != end_; ++at) {
    const auto byte = static_cast<uint8_t>(*at_++);
    zigzag |= static_cast<uint64_t>(byte & 0x7F) << (7 * at);
    if (byte < 0x80) return static_cast<int64_t>((zigzag >> 1) ^ (~(zigzag & 1) + 1));
  }
  Fail();
  return 0;
}

void Cursor::SkipVarints(uint64_t count) {
  while (count >= 8 && remaining_bytes() >= 8) {
    uint64_t word = 0;
    std::memcpy(&word, at_, sizeof(word));
    count -= static_cast<uint64_t>(std::popcount(~word & 0x8080'8080'8080'8080));
    at_ += sizeof(word);
  }
  while (count > 0) {
    if (at_ == end_) return Fail();
    count -= static_cast<uint8_t>(*at_++) < 0x80 ? 1 : 0;
  }
}

const Schema& Cursor::Branch(const Schema& schema) {
  if (schema.kind != Kind::kUnion) return schema;
  const auto branch = static_cast<uint64_t>(Long());
  if (!failed_ && branch < schema.children.size()) return *schema.children[branch];
  Fail();
  return kNullSchema;
}

int64_t Cursor::BlockCount() {
  int64_t count = Long();
  if (count < 0) {
    Long();  // The block's size in bytes.
    count = count == INT64_MIN ? INT64_MAX : -count;
  }
  if (static_cast<uint64_t>(count) <= remaining_bytes()) return count;
  Fail();
  return 0;
}

void Cursor::SkipBlocks(const Schema& schema) {
  const Schema& item = schema.item();
  const uint64_t varints = schema.kind == Kind::kArray ? VarintsOf(item) : 0;
  while (true) {
    const int64_t count = Long();
    if (count == 0) return;
    if (count < 0) {
      const int64_t size = Long();
      Fixed(size < 0 ? SIZE_MAX : static_cast<size_t>(size));
      continue;
    }
    if (static_cast<uint64_t>(count) > remaining_bytes()) return Fail();
    if (varints > 0) {
      SkipVarints(static_cast<uint64_t>(count) * varints);
      continue;
    }
    for (int64_t left = count; left > 0 && !failed_; --left) {
      const size_t before = position();
      if (schema.kind == Kind::kMap) Bytes();
      Skip(item);
      if (position() == before) break;  // Items without bytes: the rest have none either.
    }
  }
}

void Cursor::Skip(const Schema& schema) {
  switch (schema.kind) {
    case Kind::kNull:
      return;
    case Kind::kBoolean:
      Fixed(1);
      return;
    case Kind::kInt:
    case Kind::kLong:
    case Kind::kEnum:
      Long();
      return;
    case Kind::kFloat:
      Fixed(sizeof(float));
      return;
    case Kind::kDouble:
      Fixed(sizeof(double));
      return;
    case Kind::kBytes:
    case Kind::kString:
      Bytes();
      return;
    case Kind::kFixed:
      Fixed(static_cast<size_t>(schema.size_bytes));
      return;
    case Kind::kArray:
    case Kind::kMap:
      return SkipBlocks(schema);
    case Kind::kUnion:
      return Skip(Branch(schema));
    case Kind::kRecord:
      break;
  }
  for (const Field& field : schema.fields) {
    Skip(*field.schema);
  }
}

}  // namespace firn::avro
