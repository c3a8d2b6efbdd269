// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"

namespace firn::search {

/// A direction: its length is 1. Empty for a text that says nothing to a model.
using Vector = std::vector<float>;

/// Makes vectors of texts: near ones for texts about the same. Thread-safe.
class Embedder {
 public:
  virtual ~Embedder() = default;

  /// As `gold.conversation_embeddings` names it: "firn-lsa", "text-embedding-3-small".
  virtual const std::string& name() const = 0;
  /// Differs where the same text may give another vector.
  virtual const std::string& version() const = 0;

  /// The vectors of texts, in their order, all of as many dimensions or empty.
  virtual Result<std::vector<Vector>> Embed(std::span<const std::string_view> texts) const = 0;
};

/// Gives a vector the length 1; one without a length becomes empty.
void Normalise(Vector& vector);

}  // namespace firn::search
