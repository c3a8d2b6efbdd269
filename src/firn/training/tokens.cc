// SPDX-License-Identifier: Apache-2.0

#include "firn/training/tokens.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace firn::training {
namespace {

enum class Kind : uint8_t { kLetter, kDigit, kBlank, kLineEnd, kSign, kOther };

constexpr Kind KindOfByte(unsigned byte) {
  if (byte >= 0x80) return Kind::kOther;
  if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') return Kind::kLetter;
  if (byte >= '0' && byte <= '9') return Kind::kDigit;
  if (byte == ' ' || byte == '\t') return Kind::kBlank;
  if (byte == '\n' || byte == '\r') return Kind::kLineEnd;
  return Kind::kSign;
}

constexpr std::array<Kind, 256> kKinds = [] {
  std::array<Kind, 256> kinds{};
  for (unsigned byte = 0; byte < kinds.size(); ++byte)
    kinds[byte] = KindOfByte(byte);
  return kinds;
}();

Kind KindOf(char c) {
  return kKinds[static_cast<unsigned char>(c)];
}

int64_t TokensOfRun(Kind kind, int64_t bytes, bool is_last) {
  switch (kind) {
    case Kind::kLetter:
      return 1 + bytes / 10;
    case Kind::kDigit:
    case Kind::kSign:
    case Kind::kOther:
      return (bytes + 2) / 3;
    case Kind::kBlank:
      return bytes > 1 || is_last ? 1 : 0;
    case Kind::kLineEnd:
      return 1;
  }
  return 0;
}

}  // namespace

int64_t CountTokens(std::string_view text) {
  int64_t tokens = 0;
  for (size_t begin = 0; begin < text.size();) {
    const Kind kind = KindOf(text[begin]);
    size_t end = begin + 1;
    while (end < text.size() && KindOf(text[end]) == kind)
      ++end;
    tokens += TokensOfRun(kind, static_cast<int64_t>(end - begin), end == text.size());
    begin = end;
  }
  return tokens;
}

}  // namespace firn::training
