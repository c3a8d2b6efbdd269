// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"

struct roaring_bitmap_s;

namespace firn::datafile {

/// A set of row positions in a data file, compressed: 64-bit positions as 32-bit Roaring bitmaps by
/// their upper half. Several threads may read one at a time.
class PositionBitmap {
 public:
  /// The largest position; the key of 31 bits leaves the sign alone.
  static constexpr int64_t kPositionMax = INT64_MAX;

  PositionBitmap();
  ~PositionBitmap();
  PositionBitmap(const PositionBitmap& other);
  PositionBitmap(PositionBitmap&&) noexcept;
  PositionBitmap& operator=(PositionBitmap other) noexcept;

  /// Makes the set of `positions`, none of which is negative.
  static PositionBitmap Of(std::span<const int64_t> positions);

  void Add(int64_t position);  ///< `position` >= 0.
  void Add(std::span<const int64_t> positions);
  void Add(const PositionBitmap& other);     ///< The union.
  void Remove(const PositionBitmap& other);  ///< The difference.

  bool empty() const { return parts_.empty(); }
  int64_t cardinality() const;
  bool Contains(int64_t position) const;
  /// How many positions there are from `first` on, up to `end` (exclusive).
  int64_t CountWithin(int64_t first, int64_t end) const;
  /// The positions from `first` on, up to `end` (exclusive), ascending.
  std::vector<int64_t> Within(int64_t first, int64_t end) const;
  std::vector<int64_t> ToVector() const;
  /// About how much memory this takes.
  int64_t size_bytes() const;

  friend bool operator==(const PositionBitmap& left, const PositionBitmap& right);

  /// Writes the set in Roaring's portable format for 64 bits, runs encoded where that is shorter.
  std::string Serialize() const;
  /// Reads what `Serialize` wrote, whoever wrote it. Every container is checked before it is used.
  /// Errors: `kCorrupt`, with the byte where it goes wrong.
  static Result<PositionBitmap> Parse(std::string_view bytes);

 private:
  struct Free {
    void operator()(roaring_bitmap_s* bitmap) const;
  };
  using Part = std::unique_ptr<roaring_bitmap_s, Free>;

  roaring_bitmap_s& PartOf(int64_t position);

  std::map<uint32_t, Part> parts_;  // By the upper half; none is empty.
};

}  // namespace firn::datafile
