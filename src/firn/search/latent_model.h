// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firn/base/result.h"
#include "firn/base/sip_hash.h"
#include "firn/search/embedder.h"
#include "firn/search/terms.h"

namespace firn::search {

/// What a model has learnt.
struct LatentTerms {
  int64_t corpus = 0;  ///< How many conversations the lake had then.
  size_t dimensions = 0;
  std::vector<uint64_t> terms;  ///< Hashes, sorted.
  std::vector<float> weights;   ///< Of each term: how rare it is.
  std::vector<float> places;    ///< Of each term, `dimensions` numbers.
};

/// Latent semantic analysis (Deerwester et al. 1990), fitted on the texts of the lake itself: words
/// weighed by how rare they are, reduced to the directions in which texts differ most. Texts that
/// are about the same lie near each other though they share few words. Needs no network and no
/// weights of others; holds no words, only hashes of them.
class LatentModel : public Embedder {
 public:
  explicit LatentModel(LatentTerms learnt);

  /// Reads what `Serialise` wrote. Errors: `kCorrupt`.
  static Result<LatentModel> Parse(std::string_view bytes);
  std::string Serialise() const;

  const std::string& name() const override { return name_; }
  const std::string& version() const override { return version_; }
  Result<std::vector<Vector>> Embed(std::span<const std::string_view> texts) const override;

  size_t dimensions() const { return learnt_.dimensions; }
  size_t terms() const { return learnt_.terms.size(); }
  int64_t corpus() const { return learnt_.corpus; }

 private:
  Vector VectorOf(const TermCounts& counts) const;

  std::string name_ = "firn-lsa";
  std::string version_;
  LatentTerms learnt_;
};

struct LatentOptions {
  size_t dimensions_max = 128;
  size_t terms_max = 30'000;
  size_t threads = 2;
};

/// Learns a model from texts. As an embedder it gives no vectors: whatever reads texts for an
/// embedder can be made to read them for it. The texts may come in any order, on several threads.
/// Memory: 12 bytes for each word of each text.
class LatentFitter : public Embedder {
 public:
  explicit LatentFitter(LatentOptions options = {}) : options_(options) {}

  const std::string& name() const override { return name_; }
  const std::string& version() const override { return name_; }
  Result<std::vector<Vector>> Embed(std::span<const std::string_view> texts) const override;

  size_t texts() const;
  /// Ends learning. `corpus` is remembered in the model.
  LatentModel Fit(int64_t corpus);

 private:
  struct Text {
    Hash128 hash;  // The order in which texts count.
    std::vector<std::pair<uint64_t, uint32_t>> counts;
  };

  std::string name_ = "fitter";
  LatentOptions options_;
  mutable std::mutex mutex_;
  mutable std::vector<Text> texts_;
};

}  // namespace firn::search
