// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "firn/datafile/encode/byte_buffer.h"

namespace firn::datafile {

/// The bits that numbers up to `highest` need.
inline int BitWidthOf(uint64_t highest) {
  return static_cast<int>(std::bit_width(highest));
}

/// Packs `count` numbers of `width` bits each, least significant bits first, into whole bytes
/// (Encodings.md, "Run Length Encoding / Bit-Packing Hybrid"). No number is wider.
template <typename Number>
void AppendPacked(const Number* numbers, size_t count, int width, ByteBuffer& out) {
  if (width == 0 || count == 0) return;
  const size_t bytes = (count * static_cast<size_t>(width) + 7) / 8;
  char* to = out.Extend(bytes + sizeof(uint64_t));  // A whole word is stored at the end, too.
  uint64_t word = 0;
  int bits = 0;  // In `word`; below 64.
  for (size_t i = 0; i < count; ++i) {
    const auto number = static_cast<uint64_t>(numbers[i]);
    word |= number << bits;
    bits += width;
    if (bits < 64) continue;
    std::memcpy(to, &word, sizeof(word));
    to += sizeof(word);
    bits -= 64;
    word = bits == 0 ? 0 : number >> (width - bits);
  }
  std::memcpy(to, &word, sizeof(word));
  out.Truncate(out.size() - sizeof(uint64_t));
}

}  // namespace firn::datafile
