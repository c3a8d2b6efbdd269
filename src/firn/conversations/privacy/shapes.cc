// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/privacy/shapes.h"

#include <algorithm>

#include "firn/conversations/privacy/checks.h"

namespace firn::conversations::privacy {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsLower(char c) {
  return c >= 'a' && c <= 'z';
}
bool IsUpper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool IsAlnum(char c) {
  return IsDigit(c) || IsLower(c) || IsUpper(c);
}
bool IsOneOf(char c, std::string_view bytes) {
  return bytes.find(c) != std::string_view::npos;
}

bool IsIn(Alphabet alphabet, char c) {
  switch (alphabet) {
    case Alphabet::kDigits:
      return IsDigit(c);
    case Alphabet::kHex:
      return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    case Alphabet::kAlnum:
      return IsAlnum(c);
    case Alphabet::kBase64:
      return IsAlnum(c) || IsOneOf(c, "+/=_-");
    case Alphabet::kToken:
      return IsAlnum(c) || IsOneOf(c, "_-.~+/=");
    case Alphabet::kUpperAlnum:
      return IsUpper(c) || IsDigit(c);
  }
  return false;
}

// Where the run of bytes from `begin` on ends for which `holds` is true.
template <typename Holds>
size_t EndOfRun(std::string_view text, size_t begin, Holds holds) {
  size_t end = begin;
  while (end < text.size() && holds(text[end]))
    ++end;
  return end;
}

bool Fits(const Rule& rule, size_t size) {
  return size >= rule.min && size <= rule.max;
}

std::optional<Extent> Run(const Rule& rule, std::string_view text, Extent head) {
  size_t end = EndOfRun(text, head.end, [&](char c) { return IsIn(rule.alphabet, c); });
  // A sentence ends with a full stop, a token hardly ever.
  while (end > head.end && text[end - 1] == '.')
    --end;
  if (!Fits(rule, end - head.end)) return std::nullopt;
  return Extent{rule.head_is_secret ? head.begin : head.end, end};
}

std::optional<Extent> Jwt(const Rule& rule, std::string_view text, Extent head) {
  const auto base64url = [](char c) { return IsAlnum(c) || c == '_' || c == '-'; };
  const size_t header = EndOfRun(text, head.end, base64url);
  if (text.substr(header, 3) != ".ey") return std::nullopt;
  const size_t claims = EndOfRun(text, header + 1, base64url);
  if (claims == text.size() || text[claims] != '.') return std::nullopt;
  const size_t end = EndOfRun(text, claims + 1, base64url);
  const bool fits = claims - header > 17 && end - claims > 10 && Fits(rule, end - head.end);
  return fits ? std::optional(Extent{head.begin, end}) : std::nullopt;
}

std::optional<Extent> Pem(const Rule& rule, std::string_view text, Extent head) {
  // A quotation mark ends the text it is in; what is behind it belongs to another.
  const size_t stop = std::min({text.find('"', head.end), text.size(), head.end + rule.max});
  const size_t footer = text.substr(0, stop).find("-----END", head.end);
  if (footer == std::string_view::npos || footer - head.end < rule.min) return std::nullopt;
  const size_t dashes = text.substr(0, stop).find("KEY-----", footer);
  const size_t block = text.substr(0, stop).find("BLOCK-----", footer);
  if (dashes != std::string_view::npos) return Extent{head.begin, dashes + 8};
  return Extent{head.begin, block != std::string_view::npos ? block + 10 : footer + 8};
}

std::optional<Extent> Password(const Rule& rule, std::string_view text, Extent head) {
  const size_t end = EndOfRun(text, head.end, [](char c) {
    return c > ' ' && c != 127 && !IsOneOf(c, "\"'\\/@:<>{}[]()*$`|");
  });
  const bool ends = end < text.size() && text[end] == '@' && end + 1 < text.size() &&
                    (IsAlnum(text[end + 1]) || text[end + 1] == '[');
  return ends && Fits(rule, end - head.end) ? std::optional(Extent{head.end, end}) : std::nullopt;
}

// The end of a host name with a top-level domain of letters that begins at `begin`.
size_t EndOfHost(std::string_view text, size_t begin) {
  size_t end = EndOfRun(text, begin, [](char c) { return IsAlnum(c) || c == '-' || c == '.'; });
  while (end > begin && IsOneOf(text[end - 1], ".-"))
    --end;
  const std::string_view host = text.substr(begin, end - begin);
  const size_t dot = host.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || host.find("..") != std::string_view::npos) {
    return begin;
  }
  const std::string_view domain = host.substr(dot + 1);
  const bool letters =
      std::all_of(domain.begin(), domain.end(), [](char c) { return IsLower(c) || IsUpper(c); });
  return letters && domain.size() >= 2 && domain.size() <= 24 ? end : begin;
}

