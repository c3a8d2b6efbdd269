// SPDX-License-Identifier: Apache-2.0
//
// Replacing whole files, named by location, by a filter, or by the partitions of the new ones. Each
// plan checks on the newest snapshot that what it takes out is still there, and that nothing came
// in meanwhile that the change should have seen (conflict.h).

#include "firn/table/overwrite.h"

#include <algorithm>
#include <set>
#include <utility>

#include "firn/io/location.h"
#include "firn/table/conflict.h"
#include "firn/table/file_changer.h"
#include "firn/table/file_matcher.h"
#include "firn/table/snapshot_operation.h"

namespace firn::table {
namespace {

std::string_view OperationNameOf(const FileChanger& changer, const std::vector<DataFile>& added) {
  if (changer.removed_data().empty()) return kOperationAppend;
  return added.empty() ? kOperationDelete : kOperationOverwrite;
}

Result<ConcurrentChanges> Since(const Validation& validation, const ParentSnapshot& parent,
                                const SnapshotWorkspace& workspace) {
  if (!validation.from) return ConcurrentChanges();
  return ChangesSince(workspace.base(), parent.snapshot, *validation.from, workspace.io());
}

// Adds the new files, lets the deletes of the removed ones go, and closes the change.
Result<SnapshotContents> FinishWith(const std::vector<DataFile>& added,
                                    const PartitionSet* partitions, FileChanger changer) {
  FIRN_TRY(changer.Add(added));
  if (!changer.removed_data().empty() || partitions != nullptr) {
    FIRN_TRY(changer.RemoveDeletes({{}, {}, partitions}));
  }
  const std::string_view name = OperationNameOf(changer, added);
  return std::move(changer).Finish(name);
}

class OverwriteOperation : public SnapshotOperation {
 public:
  OverwriteOperation(Overwrite change, SnapshotOptions options)
      : SnapshotOperation(std::move(options)), change_(std::move(change)) {
    for (const std::string& path : change_.deleted_paths) {
      deleted_.insert(io::NormalizeLocation(path));
    }
  }

 protected:
  Result<SnapshotContents> Make(const TableMetadata& base, const ParentSnapshot& parent,
                                SnapshotWorkspace& workspace) const override {
    FIRN_TRY(CheckDataFiles(change_.added));
    FileChanger changer(parent, workspace);
    if (!deleted_.empty()) {
      FIRN_TRY(changer.RemoveData("named", [this](const DataFile& file) {
        return deleted_.contains(io::NormalizeLocation(file.file_path));
      }));
    }
    FIRN_TRY(CheckAllFound(deleted_, changer.removed_data()));
    FIRN_ASSIGN(const auto since, Since(change_.validation, parent, workspace));
    FIRN_TRY(CheckNoDeletesOf(since, changer.removed_data(), DeleteKinds::kAll, base));
    if (change_.validation.from) {
      FIRN_TRY(CheckRowIdsKnown(base, *change_.validation.from, changer.removed_data()));
    }
    if (change_.validation.isolation == Isolation::kSerializable) {
      FIRN_ASSIGN(const Scope scope, Scope::Rows(change_.validation.filter, base));
      FIRN_TRY(CheckNoRowsAdded(since, scope));
      FIRN_TRY(CheckNoDeletesAdded(since, scope));
      FIRN_TRY(CheckNoRowsRemoved(since, scope));
    }
    return FinishWith(change_.added, nullptr, std::move(changer));
  }

 private:
  Overwrite change_;
  std::set<std::string> deleted_;
};

class OverwriteWhereOperation : public SnapshotOperation {
 public:
  OverwriteWhereOperation(Expression filter, std::vector<DataFile> added, Validation validation,
                          SnapshotOptions options)
      : SnapshotOperation(std::move(options)),
        filter_(std::move(filter)),
        added_(std::move(added)),
        validation_(std::move(validation)) {}

 protected:
  Result<SnapshotContents> Make(const TableMetadata& base, const ParentSnapshot& parent,
                                SnapshotWorkspace& workspace) const override {
    FIRN_TRY(CheckDataFiles(added_));
    FIRN_ASSIGN(Expression bound, filter_.Bind(base.schema()));
    FIRN_TRY(CheckValidation(base, parent, workspace));
    FileChanger changer(parent, workspace);
    FIRN_TRY(RemoveMatching(FileMatcher(base, std::move(bound)), base, changer));
    return FinishWith(added_, nullptr, std::move(changer));
  }

 private:
  Status CheckValidation(const TableMetadata& base, const ParentSnapshot& parent,
                         const SnapshotWorkspace& workspace) const {
    FIRN_ASSIGN(const auto since, Since(validation_, parent, workspace));
    const Expression depends_on = Expression::And(filter_, validation_.filter);
    FIRN_ASSIGN(const Scope scope, Scope::Rows(depends_on, base));
    FIRN_TRY(CheckNoDeletesAdded(since, scope));
    FIRN_TRY(CheckNoFilesRemoved(since, scope));
    if (validation_.isolation != Isolation::kSerializable) return Ok();
    return CheckNoRowsAdded(since, scope);
  }

