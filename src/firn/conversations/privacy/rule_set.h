// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firn/conversations/privacy/rules.h"

namespace firn::conversations::privacy {

/// Names to look for.
struct People {
  std::vector<std::string> names;     ///< Of persons, of one word or several: "Ada Lovelace".
  std::vector<std::string> accounts;  ///< Of accounts on machines: "ada".

  friend bool operator==(const People&, const People&) = default;
};

/// The rules that ship, and behind them one for each name.
class RuleSet {
 public:
  explicit RuleSet(const People& people = {});
  RuleSet(const RuleSet&) = delete;  // Rules point to the heads.
  RuleSet& operator=(const RuleSet&) = delete;

  std::span<const Rule> rules() const { return rules_; }

 private:
  void Add(std::string head, const Rule& like);

  std::deque<std::string> heads_;
  std::vector<Rule> rules_;
};

}  // namespace firn::conversations::privacy
