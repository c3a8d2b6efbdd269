// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"

namespace firn::datafile {

inline constexpr std::string_view kThetaSketchBlob = "apache-datasketches-theta-v1";

/// The result of counting distinct values: the smallest hashes, and the bound `theta` all of them
/// are below. What a Theta sketch is once it is written.
struct CompactTheta {
  uint64_t theta = INT64_MAX;    ///< INT64_MAX while every value is kept: the count is exact.
  std::vector<uint64_t> hashes;  ///< Ascending.

  bool empty() const { return hashes.empty() && theta == INT64_MAX; }
  double Estimate() const;

  /// Writes the ordered compact form of Apache DataSketches (serial version 3).
  std::string Serialize() const;
  /// Reads that form, from any of its libraries.
  /// Errors: `kCorrupt`; `kUnsupported` for other serial versions, families and seeds.
  static Result<CompactTheta> Parse(std::string_view bytes);

  friend bool operator==(const CompactTheta&, const CompactTheta&) = default;
};

/// Unites sketches as DataSketches' union does: at most `nominal_entries` hashes are kept.
CompactTheta Unite(std::span<const CompactTheta> sketches, size_t nominal_entries = 4096);

/// Counts distinct values: the Alpha sketch of Apache DataSketches with the default seed, as the
/// Puffin spec asks for ("apache-datasketches-theta-v1 blob type"). Equal values in equal order
/// give the same sketch, bit for bit. Not thread-safe.
class AlphaSketch {
 public:
  explicit AlphaSketch(size_t nominal_entries = 4096);

  /// Takes in a value, by its bytes (spec, Appendix D, binary). Empty values are not counted.
  void Update(std::string_view value);

  CompactTheta Compact() const;

 private:
  bool Insert(uint64_t hash);
  void Rebuild();

  size_t nominal_entries_;
  double alpha_;
  uint64_t theta_ = INT64_MAX;
  size_t inserted_ = 0;          // Hashes that were new, ever.
  size_t filled_ = 0;            // Slots in use, those above theta too.
  std::vector<uint64_t> slots_;  // Open addressing; 0 = free.
};

}  // namespace firn::datafile
