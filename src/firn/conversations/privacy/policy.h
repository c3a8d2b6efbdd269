// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "firn/base/result.h"
#include "firn/conversations/privacy/rule_set.h"

namespace firn::conversations::privacy {

/// What is done with a finding.
enum class Action : uint8_t {
  kKeep,
  kMask,     ///< [REDACTED:rule:8 digits]; equal secrets of a lake have equal digits.
  kHash,     ///< [HASH:rule:32 digits]; keyed, to join on without collisions.
  kEncrypt,  ///< [SEALED:rule:digits]; who has the lake's key can read it.
  kDrop,     ///< [DROPPED:rule]
};

/// Reads "keep", "mask", "hash", "encrypt" or "drop". Errors: `kInvalidArgument`.
Result<Action> ParseAction(std::string_view text);
std::string_view ActionName(Action action);

/// What is done with each kind of finding in one layer.
struct Policy {
  std::map<Kind, Action> by_kind;     ///< A kind that is absent is kept.
  Action candidates = Action::kKeep;  ///< Of secrets that only a person can be sure of.
  std::vector<std::string> names{};   ///< Of persons, as configured.
  /// What the machine says of who works on it. No part of `Fingerprint`: a lake that several
  /// people or machines write is not made anew each time another comes.
  People found_people{};

  Action For(const Rule& rule) const;
  bool keeps_all() const;
  /// All names there are to look for.
  People people() const;
  /// Equal for policies that do the same; part of what silver's rows depend on.
  std::string Fingerprint() const;

  friend bool operator==(const Policy&, const Policy&) = default;
};

/// Secrets, e-mail addresses, telephone, card and account numbers and names of persons are masked.
/// Addresses of machines stay: they are what many a conversation is about; so do names of accounts,
/// which are in every path below a home.
Policy MaskingPolicy();

/// What a lake keeps for its own eyes is masked where it leaves: as `policy`, and names of accounts
/// and whatever `MaskingPolicy` masks are masked where they would be kept. `asked` has the last
/// word.
Policy PolicyOfExports(Policy policy, const std::map<Kind, Action>& asked);

}  // namespace firn::conversations::privacy
