// SPDX-License-Identifier: Apache-2.0
//
// Replacing whole files. Each plan checks on the newest snapshot that what it takes out is still
// there, and that nothing came in meanwhile that the change should have seen (spec, "Commit
// Conflict Resolution and Retry").

#include <algorithm>
#include <set>

#include "firn/io/file_io.h"
#include "firn/io/location.h"
#include "firn/table/delete_index.h"
#include "firn/table/evaluator.h"
#include "firn/table/projection.h"
#include "firn/table/scan.h"
#include "firn/table/snapshot_operation.h"

namespace firn::table {
namespace {

// Looks at what snapshots after `from` brought in.
class ConflictCheck {
 public:
  ConflictCheck(const TableMetadata& base, const Overwrite& change,
                const std::vector<ManifestFile>& manifests, io::FileIO& io)
      : base_(base), change_(change), manifests_(manifests), io_(io) {}

  Status Run(const Snapshot* head, const std::vector<ManifestEntry>& removed) {
    if (!change_.validate_from || head == nullptr) return Ok();
    FIRN_TRY(FindNewer(*head));
    if (newer_.empty()) return Ok();
    if (change_.conflict_filter) FIRN_TRY(CheckAddedFiles());
    return CheckNewDeletes(removed);
  }

 private:
  Status FindNewer(const Snapshot& head) {
    FIRN_ASSIGN(const auto ancestors, Ancestors(base_, head.id));
    for (const Snapshot* snapshot : ancestors) {
      if (snapshot->id == *change_.validate_from) return Ok();
      newer_.insert(snapshot->id);
    }
    return Conflict("the snapshot the change was made from is no longer in the branch's history",
                    *change_.validate_from);
  }

  // The entries that newer snapshots added, of one kind of manifest.
  Result<std::vector<ManifestEntry>> NewEntries(ManifestContent content) const {
    std::vector<ManifestEntry> found;
    for (const ManifestFile& manifest : manifests_) {
      if (manifest.content != content || !newer_.contains(manifest.added_snapshot_id)) continue;
      const PartitionSpec* spec = base_.FindSpec(manifest.spec_id);
      if (spec == nullptr)
        return Corrupt("manifest of an unknown partition spec", manifest.spec_id);
      FIRN_ASSIGN(auto entries, ReadManifest(io_, manifest, *spec));
      for (ManifestEntry& entry : entries) {
        if (entry.is_live() && newer_.contains(*entry.snapshot_id)) {
          found.push_back(std::move(entry));
        }
      }
    }
    return found;
  }

  Status CheckAddedFiles() const {
    FIRN_ASSIGN(const Expression filter, change_.conflict_filter->Bind(base_.schema()));
    FIRN_ASSIGN(const auto added, NewEntries(ManifestContent::kData));
    for (const ManifestEntry& entry : added) {
      const PartitionSpec& spec = *base_.FindSpec(entry.file.spec_id);
      const bool matches =
          FileMightMatch(entry.file, filter, base_.schema()) &&
          PartitionMatches(entry.file.partition, ProjectInclusive(filter, spec), spec);
      if (matches) {
        return Conflict("a file that the change should have seen was added meanwhile",
                        entry.file.file_path);
      }
    }
    return Ok();
  }

  Status CheckNewDeletes(const std::vector<ManifestEntry>& removed) const {
    FIRN_ASSIGN(auto added, NewEntries(ManifestContent::kDeletes));
    DeleteIndex deletes;
    for (ManifestEntry& entry : added) {
      const bool unpartitioned = base_.FindSpec(entry.file.spec_id)->is_unpartitioned();
      deletes.Add(std::move(entry), unpartitioned);
    }
    for (const ManifestEntry& entry : removed) {
      if (!deletes.For(entry).empty()) {
        return Conflict("rows of a file to be replaced were deleted meanwhile",
                        entry.file.file_path);
      }
    }
    return Ok();
  }

  const TableMetadata& base_;
  const Overwrite& change_;
  const std::vector<ManifestFile>& manifests_;
  io::FileIO& io_;
  std::set<SnapshotId> newer_;
};

class OverwriteOperation : public SnapshotOperation {
 public:
  OverwriteOperation(Overwrite change, std::map<std::string, std::string> properties,
                     SnapshotOptions options)
      : SnapshotOperation(std::move(options)),
        change_(std::move(change)),
        properties_(std::move(properties)) {
    for (const std::string& path : change_.deleted_paths) {
      deleted_.insert(io::NormalizeLocation(path));
    }
  }

