// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "firn/base/result.h"

namespace firn::registry {

/// A regular expression that takes time in proportion to the text, whatever it says. Not
/// thread-safe.
class Pattern {
 public:
  /// Errors: `kInvalidArgument` for one that is none, or that asks for what automata cannot do:
  /// looking ahead or behind, references back.
  static Result<Pattern> Compile(std::string_view text);
  ~Pattern();
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;

  /// Whether it occurs anywhere in a text of UTF-8.
  Result<bool> OccursIn(std::string_view text) const;

 private:
  struct Automaton;
  explicit Pattern(std::unique_ptr<Automaton> automaton);
  std::unique_ptr<Automaton> automaton_;
};

}  // namespace firn::registry
