// SPDX-License-Identifier: Apache-2.0
//
// What is found inside a replacement was put there by an earlier run and stays: so redacting twice
// is redacting once.

#include "firn/conversations/privacy/redactor.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "firn/base/bytes.h"
#include "firn/base/cipher.h"
#include "firn/conversations/privacy/escapes.h"

namespace firn::conversations::privacy {
namespace {

constexpr std::string_view kRedacted = "[REDACTED:";
constexpr std::string_view kHashed = "[HASH:";
constexpr std::string_view kSealed = "[SEALED:";
constexpr std::string_view kDropped = "[DROPPED:";
constexpr size_t kMaskDigits = 8;
constexpr size_t kHashDigits = 32;

std::optional<std::string> FromHex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (size_t at = 0; at < digits.size(); at += 2) {
    uint8_t byte = 0;
    const char* const end = digits.data() + at + 2;
    const auto [last, error] = std::from_chars(digits.data() + at, end, byte, 16);
    if (error != std::errc() || last != end) return std::nullopt;
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

std::string Marked(std::string_view begin, const Rule& rule, std::string_view value) {
  return std::string(begin).append(rule.id).append(":").append(value).append("]");
}

// How far before a finding in a replacement this begins at most: its name, and that of the rule.
constexpr size_t kMarkHeadMax = 64;

// Whether the line that holds a finding, or the whole text, begins as JSON does.
bool BeginsAsJson(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

bool IsWithinString(std::string_view line) {
  bool within = false;
  for (size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '\\')
      ++at;
    else if (line[at] == '"')
      within = !within;
  }
  return within;
}

// A number of JSON outside of any string: what takes its place must be a string. No string holds a
// bare newline, so none is open where a line begins.
bool IsBareNumber(std::string_view text, const Finding& finding) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const std::string_view found = text.substr(finding.begin, finding.end - finding.begin);
  if (!std::all_of(found.begin(), found.end(), is_digit)) return false;
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t before = text.find_last_not_of(kBlanks, finding.begin - 1);
  if (finding.begin == 0 || before == std::string_view::npos) return false;
  const size_t after = text.find_first_not_of(kBlanks, finding.end);
  const bool follows = std::string_view(":[,").find(text[before]) != std::string_view::npos;
  const bool ends = after == std::string_view::npos ||
                    std::string_view(",]}").find(text[after]) != std::string_view::npos;
  if (!follows || !ends) return false;
  const size_t newline = text.rfind('\n', finding.begin - 1);
  const size_t line = newline == std::string_view::npos ? 0 : newline + 1;
  return (BeginsAsJson(text) || BeginsAsJson(text.substr(line))) &&
         !IsWithinString(text.substr(line, finding.begin - line));
}

}  // namespace

bool IsInReplacement(std::string_view text, size_t at) {
  const size_t from = at > kMarkHeadMax ? at - kMarkHeadMax : 0;
  const std::string_view before = text.substr(from, at - from);
  const size_t bracket = before.rfind('[');
  if (bracket == std::string_view::npos) return false;
  const std::string_view mark = before.substr(bracket);
  if (mark.find(']') != std::string_view::npos) return false;
  constexpr std::string_view kMarks[] = {kRedacted, kHashed, kSealed, kDropped};
  return std::any_of(std::begin(kMarks), std::end(kMarks),
                     [mark](std::string_view begin) { return mark.starts_with(begin); });
}

std::string Replacement(const Rule& rule, Action action, std::string_view secret,
                        std::string_view key) {
  switch (action) {
    case Action::kKeep:
      return std::string(secret);
    case Action::kMask:
      return Marked(kRedacted, rule, HexEncode(HmacSha256(key, secret)).substr(0, kMaskDigits));
    case Action::kHash:
      return Marked(kHashed, rule, HexEncode(HmacSha256(key, secret)).substr(0, kHashDigits));
    case Action::kEncrypt:
      return Marked(kSealed, rule, HexEncode(Seal(key, secret)));
    case Action::kDrop:
      return std::string(kDropped).append(rule.id).append("]");
  }
  return "";
}

Result<Redactor> Redactor::Make(Policy policy, std::string key) {
  FIRN_ASSIGN(Scanner scanner, Scanner::Make(policy.people()));
  return Redactor(std::move(scanner), std::move(policy), std::move(key));
}

Redactor::Redactor(Scanner scanner, Policy policy, std::string key)
    : scanner_(std::move(scanner)), policy_(std::move(policy)), key_(std::move(key)) {}

Result<Redactor> Redactor::Copy() const {
  FIRN_ASSIGN(Scanner scanner, scanner_.Copy());
  return Redactor(std::move(scanner), policy_, key_);
}

// A replacement can lay bare what it stood next to, so one looks again until nothing is found.
Status Redactor::Redact(std::string& text) {
  bool changed = true;
  while (changed) {
    FIRN_ASSIGN(changed, RedactOnce(text));
  }
  return Ok();
}

Result<bool> Redactor::RedactOnce(std::string& text) {
  FIRN_ASSIGN(const std::vector<Finding> findings, scanner_.Scan(text));
  std::string redacted;
  size_t copied = 0;
  for (const Finding& finding : findings) {
    const Action action = policy_.For(*finding.rule);
    if (action == Action::kKeep || IsInReplacement(text, finding.begin)) continue;
    ++counts_[finding.rule->id];
    redacted.append(text, copied, finding.begin - copied);
    const std::string found = text.substr(finding.begin, finding.end - finding.begin);
    // Equal secrets have equal marks, escaped or not; what is sealed comes back as it stood.
    const std::string secret = action == Action::kEncrypt ? found : Unescape(found);
    const std::string mark = Replacement(*finding.rule, action, secret, key_);
    redacted += IsBareNumber(text, finding) ? '"' + mark + '"' : mark;
    copied = finding.end;
  }
  if (copied == 0) return false;
  text = redacted.append(text, copied, std::string::npos);
  return true;
}

Result<std::string> UnsealAll(std::string_view text, std::string_view key) {
  std::string opened;
  while (true) {
    const size_t begin = text.find(kSealed);
    if (begin == std::string_view::npos) return opened.append(text);
    const size_t colon = text.find(':', begin + kSealed.size());
    const size_t end = colon == std::string_view::npos ? colon : text.find(']', colon);
    if (end == std::string_view::npos) return opened.append(text);
    const auto sealed = FromHex(text.substr(colon + 1, end - colon - 1));
    if (!sealed) return Corrupt("what was sealed is no hexadecimal text");
    FIRN_ASSIGN(const std::string secret, Unseal(key, *sealed));
    opened.append(text.substr(0, begin)).append(secret);
    text.remove_prefix(end + 1);
  }
}

}  // namespace firn::conversations::privacy
