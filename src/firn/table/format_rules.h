// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "firn/base/result.h"

namespace firn::table {

/// What one format version does otherwise than its neighbours, as far as metadata goes (spec,
/// "Appendix E: Format version changes"). Code asks for the rule it means, never for a number:
/// a new version is a new row of the table below.
struct FormatRules {
  int version = 0;
  /// The uuid and the lists of schemas, specs and sort orders must be there; else they are
  /// completed from "schema" and "partition-spec", which are written beside the lists.
  bool complete = true;
  /// Snapshots and files carry sequence numbers, and delete files exist.
  bool sequence_numbers = true;
  /// A dropped partition field leaves its spec; else it stays, with the void transform.
  bool drops_partition_fields = true;
  /// Rows are numbered: next-row-id, first-row-id, added-rows.
  bool row_lineage = false;
  /// Fields may have initial defaults that are not null.
  bool default_values = false;
  /// `date` may become a timestamp without zone, `unknown` any type.
  bool wide_promotions = false;
  /// "No snapshot" is written as null; else as the -1 that old readers know.
  bool null_for_no_snapshot = false;
};

inline constexpr std::array kFormatRules = {
    FormatRules{1, false, false, false},
    FormatRules{2},
    FormatRules{3, true, true, true, true, true, true, true},
};
inline constexpr int kFormatVersionMax = kFormatRules.back().version;

/// Tells whether this program reads and writes a format version.
constexpr bool IsFormatVersion(int64_t version) {
  return version >= 1 && version <= kFormatVersionMax;
}

/// The rules of a version, which `IsFormatVersion`.
inline const FormatRules& RulesOf(int version) {
  FIRN_ASSERT(IsFormatVersion(version));
  return kFormatRules[static_cast<size_t>(version - 1)];
}

}  // namespace firn::table
