// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "firn/table/operation.h"
#include "firn/table/summary.h"

namespace firn::table {

/// An operation that makes a snapshot: what all of them share. A kind of operation says which
/// manifests the snapshot has; this class writes the manifest list and plans the updates.
class SnapshotOperation : public Operation {
 public:
  explicit SnapshotOperation(SnapshotOptions options) : options_(std::move(options)) {}

  Result<CommitPlan> Plan(const TableMetadata& base, OperationContext context) const final;

 protected:
  /// What remains between plans, and what one plan writes.
  class Workspace;

  /// The manifests of the new snapshot and what they say.
  struct Contents {
    std::string operation;
    std::vector<ManifestFile> manifests;
    SnapshotSummary summary;
    std::map<std::string, std::string> properties;  ///< More of the snapshot's summary.
  };

  /// Makes the contents of the snapshot after `parent` (null = the branch is empty).
  virtual Result<Contents> Make(const TableMetadata& base, const Snapshot* parent,
                                Workspace& workspace) const = 0;

 private:
  // Files of an operation, kept between plans.
  struct Kept {
    std::optional<SnapshotId> snapshot_id;
    std::string unique;  // In file names.
    int64_t manifests = 0;
    int64_t attempts = 0;
    std::optional<std::vector<ManifestFile>> added;
    std::map<std::string, std::optional<ManifestFile>> filtered;  // By path of the source.
    std::map<std::string, std::vector<ManifestEntry>> removed;    // By path of the source.
    std::vector<std::string> files;
  };

  Result<CommitPlan> PlanLocked(const TableMetadata& base, OperationContext context,
                                std::vector<std::string>& written) const;
  Result<Snapshot> WriteSnapshot(const TableMetadata& base, const Snapshot* parent,
                                 Contents contents, Workspace& workspace) const;

  SnapshotOptions options_;
  mutable std::mutex mutex_;
  mutable Kept kept_;
};

class SnapshotOperation::Workspace {
 public:
  Workspace(const TableMetadata& base, OperationContext context, Kept& kept,
            std::vector<std::string>& written)
      : base_(base), context_(context), kept_(kept), written_(written) {}

  SnapshotId snapshot_id() const { return *kept_.snapshot_id; }
  io::FileIO& io() const { return context_.io; }
  Env& env() const { return context_.env; }

  /// Writes the manifests of files that are new, once for all plans; one or more per spec.
  /// `sequence_number` is set where the rows are as old as an earlier snapshot's.
  Result<std::vector<ManifestFile>> WriteAdded(const std::vector<DataFile>& files,
                                               std::optional<SequenceNumber> sequence_number = {});

  /// Finds the live entries of `manifest` for which `remove` is true. Where there are any, writes
  /// the manifest anew with those marked as deleted, once for all plans, and puts it in its place.
  Result<std::vector<ManifestEntry>> Filter(ManifestFile& manifest,
                                            const std::function<bool(const DataFile&)>& remove);

  /// Writes several manifests of one spec as one, without entries that are deleted; for this plan
  /// alone.
  Result<ManifestFile> Merge(const std::vector<ManifestFile>& manifests);

  /// Counts the entries of a manifest whose list left the counts out (version 1).
  Status CompleteCounts(ManifestFile& manifest);

  Result<const PartitionSpec*> SpecOf(SpecId id) const;
  /// A new name in the table's metadata folder.
  std::string NewManifestList();
  /// What this plan wrote that no later plan uses.
  const std::vector<std::string>& files_of_attempt() const { return files_of_attempt_; }

 private:
  Result<ManifestFile> Write(SpecId spec, ManifestContent content,
                             const std::vector<ManifestEntry>& entries);
  std::string MetadataLocation(const std::string& name) const;

  const TableMetadata& base_;
  OperationContext context_;
  Kept& kept_;
  std::vector<std::string>& written_;
  std::vector<std::string> files_of_attempt_;
};

}  // namespace firn::table
