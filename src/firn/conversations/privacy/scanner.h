// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/conversations/privacy/rule_set.h"

namespace firn::conversations::privacy {

/// A place in a text that should not be seen.
struct Finding {
  const Rule* rule = nullptr;
  size_t begin = 0;  ///< Bytes.
  size_t end = 0;

  friend bool operator==(const Finding&, const Finding&) = default;
};

/// Finds what a set of rules describes, all rules in one walk over the text (Vectorscan), and in
/// text with escapes of JSON in another one over what these stand for. Making one takes about
/// 100 ms, copies are cheap. Not thread-safe: each thread has its own copy.
class Scanner {
 public:
  /// Finds what the rules that ship find, and names.
  /// Errors: `kInvalidArgument` naming the rule whose head is no pattern; `kUnsupported` on a
  /// processor without SSE4.2.
  static Result<Scanner> Make(const People& people = {});
  ~Scanner();
  Scanner(Scanner&&) noexcept;
  Scanner& operator=(Scanner&&) noexcept;

  /// Another scanner with the same rules, for another thread. Errors: `kResourceExhausted`.
  Result<Scanner> Copy() const;

  /// What is looked for; as long-lived as this scanner or any copy of it.
  std::span<const Rule> rules() const;

  /// The findings in `text`, by place, none overlapping another: of those that do, the rule that
  /// comes first counts, and of one rule the longest match.
  /// Errors: `kResourceExhausted` for a text over 4 GiB.
  Result<std::vector<Finding>> Scan(std::string_view text);

 private:
  struct Automaton;
  struct Scratch;
  Scanner(std::shared_ptr<const Automaton> automaton, std::unique_ptr<Scratch> scratch);

  Result<std::vector<Finding>> ScanPlain(std::string_view text);

  std::shared_ptr<const Automaton> automaton_;
  std::unique_ptr<Scratch> scratch_;
};

}  // namespace firn::conversations::privacy