 protected:
  Result<Contents> Make(const TableMetadata& base, const Snapshot* parent,
                        Workspace& workspace) const override {
    std::vector<ManifestFile> before;
    if (parent != nullptr) {
      FIRN_ASSIGN(before, ManifestsOf(*parent, workspace.io()));
    }
    std::vector<ManifestFile> after = before;
    FIRN_ASSIGN(const auto removed, RemoveFrom(after, workspace));
    FIRN_TRY(ConflictCheck(base, change_, before, workspace.io()).Run(parent, removed));
    Contents contents;
    contents.properties = properties_;
    contents.operation = OperationName();
    for (const ManifestEntry& entry : removed) {
      contents.summary.RemoveFile(entry.file);
    }
    for (const DataFile& file : change_.added) {
      contents.summary.AddFile(file);
    }
    FIRN_ASSIGN(contents.manifests, workspace.WriteAdded(change_.added, AgeOfRows(base)));
    contents.manifests.insert(contents.manifests.end(), after.begin(), after.end());
    return contents;
  }

 private:
  std::string_view OperationName() const {
    if (change_.replace) return kOperationReplace;
    if (change_.deleted_paths.empty()) return kOperationAppend;
    return change_.added.empty() ? kOperationDelete : kOperationOverwrite;
  }

  // Compacted rows stay as old as they were, so that newer equality deletes still reach them.
  std::optional<SequenceNumber> AgeOfRows(const TableMetadata& base) const {
    if (!change_.replace || !change_.validate_from) return std::nullopt;
    const Snapshot* from = base.FindSnapshot(*change_.validate_from);
    return from != nullptr ? std::optional(from->sequence_number) : std::nullopt;
  }

  Result<std::vector<ManifestEntry>> RemoveFrom(std::vector<ManifestFile>& manifests,
                                                Workspace& workspace) const {
    std::vector<ManifestEntry> removed;
    if (deleted_.empty()) return removed;
    size_t found = 0;
    for (ManifestFile& manifest : manifests) {
      if (!manifest.has_added_files() && !manifest.has_existing_files()) continue;
      FIRN_ASSIGN(auto gone, workspace.Filter(manifest, [this](const DataFile& file) {
        return IsDeleted(file);
      }));
      if (manifest.content == ManifestContent::kData) found += gone.size();
      std::move(gone.begin(), gone.end(), std::back_inserter(removed));
    }
    if (found == deleted_.size()) return removed;
    return Conflict("a file to be replaced is no longer in the table", FirstMissing(removed));
  }

  // A data file that is to go, or the deletion vector of one.
  bool IsDeleted(const DataFile& file) const {
    if (file.content == FileContent::kData) {
      return deleted_.contains(io::NormalizeLocation(file.file_path));
    }
    return file.file_format == FileFormat::kPuffin && file.referenced_data_file &&
           deleted_.contains(io::NormalizeLocation(*file.referenced_data_file));
  }

  std::string FirstMissing(const std::vector<ManifestEntry>& removed) const {
    std::set<std::string> missing = deleted_;
    for (const ManifestEntry& entry : removed) {
      missing.erase(io::NormalizeLocation(entry.file.file_path));
    }
    return missing.empty() ? std::string("one that is there twice") : *missing.begin();
  }

  Overwrite change_;
  std::map<std::string, std::string> properties_;
  std::set<std::string> deleted_;
};

// Repeats a staged snapshot's changes on a branch.
class CherryPickOperation : public Operation {
 public:
  CherryPickOperation(SnapshotId staged, SnapshotOptions options)
      : staged_(staged), options_(std::move(options)) {}

  Result<CommitPlan> Plan(const TableMetadata& base, OperationContext context) const override {
    const Snapshot* staged = base.FindSnapshot(staged_);
    if (staged == nullptr) return NotFound("no such snapshot", staged_);
    const Ref* ref = base.FindRef(options_.branch);
    std::optional<SnapshotId> head;
    if (ref != nullptr) head = ref->snapshot_id;
    if (head) {
      FIRN_ASSIGN(const bool published, IsAncestor(base, staged_, *head));
      if (published) return AlreadyExists("snapshot is already in the branch", staged_);
    }
    if (staged->parent_id == head) return MoveBranch(base, head, ref);
    const std::lock_guard lock(mutex_);
    if (repeat_ == nullptr) {
      FIRN_ASSIGN(repeat_, Repeat(base, *staged, context.io));
    }
    FIRN_ASSIGN(CommitPlan plan, repeat_->Plan(base, context));
    AssertStillThere(plan);
    return plan;
  }

