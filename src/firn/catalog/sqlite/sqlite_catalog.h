// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "firn/base/env.h"
#include "firn/base/result.h"
#include "firn/catalog/catalog.h"
#include "firn/io/checksum_file_io.h"
#include "firn/io/file_io.h"

namespace firn::catalog {

/// The name Firn's catalog has among those one database may hold. Other engines must open it by
/// this name.
inline constexpr char kCatalogName[] = "firn";

/// Opens the catalog in the SQLite file `path`, which is made (0600) where there is none.
///
/// The file is in the schema that Java's JdbcCatalog (V1) and PyIceberg's SqlCatalog open too, and
/// may be used by them and by other processes at the same time. Metadata files go through `files`,
/// under the location `warehouse`. Checksums that `checksums` has noted by then (of files written
/// through a `io::ChecksumFileIO`) are stored in the SQL transaction of each commit. What is handed
/// in outlives the catalog.
/// Errors: `kCorrupt` for a file that is no database; `kForbidden`, `kIo`; `kUnavailable` while
/// somebody else locks it.
Result<std::unique_ptr<Catalog>> OpenSqliteCatalog(const std::string& path, std::string warehouse,
                                                   io::FileIO& files, Env& env,
                                                   io::ChecksumLog* checksums = nullptr);

/// The version of the SQLite library inside: "3.40.1".
std::string SqliteVersion();

}  // namespace firn::catalog
