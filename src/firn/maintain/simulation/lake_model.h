// SPDX-License-Identifier: Apache-2.0
//
// What a table should hold, kept beside it; include only from tests.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/catalog/catalog.h"
#include "firn/io/file_io.h"
#include "firn/table/manifest.h"
#include "firn/table/manifest_cache.h"
#include "firn/table/metadata.h"
#include "firn/table/scan.h"

namespace firn::maintain {

/// A row as a file holds it. Every write of a row is a version of its own; a key has one at most.
struct StoredRow {
  int64_t key = 0;
  int64_t version = 0;
  std::optional<int64_t> row_id;        ///< `_row_id`, where a rewrite or update wrote it.
  std::optional<int64_t> last_updated;  ///< `_last_updated_sequence_number`, likewise.
};

/// Which partition of which spec.
struct Place {
  table::SpecId spec_id{};
  std::optional<int32_t> day;  ///< Unset under the unpartitioned spec.
  friend auto operator<=>(const Place&, const Place&) = default;
};

/// Where a file lies.
Place PlaceOf(const table::DataFile& file);

/// What the files of the simulated table hold, by location; their bytes are not looked at.
struct FileContents {
  using Positions = std::map<std::string, std::set<int64_t>>;  // By data file.
  std::map<std::string, std::vector<StoredRow>> data;
  std::map<std::string, Positions> positions;
  std::map<std::string, std::map<int64_t, std::set<int64_t>>> vectors;  ///< By file and offset.
  std::map<std::string, std::set<int64_t>> equalities;                  ///< Keys by file.

  void Forget(const std::string& location);
};

/// A row as a reader of a snapshot finds it.
struct ReadRow {
  int64_t key = 0;
  std::optional<int64_t> row_id;
  std::optional<int64_t> last_updated;
  std::string path;
  int64_t position = 0;
  Place place;
};
using Rows = std::map<int64_t, ReadRow>;  // By version.

/// The rows that are left once the deletes of each task are applied.
/// Errors: `kNotFound` for a file that is gone; `kCorrupt` for a row that is there twice.
Result<Rows> RowsOf(const table::ScanPlan& plan, const FileContents& contents);

/// The positions of a task's file that its position deletes and vector remove. Errors: `kNotFound`.
Result<std::set<int64_t>> PositionsOf(const table::FileScanTask& task,
                                      const FileContents& contents);

/// What the writer of a snapshot wants of the rows before it.
struct Intent {
  std::string what;
  std::set<int64_t> removed;                      ///< Versions that must be there to be removed.
  std::map<int64_t, int64_t> added;               ///< Keys by version.
  std::map<Place, std::set<int64_t>> equalities;  ///< Keys that go; without a day: everywhere.
  std::set<Place> emptied;                        ///< Partitions that go with whatever is in them.
  bool all_emptied = false;
  std::map<int64_t, int64_t> kept_row_ids;  ///< Of updated rows: id by new version.

  bool Removes(int64_t version, const ReadRow& row) const;
};

/// Judges every snapshot as it lands, and every file as it goes. Not thread-safe.
class LakeModel {
 public:
  /// Reads through `files`, which should neither fail nor let others move on.
  explicit LakeModel(io::FileIO& files) : files_(files) {}

  FileContents contents;
  std::map<table::SnapshotId, Intent> intents;  ///< To be registered before the commit.

  /// The table as it begins.
  void Made(const catalog::LoadedTable& table) { current_ = table; }
  /// Checks the snapshots of the table that are new; the first fault found stays.
  void Landed(const catalog::LoadedTable& table);
  /// Plans a read of all that a snapshot holds, as a process does that lives long: with a cache. By
  /// one thread, as `files` may be no others' to use.
  Result<table::ScanPlan> Plan(const table::TableMetadata& metadata, table::SnapshotId snapshot,
                               io::FileIO& files);
  /// Checks that nothing needs a file which is about to be deleted.
  void Deleting(const std::string& location);
  /// Reads all snapshots again.
  void CheckAll();
  void Fail(std::string fault);

  /// What repeating a staged snapshot elsewhere is to do: remove the rows that it removed,
  /// whichever way it found them. None of a snapshot that expired.
  std::optional<Intent> IntentToRepeat(table::SnapshotId staged) const;
  bool HasLanded(table::SnapshotId snapshot) const { return landed_.contains(snapshot); }
  const std::string& fault() const { return fault_; }
  int64_t snapshots() const { return static_cast<int64_t>(landed_.size()); }
  int64_t commits() const { return commits_; }

 private:
  // What a snapshot was when it landed.
  struct State {
    Rows rows;
    std::set<std::string> files;  // All it needs.
    std::set<int64_t> removed;    // Versions, but those by equality.
  };

  Status Judge(const table::TableMetadata& metadata, const table::Snapshot& snapshot);
  // The files a snapshot needs, once all are there and fit together.
  Result<std::set<std::string>> CheckFiles(const table::TableMetadata& metadata,
                                           const table::Snapshot& snapshot);
  Status CheckNumbers(const table::TableMetadata& metadata, const table::Snapshot& snapshot);
  Status CheckLineage(const table::Snapshot& snapshot, const Rows& before, const Rows& after,
                      const Intent& intent);
  Status CheckRowId(const table::Snapshot& snapshot, const ReadRow& row, bool kept);

  // Drops what is known of snapshots that expired.
  void Forget();

  io::FileIO& files_;
  table::ManifestCache decoded_;
  std::map<std::string, std::vector<table::ManifestEntry>> manifests_;  // By location.
  catalog::LoadedTable current_;
  std::map<table::SnapshotId, State> states_;  // Of snapshots the table still has.
  std::set<table::SnapshotId> landed_;
  std::vector<int64_t> keys_by_row_id_;  // An id is one row's, for good; 0 = not seen.
  std::string fault_;
  int64_t commits_ = 0;
  table::SequenceNumber last_sequence_number_{};
  int64_t next_row_id_ = 0;
};

}  // namespace firn::maintain
