// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "firn/base/result.h"
#include "firn/catalog/table_name.h"
#include "firn/ingest/positions.h"

namespace firn {
class Env;
namespace catalog {
class Catalog;
}
namespace io {
class FileIO;
}
}  // namespace firn

namespace firn::ingest {

/// Whether a position says that the table has nothing of the file any more: to read it is to begin
/// anew.
bool IsForgotten(const Position& position);

/// Tells the log of positions that a table goes by the name `to` now, so that no file is read into
/// it twice; or, with `to` unset, that it is gone, so that a new one of its name gets all files.
/// `cache_path` is that of `IngestOptions`. Errors: `kConflict` where ingests are always first;
/// those of writing and committing.
Status MovePositions(catalog::Catalog& catalog, io::FileIO& lake_io, Env& env,
                     const std::string& cache_path, const catalog::TableName& from,
                     const std::optional<catalog::TableName>& to);

}  // namespace firn::ingest
