// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/lakehouse/reports.h"

namespace firn::catalog {
class Catalog;
struct LoadedTable;
struct TableName;
}  // namespace firn::catalog
namespace firn::io {
class FileIO;
}

namespace firn::lakehouse {

/// Names every table of every namespace, sorted.
Result<std::vector<catalog::TableName>> AllTableNames(catalog::Catalog& catalog);

/// Loads a table. Errors: `kNotFound` with what to do; `kInvalidArgument` for a view.
Result<catalog::LoadedTable> LoadForReport(catalog::Catalog& catalog, std::string_view name);

/// The location of a path, relative ones from here; a location stays as it is.
std::string LocationOfPath(std::string_view path);

/// Answers what is known of tables from their metadata; only `FilesOf` reads manifests.
Result<std::vector<TableRow>> ListTables(catalog::Catalog& catalog);
Result<TableDetails> DescribeTable(catalog::Catalog& catalog, std::string_view name);
/// Newest first.
Result<std::vector<SnapshotRow>> SnapshotsOf(catalog::Catalog& catalog, std::string_view name);
/// Data files and delete files.
Result<std::vector<FileRow>> FilesOf(catalog::Catalog& catalog, io::FileIO& io,
                                     std::string_view name);

}  // namespace firn::lakehouse
