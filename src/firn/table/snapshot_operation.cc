// SPDX-License-Identifier: Apache-2.0
//
// From manifests to a planned commit. The manifest list is the one file each plan writes anew: it
// gives the manifests their sequence number and row ids (spec, "Sequence Number Inheritance",
// "First Row ID Assignment", "Commit Conflict Resolution and Retry"). The snapshot's id stays the
// same over all plans.

#include "firn/table/snapshot_operation.h"

#include <algorithm>
#include <set>

#include "firn/base/uuid.h"
#include "firn/io/file_io.h"
#include "firn/table/encryption.h"
#include "firn/table/manifest_merge.h"
#include "firn/table/scan.h"

namespace firn::table {
namespace {

Status CheckExpected(const SnapshotOptions& options, const Snapshot* head) {
  if (!options.expected_snapshot) return Ok();
  const SnapshotId found = head != nullptr ? head->id : kNoSnapshot;
  if (found == *options.expected_snapshot) return Ok();
  return Conflict("branch '" + options.branch + "' moved: expected snapshot " +
                  options.expected_snapshot->ToString() + ", found " + found.ToString());
}

Result<const Snapshot*> HeadOf(const TableMetadata& base, const std::string& branch) {
  const Ref* ref = base.FindRef(branch);
  if (ref == nullptr && branch != kMainBranch) return NotFound("no such branch", branch);
  if (ref == nullptr) return static_cast<const Snapshot*>(nullptr);
  if (!ref->is_branch()) return InvalidArgument("a tag cannot be written to", branch);
  return base.FindSnapshot(ref->snapshot_id);
}

Result<ParentSnapshot> ReadParent(const TableMetadata& base, const Snapshot* head, io::FileIO& io) {
  ParentSnapshot parent{head, {}};
  if (head != nullptr) {
    FIRN_ASSIGN(parent.manifests, ManifestsOf(base, *head, io));
  }
  return parent;
}

void DeleteAll(io::FileIO& io, const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    io.Delete(file).Ignore("an orphan that maintenance finds");
  }
}

// Leaves out manifests of earlier snapshots in which nothing lives any more.
void DropEmptied(std::vector<ManifestFile>& manifests, SnapshotId current) {
  const auto emptied = [current](const ManifestFile& manifest) {
    return manifest.added_snapshot_id != current && !manifest.has_added_files() &&
           !manifest.has_existing_files();
  };
  manifests.erase(std::remove_if(manifests.begin(), manifests.end(), emptied), manifests.end());
}

std::set<std::string> PathsOf(const std::vector<ManifestFile>& manifests) {
  std::set<std::string> paths;
  for (const ManifestFile& manifest : manifests) {
    paths.insert(manifest.path);
  }
  return paths;
}

std::vector<std::string> Without(const std::vector<std::string>& files,
                                 const std::set<std::string>& others) {
  std::vector<std::string> rest;
  for (const std::string& file : files) {
    if (!others.contains(file)) rest.push_back(file);
  }
  return rest;
}

// The summary's "manifests-created", "-kept" and "-replaced" (spec, Appendix F).
void CountManifests(const std::set<std::string>& before, const std::set<std::string>& after,
                    std::map<std::string, std::string>& summary) {
  size_t kept = 0;
  for (const std::string& path : after) {
    kept += before.contains(path) ? 1 : 0;
  }
  summary["manifests-created"] = std::to_string(after.size() - kept);
  summary["manifests-kept"] = std::to_string(kept);
  summary["manifests-replaced"] = std::to_string(before.size() - kept);
}

// The rows that get their ids by this snapshot: those of data manifests that were given none
// before, which after an upgrade to version 3 are all of them (spec, "Snapshot Row IDs").
// Errors: `kCorrupt` for manifests that count fewer than none, or more than there are ids.
Result<int64_t> RowsWithoutIds(const std::vector<ManifestFile>& manifests, int64_t next_row_id) {
  int64_t next = next_row_id;
  for (const ManifestFile& manifest : manifests) {
    if (manifest.first_row_id || manifest.content != ManifestContent::kData) continue;
    for (const int64_t rows : {*manifest.added_rows_count, *manifest.existing_rows_count}) {
      if (rows < 0 || rows > INT64_MAX - next) {
        return Corrupt("a manifest of an impossible number of rows: " + manifest.path, rows);
      }
      next += rows;
    }
  }
  return next - next_row_id;
}

std::map<std::string, std::string> SummaryOf(const SnapshotContents& contents,
                                             const ParentSnapshot& parent,
                                             const SnapshotOptions& options) {
  auto summary = contents.summary.Finish(parent.snapshot);
  CountManifests(PathsOf(parent.manifests), PathsOf(contents.manifests), summary);
  for (const auto& more : {contents.properties, options.summary}) {
    for (const auto& [key, value] : more) {
      summary.insert_or_assign(key, value);
    }
  }
  summary["operation"] = contents.operation;
  return summary;
}

// Writes the manifest list of `snapshot`; where the table is encrypted, its key goes into `plan`.
Status WriteList(const ManifestListWriteOptions& options, std::vector<ManifestFile> manifests,
                 Snapshot& snapshot, SnapshotWorkspace& workspace, CommitPlan& plan) {
  FIRN_ASSIGN(const auto encryption, EncryptionOf(workspace.base().properties));
  NewFile file(workspace.io(), encryption);
  FIRN_TRY(WriteManifestList(file.io(), snapshot.manifest_list, options, std::move(manifests)));
  if (!encryption) return Ok();
  FIRN_ASSIGN(NewManifestListKey added,
              AddManifestListKey(workspace.base(), *encryption, *file.key(), workspace.io(),
                                 workspace.env()));
  for (AddEncryptionKey& update : added.updates)
    plan.updates.emplace_back(std::move(update));
  SetKeyId(snapshot, std::move(added.key_id));
  return Ok();
}

// Writes the manifest list and describes the snapshot.
Result<Snapshot> WriteSnapshot(const ParentSnapshot& parent, SnapshotContents contents,
                               const SnapshotOptions& options, SnapshotWorkspace& workspace,
                               CommitPlan& plan) {
  const TableMetadata& base = workspace.base();
  Snapshot snapshot;
  snapshot.id = workspace.snapshot_id();
  if (parent.snapshot != nullptr) snapshot.parent_id = parent.snapshot->id;
  if (base.last_sequence_number.value == INT64_MAX) return Corrupt("sequence numbers are used up");
  snapshot.sequence_number = SequenceNumber(base.last_sequence_number.value + 1);
  snapshot.timestamp = std::max(workspace.env().NowMs(), base.last_updated);
  snapshot.schema_id = base.current_schema_id;
  snapshot.summary = SummaryOf(contents, parent, options);
  snapshot.manifest_list = workspace.NewManifestList();
  for (ManifestFile& manifest : contents.manifests) {
    FIRN_TRY(workspace.CompleteCounts(manifest));
  }
  ManifestListWriteOptions list{base.format_version, snapshot.id, snapshot.parent_id,
                                snapshot.sequence_number, std::nullopt};
  if (base.format_version >= 3) {
    list.first_row_id = snapshot.first_row_id = base.next_row_id;
    FIRN_ASSIGN(snapshot.added_rows, RowsWithoutIds(contents.manifests, base.next_row_id));
  }
  FIRN_TRY(WriteList(list, std::move(contents.manifests), snapshot, workspace, plan));
  return snapshot;
}

// The branch must be where it was planned on. A staged snapshot needs that as well: once no ref
// holds its parent, the manifests it shares with it may expire before it lands.
AssertRefSnapshotId Unmoved(const Snapshot* head, const std::string& branch) {
  AssertRefSnapshotId unmoved{branch, std::nullopt};
  if (head != nullptr) unmoved.snapshot_id = head->id;
  return unmoved;
}

// Points the branch to the planned snapshot.
void MoveBranch(const TableMetadata& target, const std::string& branch, CommitPlan& plan) {
  const Ref* present = target.FindRef(branch);
  Ref ref = present != nullptr ? *present : Ref{};
  ref.snapshot_id = *plan.snapshot_id;
  plan.updates.emplace_back(SetSnapshotRef{branch, ref});
}

}  // namespace

