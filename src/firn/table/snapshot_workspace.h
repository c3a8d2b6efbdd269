// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/table/manifest.h"
#include "firn/table/metadata.h"
#include "firn/table/operation.h"

namespace firn::table {

/// The files of one operation, kept from plan to plan.
struct SnapshotFiles {
  /// What became of a manifest some entries of which were to go; unset = none of them was there.
  struct Filtered {
    std::optional<ManifestFile> replacement;
    std::vector<ManifestEntry> removed;
  };

  std::optional<SnapshotId> snapshot_id;
  std::string unique;  ///< In file names.
  int64_t manifests = 0;
  int64_t attempts = 0;
  std::map<ManifestContent, std::vector<ManifestFile>> added;
  std::map<std::string, Filtered> filtered;                    ///< By source and reason.
  std::map<std::string, std::vector<ManifestFile>> rewritten;  ///< By all sources and reason.
  std::vector<std::string> files;
};

/// Where one plan of a snapshot writes its manifests. Not thread-safe.
class SnapshotWorkspace {
 public:
  /// All references outlive this object. `written` gets what this plan wrote, to be taken back
  /// when it fails.
  SnapshotWorkspace(const TableMetadata& base, OperationContext context, SnapshotFiles& kept,
                    std::vector<std::string>& written)
      : base_(base), context_(context), kept_(kept), written_(written) {}

  const TableMetadata& base() const { return base_; }
  SnapshotId snapshot_id() const { return *kept_.snapshot_id; }
  io::FileIO& io() const { return context_.io; }
  Env& env() const { return context_.env; }

  /// Writes the manifests of files that are new, once for all plans; one or more per spec: deletes
  /// go under the spec of the data they are about, which is their own (spec, "Manifests").
  /// `sequence_number` is set where the rows are as old as an earlier snapshot's.
  Result<std::vector<ManifestFile>> WriteAdded(ManifestContent content,
                                               const std::vector<DataFile>& files,
                                               std::optional<SequenceNumber> sequence_number = {});

  /// Finds the live entries of `manifest` for which `remove` is true. Where there are any, writes
  /// the manifest anew with those marked as deleted, once for all plans, and puts it in its place.
  /// Plans that give the same `reason` must give the same answers for the same file.
  Result<std::vector<ManifestEntry>> Filter(
      ManifestFile& manifest, std::string_view reason,
      const std::function<bool(const ManifestEntry&)>& remove);

  /// Writes several manifests of one spec as one, without entries that are deleted; for this plan
  /// alone.
  Result<ManifestFile> Merge(const std::vector<ManifestFile>& manifests);

  /// Writes live entries of `sources` in the order and the portions given, unless an earlier plan
  /// did so for the same sources and reason.
  Result<std::vector<ManifestFile>> Rewrite(
      const std::vector<ManifestFile>& sources, std::string_view reason,
      const std::function<Result<std::vector<std::vector<ManifestEntry>>>()>& portions);

  /// Counts the entries of a manifest whose list left the counts out (version 1).
  Status CompleteCounts(ManifestFile& manifest);

  Result<const PartitionSpec*> SpecOf(SpecId id) const;
  /// The entries of a manifest, read under its spec, partition values in the types of today.
  Result<std::vector<ManifestEntry>> EntriesOf(const ManifestFile& manifest) const;
  /// A new name in the table's metadata folder.
  std::string NewManifestList();
  /// What this plan wrote that no later plan uses.
  const std::vector<std::string>& files_of_attempt() const { return files_of_attempt_; }

 private:
  Result<ManifestFile> Write(SpecId spec, ManifestContent content,
                             const std::vector<ManifestEntry>& entries);
  Result<ManifestFile> WriteKept(SpecId spec, ManifestContent content,
                                 const std::vector<ManifestEntry>& entries);
  std::string MetadataLocation(const std::string& name) const;

  const TableMetadata& base_;
  OperationContext context_;
  SnapshotFiles& kept_;
  std::vector<std::string>& written_;
  std::vector<std::string> files_of_attempt_;
};

}  // namespace firn::table
