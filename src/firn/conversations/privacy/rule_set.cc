// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/privacy/rule_set.h"

#include <utility>

#include "firn/base/bytes.h"

namespace firn::conversations::privacy {
namespace {

constexpr Rule kName{.id = "name",
                     .meaning = "Name of a person",
                     .head = {},
                     .shape = Shape::kWord,
                     .any_case = true,
                     .kind = Kind::kName};
constexpr Rule kAccount{.id = "account",
                        .meaning = "Name of an account",
                        .head = {},
                        .shape = Shape::kWord,
                        .kind = Kind::kAccount};

bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// A pattern for the text itself. Between the words of a name stands what files and addresses have
// there, too: ada.lovelace, ada-lovelace.
std::string PatternOf(std::string_view name) {
  constexpr std::string_view kBetween = R"([\s._-]{1,3})";
  std::string pattern;
  bool between = false;
  for (const char c : name) {
    if (IsBlank(c)) {
      between = !pattern.empty();
      continue;
    }
    if (std::exchange(between, false)) pattern += kBetween;
    pattern += "\\x" + HexEncode(std::string_view(&c, 1));
  }
  return pattern;
}

}  // namespace

RuleSet::RuleSet(const People& people) : rules_(ShippedRules().begin(), ShippedRules().end()) {
  for (const std::string& name : people.names)
    Add(PatternOf(name), kName);
  for (const std::string& account : people.accounts)
    Add(PatternOf(account), kAccount);
}

void RuleSet::Add(std::string head, const Rule& like) {
  if (head.empty()) return;
  Rule rule = like;
  rule.head = heads_.emplace_back(std::move(head));
  rules_.push_back(rule);
}

}  // namespace firn::conversations::privacy
