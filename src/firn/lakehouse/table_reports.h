// SPDX-License-Identifier: Apache-2.0
//
// What is said and asked of whole tables: their branches and tags, their names, their files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firn/base/time.h"

namespace firn::lakehouse {

/// A branch or tag.
struct RefRow {
  std::string name;
  bool is_branch = true;
  int64_t snapshot_id = 0;
  std::optional<TimeMs> committed_at;  ///< Unset where the snapshot is not there.
  std::optional<int32_t> min_snapshots;
  std::optional<Millis> max_snapshot_age;
  std::optional<Millis> max_ref_age;
};

/// A branch or tag that is to be made.
struct RefRequest {
  std::string table;
  std::string name;
  bool is_branch = true;
  std::string at;        ///< A version, see `VersionOf`; empty: the current one.
  bool replace = false;  ///< Move it, if it is there.
  std::optional<int64_t> min_snapshots;
  std::optional<Millis> max_snapshot_age;
  std::optional<Millis> max_ref_age;
};

/// Where a branch was and is.
struct MoveReport {
  std::string table;
  std::string branch;
  std::optional<int64_t> before;
  std::optional<int64_t> after;
};

/// Parquet files that become a table's.
struct AddFilesRequest {
  std::string table;
  std::vector<std::string> paths;  ///< Files and folders; or locations: s3://...
  bool create = false;             ///< Make the table as the files are, if it is absent.
  bool skip_existing = false;      ///< Pass over files that it has.
  bool dry_run = false;
};

struct AddFilesReport {
  std::string table;
  int64_t files = 0;
  int64_t rows = 0;
  int64_t bytes = 0;
  int64_t skipped = 0;
  bool created = false;
  bool dry_run = false;
};

struct DropRequest {
  std::string table;
  bool purge = false;  ///< Delete its files, too.
  bool sure = false;   ///< Also a table that `firn` itself makes.
  bool dry_run = false;
};

struct DropReport {
  std::string table;
  bool dry_run = false;
  bool purged = false;
  std::string metadata_location;
  int64_t rows = 0;
  int64_t snapshots = 0;
  int64_t files = 0;  ///< Deleted, or to be deleted.
  int64_t bytes = 0;
  std::vector<std::string> kept;      ///< Files that are not the table's own: they stay.
  std::vector<std::string> failures;  ///< Of files that could not be deleted.
};

}  // namespace firn::lakehouse