  static Status RemoveMatching(FileMatcher matcher, const TableMetadata& base,
                               FileChanger& changer) {
    std::optional<std::string> partly;
    FIRN_TRY(changer.RemoveData("match under schema " + base.current_schema_id.ToString(),
                                [&](const DataFile& file) {
                                  const FileMatch match = matcher.Match(file);
                                  if (match == FileMatch::kSome) partly = file.file_path;
                                  return match == FileMatch::kAll;
                                }));
    if (!partly) return Ok();
    return Unsupported("only some rows of a file may match the filter", *partly)
        .WithHint("such rows are deleted by a row delta or by writing the file again");
  }

  Expression filter_;
  std::vector<DataFile> added_;
  Validation validation_;
};

class ReplacePartitionsOperation : public SnapshotOperation {
 public:
  ReplacePartitionsOperation(PartitionOverwrite change, SnapshotOptions options)
      : SnapshotOperation(std::move(options)), change_(std::move(change)) {}

 protected:
  Result<SnapshotContents> Make(const TableMetadata& base, const ParentSnapshot& parent,
                                SnapshotWorkspace& workspace) const override {
    FIRN_TRY(CheckDataFiles(change_.added));
    PartitionSet partitions(base);
    bool all = false;
    for (const DataFile& file : change_.added) {
      FIRN_ASSIGN(const PartitionSpec* spec, workspace.SpecOf(file.spec_id));
      all = all || spec->is_unpartitioned();
      partitions.Add(file);
    }
    FIRN_TRY(CheckValidation(base, parent, workspace, partitions, all));
    FileChanger changer(parent, workspace);
    FIRN_TRY(changer.RemoveData(
        "partitions under schema " + base.current_schema_id.ToString(),
        [&](const DataFile& file) { return all || partitions.Contains(file); },
        all ? nullptr : &partitions));
    if (change_.append_only && !changer.removed_data().empty()) {
      return Conflict("a partition to be filled is not empty",
                      changer.removed_data().front().file.file_path);
    }
    FIRN_ASSIGN(SnapshotContents contents,
                FinishWith(change_.added, &partitions, std::move(changer)));
    contents.operation = kOperationOverwrite;
    contents.properties["replace-partitions"] = "true";
    return contents;
  }

 private:
  Status CheckValidation(const TableMetadata& base, const ParentSnapshot& parent,
                         const SnapshotWorkspace& workspace, const PartitionSet& partitions,
                         bool all) const {
    FIRN_ASSIGN(const auto since, Since(change_.validation, parent, workspace));
    FIRN_ASSIGN(const Scope everything, Scope::Rows(Expression::True(), base));
    const Scope scope = all ? everything : Scope::Partitions(partitions);
    FIRN_TRY(CheckNoDeletesAdded(since, scope));
    FIRN_TRY(CheckNoFilesRemoved(since, scope));
    if (change_.validation.isolation != Isolation::kSerializable) return Ok();
    return CheckNoRowsAdded(since, scope);
  }

  PartitionOverwrite change_;
};

}  // namespace

std::unique_ptr<Operation> OverwriteFiles(Overwrite overwrite, SnapshotOptions options) {
  return std::make_unique<OverwriteOperation>(std::move(overwrite), std::move(options));
}

std::unique_ptr<Operation> DeleteFiles(std::vector<std::string> paths, SnapshotOptions options) {
  Overwrite overwrite;
  overwrite.deleted_paths = std::move(paths);
  return OverwriteFiles(std::move(overwrite), std::move(options));
}

std::unique_ptr<Operation> OverwriteWhere(Expression filter, std::vector<DataFile> added,
                                          Validation validation, SnapshotOptions options) {
  return std::make_unique<OverwriteWhereOperation>(std::move(filter), std::move(added),
                                                   std::move(validation), std::move(options));
}

std::unique_ptr<Operation> DeleteWhere(Expression filter, SnapshotOptions options) {
  return OverwriteWhere(std::move(filter), {}, {}, std::move(options));
}

std::unique_ptr<Operation> ReplacePartitions(PartitionOverwrite overwrite,
                                             SnapshotOptions options) {
  return std::make_unique<ReplacePartitionsOperation>(std::move(overwrite), std::move(options));
}

Result<DeleteSplit> SplitForDelete(const TableMetadata& metadata, const ScanRequest& request,
                                   io::FileIO& io) {
  FIRN_ASSIGN(ScanPlan plan, PlanScan(metadata, request, io));
  FIRN_ASSIGN(Expression bound, request.filter.Bind(metadata.schema(), request.case_sensitive));
  FileMatcher matcher(metadata, std::move(bound));
  DeleteSplit split;
  for (FileScanTask& task : plan.tasks) {
    const FileMatch match = matcher.Match(task.file);
    if (match == FileMatch::kAll) split.whole.push_back(std::move(task.file));
    if (match == FileMatch::kSome) split.partly.push_back(std::move(task));
  }
  return split;
}

}  // namespace firn::table
