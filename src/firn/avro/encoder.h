// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "firn/base/bytes.h"

namespace firn::avro {

// Append values in Avro's binary encoding to `out`.

inline void AppendLong(std::string& out, int64_t value) {
  uint64_t zigzag = (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
  for (; zigzag >= 0x80; zigzag >>= 7) {
    out += static_cast<char>(zigzag | 0x80);
  }
  out += static_cast<char>(zigzag);
}

inline void AppendBoolean(std::string& out, bool value) {
  out += value ? '\1' : '\0';
}

/// Bytes or text, after their length.
inline void AppendBytes(std::string& out, std::string_view bytes) {
  AppendLong(out, static_cast<int64_t>(bytes.size()));
  out.append(bytes);
}

/// A float, double or fixed: the bytes alone.
template <typename Number>
void AppendNumber(std::string& out, Number number) {
  AppendLittleEndian(out, number);
}

}  // namespace firn::avro
