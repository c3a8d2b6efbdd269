// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace firn {

static_assert(std::endian::native == std::endian::little, "Firn runs on little-endian machines");

/// Appends the bytes of `number`, least significant first.
template <typename Number>
requires std::is_arithmetic_v<Number>
void AppendLittleEndian(std::string& out, Number number) {
  char bytes[sizeof(Number)];
  std::memcpy(bytes, &number, sizeof(Number));
  out.append(bytes, sizeof(Number));
}

/// Reads a little-endian number; `bytes` holds at least `sizeof(Number)`.
template <typename Number>
requires std::is_arithmetic_v<Number> Number ReadLittleEndian(std::string_view bytes) {
  Number number;
  std::memcpy(&number, bytes.data(), sizeof(Number));
  return number;
}

/// Renders bytes as lower-case hexadecimal.
std::string HexEncode(std::string_view bytes);

/// Tells whether `bytes` are well-formed UTF-8 (no surrogates, no overlong forms).
bool IsValidUtf8(std::string_view bytes);

/// Returns `bytes` with every ill-formed sequence replaced by U+FFFD, as the Unicode Standard
/// (section 3.9, "U+FFFD Substitution of Maximal Subparts") recommends.
std::string ReplaceInvalidUtf8(std::string_view bytes);

}  // namespace firn
