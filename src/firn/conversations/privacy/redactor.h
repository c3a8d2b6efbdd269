// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "firn/base/result.h"
#include "firn/conversations/privacy/policy.h"
#include "firn/conversations/privacy/scanner.h"

namespace firn::conversations::privacy {

/// How often each rule found something that was replaced, by id.
using RedactionCounts = std::map<std::string_view, int64_t>;

/// Replaces what a policy does not keep. JSON text stays JSON text, what was replaced once is not
/// found again, and equal secrets are replaced alike. Not thread-safe.
class Redactor {
 public:
  /// `key` (`kCipherKeyBytes` long) is the lake's: without it nobody can tell a guess from a hit.
  /// Errors: those of `Scanner::Make`.
  static Result<Redactor> Make(Policy policy, std::string key);
  /// As `Make`, with a scanner that there is already.
  Redactor(Scanner scanner, Policy policy, std::string key);

  /// Another one that does the same, for another thread. Errors: `kResourceExhausted`.
  Result<Redactor> Copy() const;

  /// Errors: those of `Scanner::Scan`; `text` is as it was then.
  Status Redact(std::string& text);

  const Policy& policy() const { return policy_; }
  const RedactionCounts& counts() const { return counts_; }

 private:
  Result<bool> RedactOnce(std::string& text);

  Scanner scanner_;
  Policy policy_;
  std::string key_;
  RedactionCounts counts_;
};

/// Whether the byte `at` of `text` is within what stands in a finding's place.
bool IsInReplacement(std::string_view text, size_t at);

/// What stands in a finding's place.
std::string Replacement(const Rule& rule, Action action, std::string_view secret,
                        std::string_view key);

/// Gives back what was sealed (`Action::kEncrypt`) in `text`.
/// Errors: `kCorrupt` where it was sealed with another key.
Result<std::string> UnsealAll(std::string_view text, std::string_view key);

}  // namespace firn::conversations::privacy
