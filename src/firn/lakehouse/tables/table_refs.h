// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/lakehouse/table_reports.h"
#include "firn/table/ids.h"

namespace firn {
class Env;
namespace catalog {
class Catalog;
}
namespace io {
class FileIO;
}
namespace table {
struct TableMetadata;
}
}  // namespace firn

namespace firn::lakehouse {

/// What the branches and tags of a lake's tables are changed with; all outlive the call.
struct RefContext {
  catalog::Catalog& catalog;
  io::FileIO& files;
  Env& env;
};

/// The snapshot that people mean by `version`: a branch or tag, a snapshot id, or what was current
/// at a time ("2025-11-05", or "2h" ago). Errors: `kNotFound`.
Result<table::SnapshotId> VersionOf(const table::TableMetadata& metadata, std::string_view version,
                                    TimeMs now);

/// Lists the branches or the tags of a table, by name.
Result<std::vector<RefRow>> RefsOf(catalog::Catalog& catalog, std::string_view table,
                                   bool branches);

/// Makes a branch or tag, or moves it where the request says so; gives it as it is then.
/// Errors: `kAlreadyExists`; `kNotFound` for the version; `kInvalidArgument` for a limit that is
/// not positive.
Result<RefRow> MakeRef(const RefContext& context, const RefRequest& request);

/// Removes a branch or tag. Errors: `kNotFound`, also where it is of the other kind;
/// `kInvalidArgument` for main.
Status DropRef(const RefContext& context, std::string_view table, const std::string& name,
               bool is_branch);

/// Gives a branch or tag another name. Errors: as `DropRef`; `kAlreadyExists`.
Status RenameRef(const RefContext& context, std::string_view table, const std::string& name,
                 const std::string& new_name, bool is_branch);

/// Moves a branch to where `to`, a branch or tag that descends from it, is.
Result<MoveReport> FastForwardBranch(const RefContext& context, std::string_view table,
                                     const std::string& branch, const std::string& to);

/// Moves a branch back to one of its ancestors: a version as `VersionOf` takes it.
Result<MoveReport> RollBack(const RefContext& context, std::string_view table,
                            std::string_view version, const std::string& branch);

/// Puts the changes of a snapshot onto a branch, see `table::CherryPick`.
Result<MoveReport> CherryPickSnapshot(const RefContext& context, std::string_view table,
                                      std::string_view version, const std::string& branch);

}  // namespace firn::lakehouse
