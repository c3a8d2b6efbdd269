// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/table/data_file.h"
#include "firn/table/metadata.h"
#include "firn/table/scan.h"

namespace firn::table {

/// What happened to a row, as Iceberg's changelog tables name it.
enum class ChangeType : uint8_t { kInsert, kDelete, kUpdateBefore, kUpdateAfter };

/// "INSERT", "DELETE", "UPDATE_BEFORE", "UPDATE_AFTER".
std::string_view ChangeTypeName(ChangeType type);

// Ids of the columns of changelogs, which no schema lists (spec, "Reserved Field IDs").
inline constexpr FieldId kChangeTypeColumn{2147483543};
inline constexpr FieldId kChangeOrdinalColumn{2147483542};
inline constexpr FieldId kCommitSnapshotIdColumn{2147483541};

/// The columns that a changelog has after those of the table: _change_type, _change_ordinal (of the
/// snapshot, oldest first) and _commit_snapshot_id.
std::span<const NestedField> ChangelogColumns();

/// A data file of which one snapshot may have added or taken rows.
///
/// A row of the file is in the table before the snapshot when the file is, and none of
/// `deletes_before` deletes it; after it likewise. A row that is there only after is an insert, one
/// that is there only before a delete; of all others nothing is said. So whole files and rows
/// deleted by position, deletion vector or equality are one case.
struct ChangelogTask {
  size_t ordinal = 0;  ///< Of its snapshot in `ChangelogPlan::snapshots`.
  DataFile file;
  SequenceNumber sequence_number{};  ///< Of the data.
  bool file_before = false, file_after = false;
  std::vector<DataFile> deletes_before, deletes_after;
};

/// A snapshot that changes rows.
struct ChangelogSnapshot {
  SnapshotId id{};
  SequenceNumber sequence_number{};
};

/// The changes of a range of snapshots, in files. A value.
struct ChangelogPlan {
  Schema schema;                             ///< The table's current one: rows are read with it.
  std::vector<ChangelogSnapshot> snapshots;  ///< Oldest first.
  std::vector<ChangelogTask> tasks;          ///< By snapshot, in that order.
};

/// Which changes are asked for.
struct ChangelogRequest {
  std::optional<SnapshotId> from;  ///< Exclusive; unset = from the first snapshot on.
  SnapshotId to{};                 ///< Inclusive.
  bool appends_only = false;       ///< Only what append snapshots added; others are passed over.
};

/// Plans what changed row by row. Replace snapshots (compaction) change no row and are passed over.
/// Deletes are read from the delete files as they are (merge-on-read); nothing needs to have been
/// rewritten.
/// Errors: `kNotFound` for an unknown snapshot or a history that has expired; `kInvalidArgument`
/// when `from` is no ancestor of `to`.
Result<ChangelogPlan> PlanChangelog(const TableMetadata& metadata, const ChangelogRequest& request,
                                    io::FileIO& io);

}  // namespace firn::table
