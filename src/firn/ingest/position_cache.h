// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "firn/ingest/positions.h"

namespace firn::ingest {

/// A file beside the lake that remembers positions as of one snapshot of one table, so that
/// "nothing new" need not read a long log. Worthless but for time: it is checked by a digest and by
/// what it says it is about, and whatever does not fit counts as absent.
class PositionCache {
 public:
  /// `table_uuid` names the table the positions must be of.
  PositionCache(std::string path, std::string table_uuid)
      : path_(std::move(path)), table_uuid_(std::move(table_uuid)) {}

  /// What was stored last; unset where there is nothing to rely on.
  std::optional<PositionSet> Load() const;
  /// Replaces what is stored. Where that fails, nothing is stored.
  void Store(const PositionSet& positions) const;

 private:
  std::string path_;
  std::string table_uuid_;
};

}  // namespace firn::ingest
