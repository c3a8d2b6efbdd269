// SPDX-License-Identifier: Apache-2.0
//
// Merge-on-read. What the deletes are about is looked up in the newest snapshot: a delete that
// names a file which is not there, or lies under another spec than its file, would be acknowledged
// and have no effect (spec, "Scan Planning": position deletes apply within their partition).

#include "firn/table/row_delta.h"

#include <map>
#include <set>
#include <utility>

#include "firn/io/location.h"
#include "firn/table/conflict.h"
#include "firn/table/delete_files.h"
#include "firn/table/delete_index.h"
#include "firn/table/file_changer.h"
#include "firn/table/snapshot_operation.h"

namespace firn::table {
namespace {

class RowDeltaOperation : public SnapshotOperation {
 public:
  RowDeltaOperation(RowDeltaChange change, SnapshotOptions options)
      : SnapshotOperation(std::move(options)), change_(std::move(change)) {}

 protected:
  Result<SnapshotContents> Make(const TableMetadata& base, const ParentSnapshot& parent,
                                SnapshotWorkspace& workspace) const override {
    FIRN_TRY(CheckChange(base));
    FIRN_ASSIGN(const std::set<std::string> removed, DistinctPaths(change_.removed));
    FIRN_ASSIGN(const DeleteTargets targets,
                DeleteTargets::Of(change_.added_deletes, change_.added, base));
    FIRN_TRY(CheckNotBoth(removed, targets));
    ConcurrentChanges since;
    if (change_.validation.from) {
      FIRN_ASSIGN(since,
                  ChangesSince(base, parent.snapshot, *change_.validation.from, workspace.io()));
    }
    FIRN_TRY(CheckFilesStay(since, Named(removed, targets)));
    FIRN_TRY(CheckNoVectorsAdded(since, targets.with_vectors()));

    FileChanger changer(parent, workspace);
    FIRN_TRY(RemoveData(base, removed, changer));
    FIRN_ASSIGN(std::vector<ManifestEntry> touched, targets.Find(changer));
    FIRN_ASSIGN(const auto referenced, FindReferenced(base, changer));
    touched.insert(touched.end(), referenced.begin(), referenced.end());
    touched.insert(touched.end(), changer.removed_data().begin(), changer.removed_data().end());
    FIRN_TRY(CheckNoDeletesOf(since, touched, DeleteKinds::kAll, base));
    if (change_.validation.from) {
      FIRN_TRY(CheckRowIdsKnown(base, *change_.validation.from, changer.removed_data()));
    }
    FIRN_TRY(CheckScope(since, base));

    FIRN_TRY(changer.Add(change_.added));
    FIRN_TRY(changer.RemoveDeletes({change_.removed_deletes, targets.vectors(), nullptr}));
    FIRN_TRY(changer.AddDeletes(change_.added_deletes));
    return std::move(changer).Finish(OperationName());
  }

 private:
  Status CheckChange(const TableMetadata& base) const {
    FIRN_TRY(CheckDataFiles(change_.added));
    FIRN_TRY(CheckDataFiles(change_.removed));
    FIRN_TRY(CheckDeleteFiles(change_.added_deletes, base.format_version));
    FIRN_TRY(CheckReplaced());
    const bool blind = change_.removed.empty() && change_.referenced.empty() &&
                       change_.removed_deletes.empty() && AllByEquality(change_.added_deletes);
    if (blind || change_.validation.from) return Ok();
    return InvalidArgument("a row delta that names files needs the snapshot it was computed from");
  }

  // Rows would come back if the new deletes did not hold those of the old ones.
  Status CheckReplaced() const {
    std::map<std::string, int64_t> rows;  // By data file.
    for (const DataFile& file : change_.added_deletes) {
      if (const auto only = OnlyDataFileOf(file)) rows[*only] += file.record_count;
    }
    for (const DataFile& file : change_.removed_deletes) {
      const auto only = OnlyDataFileOf(file);
      if (only && rows[*only] >= file.record_count) continue;
      return InvalidArgument("delete file is to go, but the new deletes do not hold its rows",
                             file.file_path);
    }
    return Ok();
  }

  static Status CheckNotBoth(const std::set<std::string>& removed, const DeleteTargets& targets) {
    for (const std::string& path : targets.paths()) {
      if (removed.contains(path)) {
        return InvalidArgument("rows are deleted from a file that is removed as well", path);
      }
    }
    return Ok();
  }

  std::set<std::string> Referenced() const {
    std::set<std::string> paths;
    for (const std::string& path : change_.referenced) {
      paths.insert(io::NormalizeLocation(path));
    }
    return paths;
  }

  // Every data file that must still be there.
  std::set<std::string> Named(const std::set<std::string>& removed,
                              const DeleteTargets& targets) const {
    std::set<std::string> named = Referenced();
    named.insert(targets.paths().begin(), targets.paths().end());
    named.insert(removed.begin(), removed.end());
    return named;
  }

  // The data files that position deletes of several files are about, as far as they are there.
  Result<std::vector<ManifestEntry>> FindReferenced(const TableMetadata& base,
                                                    const FileChanger& changer) const {
    PartitionSet within(base);
    for (const DataFile& file : change_.added_deletes) {
      if (file.content == FileContent::kPositionDeletes && !OnlyDataFileOf(file)) within.Add(file);
    }
    std::vector<ManifestEntry> entries;
    if (within.empty()) return entries;
    FIRN_ASSIGN(auto found, changer.FindData(Referenced(), within));
    for (auto& [path, entry] : found) {
      entries.push_back(std::move(entry));
    }
    return entries;
  }

  Status RemoveData(const TableMetadata& base, const std::set<std::string>& removed,
                    FileChanger& changer) const {
    if (removed.empty()) return Ok();
    PartitionSet within(base);
    for (const DataFile& file : change_.removed) {
      within.Add(file);
    }
    FIRN_TRY(changer.RemoveData(
        "removed",
        [&removed](const DataFile& file) {
          return removed.contains(io::NormalizeLocation(file.file_path));
        },
        &within));
    return CheckAllFound(removed, changer.removed_data());
  }

  Status CheckScope(const ConcurrentChanges& since, const TableMetadata& base) const {
    FIRN_ASSIGN(const Scope scope, Scope::Rows(change_.validation.filter, base));
    const bool serializable = change_.validation.isolation == Isolation::kSerializable;
    if (serializable || !change_.added.empty()) FIRN_TRY(CheckNoDeletesAdded(since, scope));
    if (!serializable) return Ok();
    FIRN_TRY(CheckNoRowsAdded(since, scope));
    return CheckNoRowsRemoved(since, scope);
  }

  std::string_view OperationName() const {
    if (change_.added_deletes.empty() && change_.removed.empty()) return kOperationAppend;
    return change_.added.empty() ? kOperationDelete : kOperationOverwrite;
  }

  RowDeltaChange change_;
};

}  // namespace

std::unique_ptr<Operation> RowDelta(RowDeltaChange change, SnapshotOptions options) {
  return std::make_unique<RowDeltaOperation>(std::move(change), std::move(options));
}

}  // namespace firn::table
