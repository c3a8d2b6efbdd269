// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "firn/base/env.h"
#include "firn/base/result.h"
#include "firn/io/checksum_file_io.h"

namespace firn::catalog {

/// Reads what the catalog in the SQLite file `path` knows of the bytes of files, sorted by
/// location: those that were written through an `io::ChecksumFileIO` and had become part of a table
/// when a commit stored them. Files of other writers are not among them. Errors: `kCorrupt` where
/// the database is damaged (all of it is read); those of opening it.
Result<std::vector<io::FileChecksum>> StoredChecksums(const std::string& path, Env& env);

}  // namespace firn::catalog
