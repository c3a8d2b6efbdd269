// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/base/time.h"
#include "firn/io/file_io.h"
#include "firn/maintain/cleanup.h"
#include "firn/maintain/file_set.h"
#include "firn/maintain/table_folders.h"
#include "firn/table/manifest.h"
#include "firn/table/metadata.h"

namespace firn::maintain {

/// How long a file may lie unreferenced because its writer has not committed yet. Nothing younger
/// is an orphan, and nobody may ask for less than a day.
inline constexpr Millis kOrphanAge = Millis::Days(3);
inline constexpr Millis kOrphanAgeMin = Millis::Days(1);

/// Everything that a table's metadata refers to. Gathered step by step: what one metadata file
/// showed is not read again for the next, so adding the table's newest state again and again is
/// cheap.
class References {
 public:
  explicit References(io::FileIO& io) : io_(io) {}

  /// Adds a metadata file, every earlier one that its log retains, and what they refer to: manifest
  /// lists, manifests and live content files of every snapshot, statistics.
  /// Errors: `kNotFound`, `kCorrupt`, `kIo` where something cannot be read. What is missing of
  /// earlier metadata files is passed over: they name what expired since.
  Status Add(const std::string& metadata_location, const table::TableMetadata& metadata);

  const FileSet& files() const { return files_; }

 private:
  Status AddSnapshots(const table::TableMetadata& metadata, bool must_exist);
  Status AddSnapshot(const table::TableMetadata& metadata, const table::Snapshot& snapshot,
                     bool must_exist);
  Status AddManifest(const table::TableMetadata& metadata, const table::ManifestFile& manifest,
                     bool must_exist);
  Status AddEarlier(const std::string& metadata_location);

  io::FileIO& io_;
  FileSet files_;
  // What was read already.
  std::set<table::SnapshotId> snapshots_;
  std::set<std::string> manifests_, metadata_files_;
};

/// What orphan detection found.
struct OrphanPlan {
  std::vector<UnneededFile> files;
  int64_t too_young = 0;  ///< Unreferenced, but younger than the age: somebody may be at work.
};

/// Tells which of the `listed` files nobody needs: unreferenced, the table's own, unchanged since
/// `older_than`, and no hidden file of somebody else's ("_temporary", ".part.crc"); an unfinished
/// file that a killed writer of ours left (".x.<ulid>.tmp") counts as unreferenced.
///
/// Pure. The order of reading is the caller's to keep: list first, then read the catalog, then what
/// the metadata refers to, until the catalog shows nothing new. Only so does a commit that lands
/// meanwhile show its files as referenced; read the other way round, they are listed and unknown.
OrphanPlan PlanOrphans(const std::vector<io::FileInfo>& listed, const FileSet& referenced,
                       const TableFolders& folders, TimeMs older_than);

}  // namespace firn::maintain
