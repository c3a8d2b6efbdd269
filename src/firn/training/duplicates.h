// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "firn/base/result.h"
#include "firn/base/sip_hash.h"
#include "firn/training/example.h"

namespace firn::training {

/// Which conversations say the same: none; those whose texts are equal but for case and blanks; or
/// also those of whose runs of five words four in five are the same.
enum class Likeness : uint8_t { kNone, kExact, kNear };

/// Reads "none", "exact" or "near". Errors: `kInvalidArgument`.
Result<Likeness> ParseLikeness(std::string_view text);

/// Tells conversations that say what an earlier one said. Depends on nothing but the texts and
/// their order. Takes 16 bytes a conversation, some 900 where near ones count. Not thread-safe.
///
/// Near ones are found by MinHash (A. Broder, "On the resemblance and containment of documents",
/// 1997) with one permutation (Li, Owen, Zhang, 2012) whose empty bins borrow from the next, and
/// looked for in bands.
class Duplicates {
 public:
  explicit Duplicates(Likeness likeness) : likeness_(likeness) {}

  static constexpr size_t kBins = 64;
  using Signature = std::array<uint32_t, kBins>;

  /// What of an example is compared; the signature only where near ones count.
  struct Sketch {
    Hash128 text;
    Signature signature{};
  };
  /// Thread-safe.
  Sketch SketchOf(const Example& example) const;

  /// Tells in which way an example is like one that was kept; one that is like none is kept.
  Likeness Add(const Sketch& sketch);
  Likeness Add(const Example& example) { return Add(SketchOf(example)); }

 private:
  static constexpr size_t kBandBins = 4;

  static Signature SignatureOf(std::string_view words);
  bool IsNear(const Signature& signature) const;
  void Keep(const Signature& signature);
  static uint64_t BandKey(const Signature& signature, size_t band);

  Likeness likeness_;
  std::unordered_set<Hash128, HashOfHash128> texts_;
  std::vector<Signature> signatures_;
  std::unordered_map<uint64_t, uint32_t> first_in_band_;  // Index of `signatures_`.
};

}  // namespace firn::training
