// SPDX-License-Identifier: Apache-2.0
//
// Appending: new manifests before the parent's. It looks at nothing that is in the table, so no
// concurrent change can be in its way.

#include "firn/table/append.h"

#include <utility>

#include "firn/table/file_changer.h"
#include "firn/table/snapshot_operation.h"

namespace firn::table {
namespace {

class Append : public SnapshotOperation {
 public:
  Append(std::vector<DataFile> files, bool merge_small, SnapshotOptions options)
      : SnapshotOperation(std::move(options)),
        files_(std::move(files)),
        merge_small_(merge_small) {}

 protected:
  Result<SnapshotContents> Make(const TableMetadata& /*base*/, const ParentSnapshot& parent,
                                SnapshotWorkspace& workspace) const override {
    FIRN_TRY(CheckDataFiles(files_));
    FileChanger changer(parent, workspace);
    FIRN_TRY(changer.Add(files_));
    FIRN_ASSIGN(SnapshotContents contents, std::move(changer).Finish(kOperationAppend));
    contents.merge_small = merge_small_;
    return contents;
  }

 private:
  std::vector<DataFile> files_;
  bool merge_small_;
};

}  // namespace

std::unique_ptr<Operation> FastAppend(std::vector<DataFile> files, SnapshotOptions options) {
  return std::make_unique<Append>(std::move(files), false, std::move(options));
}

std::unique_ptr<Operation> MergeAppend(std::vector<DataFile> files, SnapshotOptions options) {
  return std::make_unique<Append>(std::move(files), true, std::move(options));
}

}  // namespace firn::table
