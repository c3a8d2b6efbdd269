// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/lakehouse/lake_folder.h"
#include "firn/lakehouse/reports.h"
#include "firn/registry/schema_set.h"

namespace firn::catalog {
class Catalog;
}

namespace firn::lakehouse {

/// What to do where a table is to change in a way that breaks its readers or writers.
std::string StepsOfBreakingChange(std::string_view table);

/// The schema files of the program and of a lake (`schemas/<layer>/<table>/v<version>.json`), and
/// how they fit the lake's tables.
class Schemas {
 public:
  /// All outlive it. Errors: `kInvalidArgument` naming a file that is no schema; those of reading.
  static Result<Schemas> Read(const LakeFolder& folder, catalog::Catalog& catalog,
                              io::FileIO& disk);

  Result<std::vector<SchemaRow>> List() const;
  /// The text of a schema: "silver.messages" (the newest) or "silver.messages@1.0.0".
  Result<std::string> Show(std::string_view name) const;
  /// What is wrong with the files, and with the tables they speak of.
  Result<std::vector<SchemaFault>> Check() const;
  /// What changes from one schema to another. An empty `after`: to the table as it is.
  Result<SchemaDifference> Diff(std::string_view before, std::string_view after) const;
  /// Writes the next version of a table's schema into the lake: what is there, with what the table
  /// has beyond it. Errors: `kConflict` for a change that is major.
  Result<SchemaDifference> Bump(std::string_view table, bool dry_run) const;

  /// The schema that a table is to be migrated to, or was: the newest, or the one of `version`.
  /// Errors: `kNotFound`; `kConflict` where the table takes it over as it is.
  Result<const registry::SchemaFile*> FindBreaking(std::string_view table,
                                                   std::string_view version) const;

  const registry::SchemaSet& set() const { return set_; }

 private:
  Schemas(const LakeFolder& folder, catalog::Catalog& catalog, io::FileIO& disk,
          registry::SchemaSet set)
      : folder_(&folder), catalog_(&catalog), disk_(&disk), set_(std::move(set)) {}

  Result<const registry::SchemaFile*> Find(std::string_view name) const;
  Result<std::string> StateOf(const registry::SchemaFile& file) const;

  const LakeFolder* folder_;
  catalog::Catalog* catalog_;
  io::FileIO* disk_;
  registry::SchemaSet set_;
};

}  // namespace firn::lakehouse