SnapshotId NewSnapshotId(Env& env) {
  const auto id = static_cast<int64_t>(env.Random64() >> 1);
  return SnapshotId(id == 0 ? 1 : id);
}

Result<CommitPlan> SnapshotOperation::Plan(const TableMetadata& base,
                                           OperationContext context) const {
  const std::lock_guard lock(mutex_);
  SnapshotFiles before = kept_;
  std::vector<std::string> written;
  auto plan = PlanLocked(base, context, written);
  if (!plan) {
    // Nobody was told of these files, so they are ours to take back.
    DeleteAll(context.io, written);
    before.attempts = kept_.attempts;  // Names are not used twice.
    before.manifests = kept_.manifests;
    if (kept_.snapshot_id) {
      before.snapshot_id = kept_.snapshot_id;
      before.unique = kept_.unique;
    }
    kept_ = std::move(before);
  }
  return plan;
}

Result<CommitPlan> SnapshotOperation::PlanLocked(const TableMetadata& base,
                                                 OperationContext context,
                                                 std::vector<std::string>& written) const {
  TableMetadata upgraded;
  CommitPlan plan;
  const bool upgrade = base.format_version == 1;  // Version 1 is read, never written.
  if (upgrade) {
    upgraded = base;
    upgraded.format_version = 2;
    plan.updates.emplace_back(UpgradeFormatVersion{2});
  }
  const TableMetadata& target = upgrade ? upgraded : base;
  FIRN_ASSIGN(const Snapshot* head, HeadOf(target, options_.branch));
  FIRN_TRY(CheckExpected(options_, head));
  if (!kept_.snapshot_id) {
    kept_.snapshot_id = options_.snapshot_id.value_or(NewSnapshotId(context.env));
    kept_.unique = Uuid::Random(context.env).ToString();
  }
  ++kept_.attempts;
  SnapshotWorkspace workspace(target, context, kept_, written);
  FIRN_ASSIGN(const ParentSnapshot parent, ReadParent(target, head, context.io));
  FIRN_ASSIGN(SnapshotContents contents, Make(target, parent, workspace));
  DropEmptied(contents.manifests, *kept_.snapshot_id);
  if (contents.merge_small) FIRN_TRY(MergeSmallManifests(workspace, contents.manifests));
  plan.files_unused = Without(kept_.files, PathsOf(contents.manifests));
  FIRN_ASSIGN(Snapshot snapshot,
              WriteSnapshot(parent, std::move(contents), options_, workspace, plan));

  if (target.table_uuid) plan.requirements.emplace_back(AssertTableUuid{*target.table_uuid});
  plan.requirements.emplace_back(Unmoved(head, options_.branch));
  plan.snapshot_id = snapshot.id;
  plan.files_of_attempt = workspace.files_of_attempt();
  plan.files_of_operation = kept_.files;
  plan.updates.emplace_back(AddSnapshot{std::move(snapshot)});
  if (!options_.stage_only) MoveBranch(target, options_.branch, plan);
  return plan;
}

}  // namespace firn::table
