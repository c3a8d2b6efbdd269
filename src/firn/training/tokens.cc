// SPDX-License-Identifier: Apache-2.0

#include "firn/training/tokens.h"

#include <cstddef>

namespace firn::training {
namespace {

enum class Kind { kLetter, kDigit, kBlank, kLineEnd, kSign, kOther };

Kind KindOf(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x80) return Kind::kOther;
  if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') return Kind::kLetter;
  if (byte >= '0' && byte <= '9') return Kind::kDigit;
  if (byte == ' ' || byte == '\t') return Kind::kBlank;
  if (byte == '\n' || byte == '\r') return Kind::kLineEnd;
  return Kind::kSign;
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
