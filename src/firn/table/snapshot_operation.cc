// SPDX-License-Identifier: Apache-2.0
//
// From manifests to a planned commit. Manifests are written once and kept, because they say nothing
// of the commit that lands: their entries inherit its sequence number through the manifest list,
// the one file each plan writes anew (spec, "Sequence Number Inheritance", "Commit Conflict
// Resolution and Retry"). The snapshot's id stays the same over all plans.

#include "firn/table/snapshot_operation.h"

#include <algorithm>

#include "firn/base/uuid.h"
#include "firn/io/file_io.h"
#include "firn/io/location.h"
#include "firn/table/scan.h"

namespace firn::table {
namespace {

constexpr size_t kEntriesOfManifestMax = 10'000;

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

ManifestEntry ExistingEntry(ManifestEntry entry) {
  entry.status = EntryStatus::kExisting;
  return entry;
}

}  // namespace

SnapshotId NewSnapshotId(Env& env) {
  const auto id = static_cast<int64_t>(env.Random64() >> 1);
  return SnapshotId(id == 0 ? 1 : id);
}

Result<CommitPlan> SnapshotOperation::Plan(const TableMetadata& base,
                                           OperationContext context) const {
  const std::lock_guard lock(mutex_);
  Kept before = kept_;
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
  Workspace workspace(target, context, kept_, written);
  FIRN_ASSIGN(Contents contents, Make(target, head, workspace));
  DropEmptied(contents.manifests, *kept_.snapshot_id);
  FIRN_ASSIGN(Snapshot snapshot, WriteSnapshot(target, head, std::move(contents), workspace));

  if (target.table_uuid) plan.requirements.emplace_back(AssertTableUuid{*target.table_uuid});
  plan.snapshot_id = snapshot.id;
  plan.files_of_attempt = workspace.files_of_attempt();
  plan.files_of_operation = kept_.files;
  plan.updates.emplace_back(AddSnapshot{std::move(snapshot)});
  if (options_.stage_only) return plan;
  AssertRefSnapshotId unmoved{options_.branch, std::nullopt};
  if (head != nullptr) unmoved.snapshot_id = head->id;
  plan.requirements.emplace_back(std::move(unmoved));
  const Ref* present = target.FindRef(options_.branch);
  Ref ref = present != nullptr ? *present : Ref{};
  ref.snapshot_id = *plan.snapshot_id;
  plan.updates.emplace_back(SetSnapshotRef{options_.branch, ref});
  return plan;
}

Result<Snapshot> SnapshotOperation::WriteSnapshot(const TableMetadata& base, const Snapshot* parent,
                                                  Contents contents, Workspace& workspace) const {
  Snapshot snapshot;
  snapshot.id = workspace.snapshot_id();
  if (parent != nullptr) snapshot.parent_id = parent->id;
  snapshot.sequence_number = SequenceNumber(base.last_sequence_number.value + 1);
  snapshot.timestamp = std::max(workspace.env().NowMs(), base.last_updated);
  snapshot.schema_id = base.current_schema_id;
  snapshot.summary = contents.summary.Finish(parent);
  snapshot.summary.merge(contents.properties);
  for (const auto& [key, value] : options_.summary) {
    snapshot.summary.insert_or_assign(key, value);
  }
  snapshot.summary["operation"] = contents.operation;
  snapshot.manifest_list = workspace.NewManifestList();
  for (ManifestFile& manifest : contents.manifests) {
    FIRN_TRY(workspace.CompleteCounts(manifest));
  }
  ManifestListWriteOptions options{base.format_version, snapshot.id, snapshot.parent_id,
                                   snapshot.sequence_number, std::nullopt};
  if (base.format_version >= 3) options.first_row_id = base.next_row_id;
  int64_t rows_without_id = 0;
  for (const ManifestFile& manifest : contents.manifests) {
    if (manifest.first_row_id || manifest.content != ManifestContent::kData) continue;
    rows_without_id += *manifest.added_rows_count + *manifest.existing_rows_count;
  }
  FIRN_TRY(WriteManifestList(workspace.io(), snapshot.manifest_list, options,
                             std::move(contents.manifests)));
  if (base.format_version >= 3) {
    snapshot.first_row_id = base.next_row_id;
    snapshot.added_rows = rows_without_id;
  }
  return snapshot;
}

std::string SnapshotOperation::Workspace::MetadataLocation(const std::string& name) const {
  const std::string folder =
      base_.Property("write.metadata.path", io::JoinLocation(base_.location, "metadata"));
  return io::JoinLocation(folder, name);
}

std::string SnapshotOperation::Workspace::NewManifestList() {
  std::string location =
      MetadataLocation("snap-" + kept_.snapshot_id->ToString() + "-" +
                       std::to_string(kept_.attempts) + "-" + kept_.unique + ".avro");
  written_.push_back(location);
  files_of_attempt_.push_back(location);
  return location;
}

Result<const PartitionSpec*> SnapshotOperation::Workspace::SpecOf(SpecId id) const {
  const PartitionSpec* spec = base_.FindSpec(id);
  if (spec == nullptr) return InvalidArgument("table has no such partition spec", id);
  return spec;
}

Result<ManifestFile> SnapshotOperation::Workspace::Write(
    SpecId spec_id, ManifestContent content, const std::vector<ManifestEntry>& entries) {
  FIRN_ASSIGN(const PartitionSpec* spec, SpecOf(spec_id));
  const ManifestWriteOptions options{base_.format_version, content, snapshot_id(), *spec,
                                     base_.schema()};
  const std::string location =
      MetadataLocation(kept_.unique + "-m" + std::to_string(kept_.manifests++) + ".avro");
  written_.push_back(location);
  return WriteManifest(context_.io, location, options, entries);
}

Result<std::vector<ManifestFile>> SnapshotOperation::Workspace::WriteAdded(
    const std::vector<DataFile>& files, std::optional<SequenceNumber> sequence_number) {
  if (kept_.added) return *kept_.added;
  std::map<SpecId, std::vector<ManifestEntry>> by_spec;
  for (const DataFile& file : files) {
    by_spec[file.spec_id].push_back(
        {EntryStatus::kAdded, snapshot_id(), sequence_number, std::nullopt, file});
  }
  std::vector<ManifestFile> manifests;
  for (const auto& [spec, entries] : by_spec) {
    for (size_t begin = 0; begin < entries.size(); begin += kEntriesOfManifestMax) {
      const auto from = entries.begin() + static_cast<std::ptrdiff_t>(begin);
      const size_t count = std::min(kEntriesOfManifestMax, entries.size() - begin);
      FIRN_ASSIGN(ManifestFile manifest, Write(spec, ManifestContent::kData,
                                               {from, from + static_cast<std::ptrdiff_t>(count)}));
      kept_.files.push_back(manifest.path);
      manifests.push_back(std::move(manifest));
    }
  }
  kept_.added = manifests;
  return manifests;
}

Result<std::vector<ManifestEntry>> SnapshotOperation::Workspace::Filter(
    ManifestFile& manifest, const std::function<bool(const DataFile&)>& remove) {
  const std::string source = manifest.path;
  if (const auto known = kept_.filtered.find(source); known != kept_.filtered.end()) {
    if (known->second) manifest = *known->second;
    return kept_.removed[source];
  }
  FIRN_ASSIGN(const PartitionSpec* spec, SpecOf(manifest.spec_id));
  FIRN_ASSIGN(std::vector<ManifestEntry> entries, ReadManifest(context_.io, manifest, *spec));
  std::vector<ManifestEntry> rewritten;
  std::vector<ManifestEntry> removed;
  for (ManifestEntry& entry : entries) {
    if (!entry.is_live()) continue;
    if (remove(entry.file)) {
      entry.status = EntryStatus::kDeleted;
      entry.snapshot_id = snapshot_id();
      removed.push_back(entry);
      rewritten.push_back(std::move(entry));
    } else {
      rewritten.push_back(ExistingEntry(std::move(entry)));
    }
  }
  std::optional<ManifestFile> replacement;
  if (!removed.empty()) {
    FIRN_ASSIGN(replacement, Write(manifest.spec_id, manifest.content, rewritten));
    kept_.files.push_back(replacement->path);
    manifest = *replacement;
  }
  kept_.filtered.emplace(source, std::move(replacement));
  kept_.removed.emplace(source, removed);
  return removed;
}

Result<ManifestFile> SnapshotOperation::Workspace::Merge(
    const std::vector<ManifestFile>& manifests) {
  std::vector<ManifestEntry> merged;
  for (const ManifestFile& manifest : manifests) {
    FIRN_ASSIGN(const PartitionSpec* spec, SpecOf(manifest.spec_id));
    FIRN_ASSIGN(std::vector<ManifestEntry> entries, ReadManifest(context_.io, manifest, *spec));
    for (ManifestEntry& entry : entries) {
      if (entry.is_live()) merged.push_back(ExistingEntry(std::move(entry)));
    }
  }
  FIRN_ASSIGN(ManifestFile manifest,
              Write(manifests.front().spec_id, manifests.front().content, merged));
  files_of_attempt_.push_back(manifest.path);
  return manifest;
}

Status SnapshotOperation::Workspace::CompleteCounts(ManifestFile& manifest) {
  if (manifest.added_files_count && manifest.existing_files_count && manifest.deleted_files_count &&
      manifest.added_rows_count && manifest.existing_rows_count && manifest.deleted_rows_count) {
    return Ok();
  }
  FIRN_ASSIGN(const PartitionSpec* spec, SpecOf(manifest.spec_id));
  FIRN_ASSIGN(const auto entries, ReadManifest(context_.io, manifest, *spec));
  int64_t files[3] = {0, 0, 0};
  int64_t rows[3] = {0, 0, 0};
  for (const ManifestEntry& entry : entries) {
    files[static_cast<size_t>(entry.status)] += 1;
    rows[static_cast<size_t>(entry.status)] += entry.file.record_count;
  }
  manifest.existing_files_count = files[0];
  manifest.added_files_count = files[1];
  manifest.deleted_files_count = files[2];
  manifest.existing_rows_count = rows[0];
  manifest.added_rows_count = rows[1];
  manifest.deleted_rows_count = rows[2];
  return Ok();
}

}  // namespace firn::table
