// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "firn/base/result.h"
#include "firn/lakehouse/reports.h"
#include "firn/lakehouse/table_reports.h"

namespace firn {
class Env;
namespace catalog {
class Catalog;
}
namespace io {
class FileIO;
}
}  // namespace firn

namespace firn::lakehouse {

struct LakeFolder;

/// A lake whose tables come, go and get other names; all outlive the call.
struct NamesContext {
  const LakeFolder& folder;
  catalog::Catalog& catalog;
  io::FileIO& files;  ///< Of tables.
  io::FileIO& disk;   ///< Of models.
  Env& env;
};

/// Takes a table out of the catalog; its files stay, unless they are to be purged. Source files
/// that were ingested into it count as new then.
/// Errors: `kNotFound`; `kForbidden` for the tables that hold histories, for one that `firn` itself
/// makes where the request is not `sure`, and where files are not the table's own to purge.
Result<DropReport> DropTable(const NamesContext& context, const DropRequest& request);

/// Gives a table another name; no file moves, and ingested source files stay known.
/// Errors: `kNotFound`, `kAlreadyExists`; `kForbidden` for a table that `firn` itself makes.
Status RenameTable(const NamesContext& context, std::string_view from, std::string_view to);

/// Brings a table into the catalog by its newest metadata file, a path or a location.
/// Errors: `kAlreadyExists`, also where the catalog has the same table by another name;
/// `kNotFound` or `kCorrupt` for the file.
Result<TableDetails> RegisterTable(const NamesContext& context, std::string_view name,
                                   std::string_view metadata_file);

}  // namespace firn::lakehouse
