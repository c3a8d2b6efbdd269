// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>

#include "firn/base/sip_hash.h"
#include "firn/table/changelog.h"

namespace firn::datafile {

/// Matches the rows that a snapshot took out of a table with those it put in: equal keys on both
/// sides, one for one, are one row. If the snapshot updated it, the two are the sides of an update;
/// if not, the row was only carried over into another file, and nothing happened.
///
/// First all rows are added, those taken out first; then each is asked for once.
class RowMatcher {
 public:
  /// About what a row that was taken out takes; one that was put in takes nothing.
  static constexpr int64_t kBytesPerRow = 96;

  void AddDeleted(const Hash128& key) { ++rows_[key].deleted; }
  void AddInserted(const Hash128& key, bool updated);

  /// What became of a row; unset where it was carried over.
  std::optional<table::ChangeType> TypeOfDeleted(const Hash128& key);
  std::optional<table::ChangeType> TypeOfInserted(const Hash128& key);

 private:
  struct Sides {
    int64_t deleted = 0, inserted = 0;              // Rows on each side,
    int64_t deleted_asked = 0, inserted_asked = 0;  // and how many of them were asked for.
    bool updated = false;
    int64_t matched() const { return deleted < inserted ? deleted : inserted; }
  };

  std::unordered_map<Hash128, Sides, HashOfHash128> rows_;
};

}  // namespace firn::datafile
