// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_set>
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

/// The changes of a range of snapshots, in files. A value.
struct ChangelogPlan {
  Schema schema;                      ///< The table's current one: rows are read with it.
  std::vector<SnapshotId> snapshots;  ///< Those that change rows, oldest first.
  std::vector<ChangelogTask> tasks;   ///< By snapshot, in that order.
  /// Whether rows have ids (v3), so that updates can be told from deletes and inserts.
  bool has_row_ids = false;
};

/// Plans what changed row by row from `from` (exclusive; unset = from the first snapshot) to `to`.
/// Replace snapshots (compaction) change no row and are passed over. Deletes are read from the
/// delete files as they are (merge-on-read); nothing needs to have been rewritten.
/// Errors: `kNotFound` for an unknown snapshot or a history that has expired; `kInvalidArgument`
/// when `from` is no ancestor of `to`.
Result<ChangelogPlan> PlanChangelog(const TableMetadata& metadata, std::optional<SnapshotId> from,
                                    SnapshotId to, io::FileIO& io);

/// One row on its way into a changelog, by its lineage (spec, "Row Lineage").
struct RowLineage {
  int64_t row_id = 0;
  int64_t last_updated_sequence_number = 0;
};

/// Tells apart what the deletes and inserts of one snapshot mean, by row ids: the same id on both
/// sides is one row. If the snapshot updated it, the two are the sides of an update; if not, the
/// row was only carried over into another file, and nothing happened.
class RowPairs {
 public:
  /// `sequence_number` is the snapshot's.
  RowPairs(const std::vector<RowLineage>& deleted, const std::vector<RowLineage>& inserted,
           SequenceNumber sequence_number);

  /// Unset where the row was carried over.
  std::optional<ChangeType> TypeOfDeleted(int64_t row_id) const;
  std::optional<ChangeType> TypeOfInserted(int64_t row_id) const;

 private:
  std::unordered_set<int64_t> updated_, carried_;
};

}  // namespace firn::table