 private:
  // Its files are only safe as long as the staged snapshot is there: once it expired they are being
  // deleted. No requirement asks for that, but every catalog refuses a ref to a snapshot that is
  // gone; so the commit makes one and takes it back.
  void AssertStillThere(CommitPlan& plan) const {
    const std::string name =
        "cherry-pick-" + staged_.ToString() + "-" + plan.snapshot_id.value_or(staged_).ToString();
    Ref ref;
    ref.snapshot_id = staged_;
    ref.type = RefType::kTag;
    plan.updates.insert(plan.updates.begin(), {SetSnapshotRef{name, ref}, RemoveSnapshotRef{name}});
  }

  Result<CommitPlan> MoveBranch(const TableMetadata& base, std::optional<SnapshotId> head,
                                const Ref* ref) const {
    if (options_.expected_snapshot && head.value_or(kNoSnapshot) != *options_.expected_snapshot) {
      return Conflict("branch '" + options_.branch + "' moved: expected snapshot",
                      *options_.expected_snapshot);
    }
    CommitPlan plan;
    plan.snapshot_id = std::nullopt;  // It was there before.
    if (base.table_uuid) plan.requirements.emplace_back(AssertTableUuid{*base.table_uuid});
    plan.requirements.emplace_back(AssertRefSnapshotId{options_.branch, head});
    Ref moved = ref != nullptr ? *ref : Ref{};
    moved.snapshot_id = staged_;
    plan.updates.emplace_back(SetSnapshotRef{options_.branch, moved});
    return plan;
  }

  Result<std::unique_ptr<Operation>> Repeat(const TableMetadata& base, const Snapshot& staged,
                                            io::FileIO& io) const {
    Overwrite change;
    FIRN_ASSIGN(const auto manifests, ManifestsOf(staged, io));
    for (const ManifestFile& manifest : manifests) {
      if (manifest.added_snapshot_id != staged.id) continue;
      if (manifest.content == ManifestContent::kDeletes) {
        return Unsupported("a staged snapshot with row deletes cannot be repeated", staged.id);
      }
      const PartitionSpec* spec = base.FindSpec(manifest.spec_id);
      if (spec == nullptr)
        return Corrupt("manifest of an unknown partition spec", manifest.spec_id);
      FIRN_ASSIGN(const auto entries, ReadManifest(io, manifest, *spec));
      for (const ManifestEntry& entry : entries) {
        if (entry.snapshot_id != staged.id) continue;
        if (entry.status == EntryStatus::kDeleted) {
          change.deleted_paths.push_back(entry.file.file_path);
        } else {
          change.added.push_back(entry.file);
        }
      }
    }
    std::map<std::string, std::string> properties = {{"source-snapshot-id", staged.id.ToString()}};
    if (const auto wap = staged.summary.find("wap.id"); wap != staged.summary.end()) {
      properties["published-wap-id"] = wap->second;
    }
    return std::unique_ptr<Operation>(
        std::make_unique<OverwriteOperation>(std::move(change), std::move(properties), options_));
  }

  SnapshotId staged_;
  SnapshotOptions options_;
  mutable std::mutex mutex_;
  mutable std::unique_ptr<Operation> repeat_;
};

}  // namespace

std::unique_ptr<Operation> OverwriteFiles(Overwrite overwrite, SnapshotOptions options) {
  return std::make_unique<OverwriteOperation>(
      std::move(overwrite), std::map<std::string, std::string>(), std::move(options));
}

std::unique_ptr<Operation> DeleteFiles(std::vector<std::string> paths, SnapshotOptions options) {
  Overwrite overwrite;
  overwrite.deleted_paths = std::move(paths);
  return OverwriteFiles(std::move(overwrite), std::move(options));
}

std::unique_ptr<Operation> CherryPick(SnapshotId staged, SnapshotOptions options) {
  return std::make_unique<CherryPickOperation>(staged, std::move(options));
}

}  // namespace firn::table
