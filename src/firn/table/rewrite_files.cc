// SPDX-License-Identifier: Apache-2.0
//
// A rewrite must lose no concurrent change. Deletes by position of a file that it removes would go
// with the file, so they are a conflict. Equality deletes are not: the new files keep the sequence
// number of the plan, so newer ones reach them as they reached the old files (spec, "Sequence
// Numbers").

#include "firn/table/rewrite_files.h"

#include <algorithm>
#include <set>
#include <utility>

#include "firn/base/saturate.h"
#include "firn/io/location.h"
#include "firn/table/conflict.h"
#include "firn/table/delete_files.h"
#include "firn/table/file_changer.h"
#include "firn/table/snapshot_operation.h"

namespace firn::table {
namespace {

int64_t RowsOf(const std::vector<DataFile>& files) {
  int64_t rows = 0;
  for (const DataFile& file : files) {
    rows = AddSaturated(rows, file.record_count);
  }
  return rows;
}

class RewriteOperation : public SnapshotOperation {
 public:
  RewriteOperation(FileRewrite rewrite, SnapshotOptions options)
      : SnapshotOperation(std::move(options)), rewrite_(std::move(rewrite)) {}

 protected:
  Result<SnapshotContents> Make(const TableMetadata& base, const ParentSnapshot& parent,
                                SnapshotWorkspace& workspace) const override {
    FIRN_TRY(CheckRewrite(base));
    FIRN_ASSIGN(const auto since,
                ChangesSince(base, parent.snapshot, rewrite_.planned_on, workspace.io()));
    FIRN_ASSIGN(const DeleteTargets targets,
                DeleteTargets::Of(rewrite_.added_deletes, rewrite_.added, base));
    FIRN_TRY(CheckFilesStay(since, targets.paths()));
    FIRN_TRY(CheckNoVectorsAdded(since, targets.with_vectors()));

    FileChanger changer(parent, workspace);
    FIRN_TRY(RemoveData(base, changer));
    FIRN_TRY(CheckNoDeletesOf(since, changer.removed_data(), DeleteKinds::kPositional, base));
    FIRN_TRY(CheckRowIdsKnown(base, rewrite_.planned_on, changer.removed_data()));
    FIRN_ASSIGN(const auto touched, targets.Find(changer));
    if (!targets.vectors().empty()) {
      FIRN_TRY(CheckNoDeletesOf(since, touched, DeleteKinds::kPositional, base));
    }
    FIRN_TRY(changer.Add(rewrite_.added, AgeOfRows(base)));
    FIRN_TRY(changer.RemoveDeletes({rewrite_.removed_deletes, targets.vectors(), nullptr}));
    FIRN_TRY(changer.AddDeletes(rewrite_.added_deletes, AgeOfDeletes(changer)));
    return std::move(changer).Finish(kOperationReplace);
  }

 private:
  Status CheckRewrite(const TableMetadata& base) const {
    FIRN_TRY(CheckDataFiles(rewrite_.added));
    FIRN_TRY(CheckDataFiles(rewrite_.removed));
    FIRN_TRY(CheckDeleteFiles(rewrite_.added_deletes, base.format_version));
    if (RowsOf(rewrite_.added) > RowsOf(rewrite_.removed)) {
      return InvalidArgument("a rewrite cannot add rows", RowsOf(rewrite_.added),
                             RowsOf(rewrite_.removed));
    }
    for (const DataFile& file : rewrite_.added_deletes) {
      if (file.content != FileContent::kEqualityDeletes) continue;
      return InvalidArgument("equality deletes mean what they do by their age; not rewritten",
                             file.file_path);
    }
    if (rewrite_.removed_deletes.empty() && !rewrite_.added_deletes.empty()) {
      return InvalidArgument("a rewrite cannot add deletes without removing those they replace");
    }
    return Ok();
  }

  Status RemoveData(const TableMetadata& base, FileChanger& changer) const {
    if (rewrite_.removed.empty()) return Ok();
    FIRN_ASSIGN(const auto removed, DistinctPaths(rewrite_.removed));
    PartitionSet within(base);
    for (const DataFile& file : rewrite_.removed) {
      within.Add(file);
    }
    FIRN_TRY(changer.RemoveData(
        "rewritten",
        [&removed](const DataFile& file) {
          return removed.contains(io::NormalizeLocation(file.file_path));
        },
        &within));
    return CheckAllFound(removed, changer.removed_data());
  }

  SequenceNumber AgeOfRows(const TableMetadata& base) const {
    if (rewrite_.sequence_number) return *rewrite_.sequence_number;
    const Snapshot* from = base.FindSnapshot(rewrite_.planned_on);
    return from != nullptr ? from->sequence_number : SequenceNumber(0);
  }

  // As old as the newest delete that is asked to go.
  std::optional<SequenceNumber> AgeOfDeletes(const FileChanger& changer) const {
    std::optional<SequenceNumber> newest;
    for (const ManifestEntry& entry : changer.removed_deletes()) {
      if (!newest || *newest < *entry.sequence_number) newest = entry.sequence_number;
    }
    return newest;
  }

  FileRewrite rewrite_;
};

}  // namespace

std::unique_ptr<Operation> RewriteFiles(FileRewrite rewrite, SnapshotOptions options) {
  return std::make_unique<RewriteOperation>(std::move(rewrite), std::move(options));
}

}  // namespace firn::table