// Accounts of machines, and the domains that RFC 2606 keeps for examples.
bool IsNobody(std::string_view local, std::string_view host) {
  const bool machine = local == "git" || local == "noreply" || local == "no-reply";
  const bool example = host == "example.com" || host == "example.org" || host == "example.net" ||
                       host.ends_with(".example") || host.ends_with(".test") ||
                       host.ends_with(".invalid") || host.ends_with(".local");
  return machine || example;
}

// What looks like a package (`name@1.2.3`) has no top-level domain.
std::optional<Extent> Email(const Rule& rule, std::string_view text, Extent head) {
  size_t begin = head.begin;
  while (begin > 0 && (IsAlnum(text[begin - 1]) || IsOneOf(text[begin - 1], "._%+-")))
    --begin;
  while (begin < head.begin && !IsAlnum(text[begin]))
    ++begin;
  // An escape of JSON (\n) before the name is no part of it.
  if (begin > 0 && text[begin - 1] == '\\' && begin < head.begin) ++begin;
  const size_t end = EndOfHost(text, head.end);
  if (begin == head.begin || end == head.end || head.begin - begin > 64) return std::nullopt;
  if (IsNobody(text.substr(begin, head.begin - begin), text.substr(head.end, end - head.end))) {
    return std::nullopt;
  }
  return Fits(rule, end - head.end) ? std::optional(Extent{begin, end}) : std::nullopt;
}

// Where groups end, what follows may belong to another number: the longest run of groups that
// passes the check is the number.
std::optional<Extent> Grouped(const Rule& rule, std::string_view text, Extent head) {
  // Decimal places, exponents, and parts of paths and ids.
  if (head.begin > 0) {
    const char before = text[head.begin - 1];
    if (IsAlnum(before) || IsOneOf(before, ".-_/+")) return std::nullopt;
  }
  size_t count = 0;
  size_t longest = head.begin;
  for (size_t at = head.end; at < text.size() && count <= rule.max; ++at) {
    if (IsIn(rule.alphabet, text[at])) {
      ++count;
      const size_t end = at + 1;
      const bool ends = end == text.size() || !(IsAlnum(text[end]) || text[end] == '_');
      if (ends && Fits(rule, count) &&
          PassesCheck(rule, text.substr(head.begin, end - head.begin))) {
        longest = end;
      }
      continue;
    }
    const bool between = IsOneOf(text[at], " -.()") && at + 1 < text.size() &&
                         (IsIn(rule.alphabet, text[at + 1]) || text[at + 1] == '(');
    if (!between) break;
  }
  return longest > head.begin ? std::optional(Extent{head.begin, longest}) : std::nullopt;
}

std::optional<Extent> Address(const Rule& rule, std::string_view text, Extent head) {
  const size_t end = EndOfRun(text, head.end, [](char c) { return IsDigit(c) || c == '.'; });
  size_t last = end;
  while (last > head.end && text[last - 1] == '.')
    --last;
  const bool inside =
      (head.begin > 0 && (text[head.begin - 1] == '.' || text[head.begin - 1] == '-')) ||
      (last < text.size() && (IsAlnum(text[last]) || text[last] == '-' || text[last] == '_'));
  return !inside && Fits(rule, last - head.end) ? std::optional(Extent{head.begin, last})
                                                : std::nullopt;
}

// A letter of any alphabet, going by bytes.
bool IsOfWord(char c) {
  return IsAlnum(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

std::optional<Extent> Word(std::string_view text, Extent head) {
  const bool goes_on = (head.begin > 0 && IsOfWord(text[head.begin - 1])) ||
                       (head.end < text.size() && IsOfWord(text[head.end]));
  return goes_on ? std::nullopt : std::optional(head);
}

}  // namespace

std::optional<Extent> ExtentOf(const Rule& rule, std::string_view text, Extent head) {
  switch (rule.shape) {
    case Shape::kRun:
      return Run(rule, text, head);
    case Shape::kJwt:
      return Jwt(rule, text, head);
    case Shape::kPem:
      return Pem(rule, text, head);
    case Shape::kPassword:
      return Password(rule, text, head);
    case Shape::kEmail:
      return Email(rule, text, head);
    case Shape::kGrouped:
      return Grouped(rule, text, head);
    case Shape::kAddress:
      return Address(rule, text, head);
    case Shape::kWord:
      return Word(text, head);
  }
  return std::nullopt;
}

}  // namespace firn::conversations::privacy
