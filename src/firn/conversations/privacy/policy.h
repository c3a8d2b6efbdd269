// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "firn/base/result.h"
#include "firn/conversations/privacy/rules.h"

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

  Action For(const Rule& rule) const;
  bool keeps_all() const;
  /// Equal for policies that do the same; part of what silver's rows depend on.
  std::string Fingerprint() const;

  friend bool operator==(const Policy&, const Policy&) = default;
};

/// Secrets, e-mail addresses, telephone, card and account numbers are masked; addresses of machines
/// stay: they are what many a conversation is about.
Policy MaskingPolicy();

}  // namespace firn::conversations::privacy
