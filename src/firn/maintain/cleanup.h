// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/io/file_io.h"
#include "firn/maintain/table_folders.h"
#include "firn/table/metadata.h"

namespace firn::maintain {

/// What a file was to its table; files are deleted in this order, so that what is left after a
/// crash still names what it needs.
enum class FileKind : uint8_t {
  kContent,
  kStatistics,
  kManifest,
  kManifestList,
  kMetadata,
  kOther
};

/// Names a kind for reports: "data or delete file".
std::string_view KindName(FileKind kind);

/// A file nothing needs any more.
struct UnneededFile {
  std::string location;
  FileKind kind = FileKind::kOther;
  int64_t size_bytes = 0;  ///< 0 where no manifest or listing says it.

  friend auto operator<=>(const UnneededFile&, const UnneededFile&) = default;
};

/// How to find what expired snapshots leave behind. Both give the same answer.
enum class CleanupStrategy : uint8_t {
  /// Reads every manifest that only expired snapshots have, and then as many of the others as it
  /// takes to know. Right for any history.
  kReachable,
  /// Reads only the manifests that the snapshots themselves wrote: what they deleted and no later
  /// one has. For a history that is one line; the cost depends on the changes, not on the table.
  kIncremental,
};

struct CleanupPlan {
  std::vector<UnneededFile> files;    ///< In the order to delete them in.
  std::vector<std::string> not_ours;  ///< Unneeded, but outside of the table's folders: they stay.
  CleanupStrategy strategy = CleanupStrategy::kReachable;
};

/// Tells whether `before` is one line of snapshots, each with a manifest list, of which `after` has
/// the newer part.
bool IsOneLine(const table::TableMetadata& before, const table::TableMetadata& after);

/// Finds the files that the snapshots of `before` use which `after` no longer has, and that no
/// snapshot of `after` uses: content files, statistics, manifests and manifest lists.
///
/// `after` must be metadata known to be the table's, read after the expiry landed: before that, or
/// with the outcome unknown, these files are live. Opens manifests and writes nothing.
/// Takes `kIncremental` where `IsOneLine`, else `kReachable`.
/// Errors: `kCorrupt`, `kNotFound`, `kIo` where a manifest of `after` cannot be read: then nothing
/// is known, so nothing may go. What is missing of expired snapshots is passed over: an earlier
/// cleanup that was cut short took it.
Result<CleanupPlan> PlanCleanup(const table::TableMetadata& before,
                                const table::TableMetadata& after, const TableFolders& folders,
                                io::FileIO& io);
/// The same by a given strategy. Errors: `kInvalidArgument` for `kIncremental` where not
/// `IsOneLine`.
Result<CleanupPlan> PlanCleanupBy(CleanupStrategy strategy, const table::TableMetadata& before,
                                  const table::TableMetadata& after, const TableFolders& folders,
                                  io::FileIO& io);

}  // namespace firn::maintain
