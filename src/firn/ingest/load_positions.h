// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "firn/base/result.h"
#include "firn/catalog/catalog.h"
#include "firn/ingest/positions.h"

namespace firn::io {
class FileIO;
}  // namespace firn::io

namespace firn::ingest {

/// Reads the latest position of every source that `positions_table` (bronze.source_files) knows.
///
/// With `cache_path`, what was read is remembered there under the table's UUID and the snapshot's
/// id, and only files added since are read next time. A cache that is absent, damaged or about
/// something else is made anew; one that cannot be written is done without.
Result<PositionSet> LoadPositions(const catalog::LoadedTable& positions_table, io::FileIO& lake_io,
                                  const std::string& cache_path);

}  // namespace firn::ingest
