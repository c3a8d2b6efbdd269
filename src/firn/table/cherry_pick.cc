// SPDX-License-Identifier: Apache-2.0
//
// A staged snapshot is repeated by the operation that would have made it: an append, a replacement
// of partitions, an overwrite, a row delta or a rewrite, validated from the snapshot it was staged
// on. Which one is told by the entries it made, not by what it calls itself.

#include "firn/table/cherry_pick.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "firn/io/file_io.h"
#include "firn/io/location.h"
#include "firn/table/append.h"
#include "firn/table/conflict.h"
#include "firn/table/delete_index.h"
#include "firn/table/overwrite.h"
#include "firn/table/rewrite_files.h"
#include "firn/table/row_delta.h"
#include "firn/table/scan.h"

namespace firn::table {
namespace {

std::optional<std::string> SummaryOf(const Snapshot& snapshot, const std::string& key) {
  const auto found = snapshot.summary.find(key);
  if (found == snapshot.summary.end()) return std::nullopt;
  return found->second;
}

std::vector<DataFile> FilesOf(const std::vector<ManifestEntry>& entries) {
  std::vector<DataFile> files;
  for (const ManifestEntry& entry : entries) {
    files.push_back(entry.file);
  }
  return files;
}

// Delete files the staged snapshot removed that do not leave by themselves with what it did.
std::vector<DataFile> OtherRemovedDeletes(const FileChanges& changes) {
  std::set<std::string> gone;
  for (const ManifestEntry& entry : changes.removed_data) {
    gone.insert(io::NormalizeLocation(entry.file.file_path));
  }
  for (const ManifestEntry& entry : changes.added_deletes) {
    if (const auto only = OnlyDataFileOf(entry.file)) gone.insert(io::NormalizeLocation(*only));
  }
  std::vector<DataFile> others;
  for (const ManifestEntry& entry : changes.removed_deletes) {
    const auto only = OnlyDataFileOf(entry.file);
    if (only && gone.contains(io::NormalizeLocation(*only))) continue;
    others.push_back(entry.file);
  }
  return others;
}

// The data files that position deletes of several files reach. Which of them they name is said in
// the delete files alone, so each counts as named.
Result<std::vector<std::string>> ReachedBySeveral(const TableMetadata& base, const Snapshot& staged,
                                                  const FileChanges& changes, io::FileIO& io) {
  std::set<std::string> several;
  for (const ManifestEntry& entry : changes.added_deletes) {
    const bool positions = entry.file.content == FileContent::kPositionDeletes;
    if (positions && !OnlyDataFileOf(entry.file)) several.insert(entry.file.file_path);
  }
  std::vector<std::string> reached;
  if (several.empty()) return reached;
  ScanRequest request;
  request.snapshot = staged.id;
  request.file_metrics = false;
  FIRN_ASSIGN(const ScanPlan plan, PlanScan(base, request, io, {nullptr, 1}));
  for (const FileScanTask& task : plan.tasks) {
    const auto is_new = [&](const DataFile& file) { return several.contains(file.file_path); };
    if (std::ranges::any_of(task.deletes, is_new)) reached.push_back(task.file.file_path);
  }
  return reached;
}

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
    if (head) FIRN_TRY(CheckNotPublished(base, *staged, *head));
    if (staged->parent_id == head) return MoveBranch(base, head, ref);
    const std::lock_guard lock(mutex_);
    if (repeat_ == nullptr) {
      FIRN_ASSIGN(repeat_, Repeat(base, *staged, context.io));
    }
    FIRN_ASSIGN(CommitPlan plan, repeat_->Plan(base, context));
    InsistOn(staged_, plan);
    return plan;
  }

 private:
  // The files of the staged snapshot may go once it expires, so it must still be there when the
  // commit lands. No requirement says that; naming it and taking the name away does.
  static void InsistOn(SnapshotId staged, CommitPlan& plan) {
    const std::string name = "picked-" + staged.ToString();
    plan.updates.insert(
        plan.updates.begin(),
        {SetSnapshotRef{name, Ref{staged, RefType::kTag, {}, {}, {}}}, RemoveSnapshotRef{name}});
  }

  static Status CheckNotPublished(const TableMetadata& base, const Snapshot& staged,
                                  SnapshotId head) {
    const auto wap = SummaryOf(staged, "wap.id");
    FIRN_ASSIGN(const auto history, Ancestors(base, head));
    for (const Snapshot* snapshot : history) {
      if (snapshot->id == staged.id ||
          SummaryOf(*snapshot, "source-snapshot-id") == staged.id.ToString()) {
        return AlreadyExists("snapshot is already in the branch", staged.id);
      }
      const bool twice = wap && (SummaryOf(*snapshot, "published-wap-id") == wap ||
                                 SummaryOf(*snapshot, "wap.id") == wap);
      if (twice) return AlreadyExists("wap.id is already published", *wap);
    }
    return Ok();
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
    FIRN_ASSIGN(const FileChanges changes, ChangesOf(base, staged, io));
    SnapshotOptions options = options_;
    options.summary.emplace("source-snapshot-id", staged.id.ToString());
    if (const auto wap = SummaryOf(staged, "wap.id")) {
      options.summary.emplace("published-wap-id", *wap);
    }
    const bool append = changes.removed_data.empty() && changes.added_deletes.empty() &&
                        changes.removed_deletes.empty();
    if (append && staged.operation() != kOperationReplace) {
      return MergeAppend(FilesOf(changes.added_data), std::move(options));
    }
    FIRN_ASSIGN(std::vector<std::string> reached, ReachedBySeveral(base, staged, changes, io));
    return RepeatOn(staged, changes, std::move(reached), std::move(options));
  }

  static std::unique_ptr<Operation> RepeatOn(const Snapshot& staged, const FileChanges& changes,
                                             std::vector<std::string> reached,
                                             SnapshotOptions options) {
    const SnapshotId parent = staged.parent_id.value_or(kNoSnapshot);
    std::vector<DataFile> added = FilesOf(changes.added_data);
    if (staged.operation() == kOperationReplace) {
      FileRewrite rewrite;
      rewrite.removed = FilesOf(changes.removed_data);
      rewrite.removed_deletes = OtherRemovedDeletes(changes);
      rewrite.added_deletes = FilesOf(changes.added_deletes);
      rewrite.planned_on = parent;
      if (!added.empty()) rewrite.sequence_number = changes.added_data.front().sequence_number;
      rewrite.added = std::move(added);
      return RewriteFiles(std::move(rewrite), std::move(options));
    }
    if (SummaryOf(staged, "replace-partitions") == "true") {
      return ReplacePartitions({std::move(added), false, {parent, Isolation::kSerializable, {}}},
                               std::move(options));
    }
    RowDeltaChange delta;
    delta.added = std::move(added);
    delta.added_deletes = FilesOf(changes.added_deletes);
    delta.removed = FilesOf(changes.removed_data);
    delta.referenced = std::move(reached);
    delta.validation = {parent, Isolation::kSnapshot, Expression::True()};
    return RowDelta(std::move(delta), std::move(options));
  }

  SnapshotId staged_;
  SnapshotOptions options_;
  mutable std::mutex mutex_;
  mutable std::unique_ptr<Operation> repeat_;
};

}  // namespace

std::unique_ptr<Operation> CherryPick(SnapshotId staged, SnapshotOptions options) {
  return std::make_unique<CherryPickOperation>(staged, std::move(options));
}

}  // namespace firn::table
