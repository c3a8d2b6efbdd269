// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/datafile/position_bitmap.h"
#include "firn/io/file_io.h"
#include "firn/table/data_file.h"
#include "firn/table/schema.h"

namespace firn::datafile {

/// The columns of a position delete file (spec, "Position Delete Files"): file_path and pos.
const table::Schema& PositionDeleteSchema();

/// Deleted rows by the normalised location of their data file.
using PositionsByFile = std::map<std::string, PositionBitmap>;

/// Reads a whole position delete file; a third column with the rows themselves is not read.
/// Errors: `kUnsupported` for formats other than Parquet; `kCorrupt`, naming the file, where a path
/// or position is null or negative; those of `ReadFile`.
Result<PositionsByFile> ReadPositionDeletes(io::FileIO& files, const table::DataFile& deletes);

/// A position delete file that was written and not yet closed.
struct WrittenPositionDeletes {
  table::DataFile described;  ///< Spec and partition are left open.
  std::unique_ptr<io::OutputFile> file;
};

/// Writes one position delete file, its rows sorted by path and position, with exact bounds; where
/// it speaks of one data file, `referenced_data_file` says so. `positions` is by the location of
/// the data file as its manifest entry has it, and holds at least one position.
Result<WrittenPositionDeletes> WritePositionDeletes(io::FileIO& files, std::string location,
                                                    const PositionsByFile& positions);

}  // namespace firn::datafile
