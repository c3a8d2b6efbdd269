// SPDX-License-Identifier: Apache-2.0
//
// PLAIN and BYTE_STREAM_SPLIT (Encodings.md), and the way to those of delta_encoder.

#include "firn/datafile/encode/value_encoder.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <vector>

#include "firn/base/assert.h"
#include "firn/datafile/encode/bit_packing.h"
#include "firn/datafile/encode/delta_encoder.h"

namespace firn::datafile {
namespace {

using Texts = std::span<const std::string_view>;

void AppendPlainTexts(Texts texts, ByteBuffer& out) {
  size_t bytes = texts.size() * sizeof(uint32_t);
  for (const std::string_view text : texts)
    bytes += text.size();
  char* to = out.Extend(bytes);
  for (const std::string_view text : texts) {
    const auto length = static_cast<uint32_t>(text.size());
    std::memcpy(to, &length, sizeof(length));
    if (length > 0) std::memcpy(to + sizeof(length), text.data(), length);
    to += sizeof(length) + length;
  }
}

template <typename Number>
void AppendPlain(std::span<const Number> numbers, PhysicalType, ByteBuffer& out) {
  if (!numbers.empty()) {
    std::memcpy(out.Extend(numbers.size_bytes()), numbers.data(), numbers.size_bytes());
  }
}

void AppendPlain(std::span<const uint8_t> booleans, PhysicalType, ByteBuffer& out) {
  AppendPacked(booleans.data(), booleans.size(), 1, out);
}

void AppendPlain(Texts texts, PhysicalType type, ByteBuffer& out) {
  if (type == PhysicalType::kFixedLenByteArray) return AppendTexts(texts, out);
  AppendPlainTexts(texts, out);
}

// The first bytes of all values, then all second ones, and so on.
template <typename Number>
void AppendSplit(std::span<const Number> numbers, ByteBuffer& out) {
  char* const to = out.Extend(numbers.size_bytes());
  const size_t count = numbers.size();
  constexpr size_t kWidth = sizeof(Number);
  for (size_t i = 0; i < count; ++i) {
    char bytes[kWidth];
    std::memcpy(bytes, &numbers[i], kWidth);
    for (size_t byte = 0; byte < kWidth; ++byte)
      to[byte * count + i] = bytes[byte];
  }
}

// The same of texts of one length.
void AppendSplit(Texts texts, ByteBuffer& out) {
  const size_t count = texts.size();
  const size_t width = count == 0 ? 0 : texts[0].size();
  char* const to = out.Extend(count * width);
  for (size_t i = 0; i < count; ++i) {
    for (size_t byte = 0; byte < width; ++byte)
      to[byte * count + i] = texts[i][byte];
  }
}

template <typename Value>
void Append(std::span<const Value> values, PhysicalType type, Encoding encoding, ByteBuffer& out) {
  if (encoding == Encoding::kPlain) return AppendPlain(values, type, out);
  if constexpr (std::is_same_v<Value, int32_t> || std::is_same_v<Value, int64_t>) {
    if (encoding == Encoding::kDeltaBinaryPacked) return AppendDeltas(values, out);
  }
  if constexpr (!std::is_same_v<Value, uint8_t>) {
    if (encoding == Encoding::kByteStreamSplit) return AppendSplit(values, out);
  }
  if constexpr (std::is_same_v<Value, std::string_view>) {
    if (encoding == Encoding::kDeltaLengthByteArray) return AppendDeltaLengths(values, out);
    if (encoding == Encoding::kDeltaByteArray) return AppendDeltaTexts(values, out);
  }
  FIRN_ASSERT(encoding == Encoding::kPlain);
}

}  // namespace

void AppendValues(const LeafValues& values, PhysicalType type, Encoding encoding, ByteBuffer& out) {
  std::visit([&](const auto& span) { Append(span, type, encoding, out); }, values);
}

}  // namespace firn::datafile
