// SPDX-License-Identifier: Apache-2.0
#pragma once

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

/// What the log of positions is changed with; all outlive the call.
struct PositionLog {
  catalog::Catalog& catalog;
  io::FileIO& lake_io;
  Env& env;
  std::string cache_path;  ///< That of `IngestOptions`.
};

/// Tells the log that a table is about to go by the name `to`, so that no file is read into it
/// twice. Comes before the renaming: whatever ends the program in between, nothing is doubled.
/// Errors: `kConflict` where ingests are always first; those of writing and committing.
Status CopyPositions(const PositionLog& log, const catalog::TableName& from,
                     const catalog::TableName& to);

/// Tells the log that no table goes by a name any more, so that a new one gets all files. Comes
/// after that is so. Errors: as `CopyPositions`.
Status ForgetPositions(const PositionLog& log, const catalog::TableName& table);

}  // namespace firn::ingest
