// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firn/base/json.h"
#include "firn/base/result.h"
#include "firn/catalog/catalog.h"
#include "firn/lakehouse/tables/schema_casts.h"
#include "firn/maintain/clean_table.h"

namespace firn::sql {
class Engine;
}

namespace firn::lakehouse {

/// The property that says which version of its schema a table was migrated to.
inline constexpr char kSchemaVersionProperty[] = "firn.schema.version";

/// What a migration works with; all outlive it.
struct MigrationContext {
  maintain::MaintainContext lake;
  sql::Engine& engine;
  std::string lock_path{};  ///< Of the lake's ingests; "": none to wait for.
};

/// What is asked for.
struct MigrationRequest {
  std::string table;
  std::string version;  ///< Empty: the newest.
  bool cut_over = true;
  bool dry_run = false;
};

/// The schema that a table is to have.
struct Migration {
  catalog::TableName table;
  std::string version;  ///< "2.0.0"
  Json schema;          ///< JSON Schema (draft-07).
  bool cut_over = true;
  bool dry_run = false;
};

struct MigrationReport {
  std::string table;
  std::string version;
  std::string beside;   ///< The new table's name until it takes that of the old one.
  std::string kept_as;  ///< The old table's name from then on.
  std::string rejected_into;
  std::vector<ColumnCast> columns;
  int64_t rows = 0;      ///< That were cast this time.
  int64_t rejected = 0;  ///< That could not be.
  bool dry_run = false;
  bool cut_over = false;  ///< The new table has the name now, or will have.
  bool is_done = false;   ///< The table had the schema already: nothing was done.
};

/// Gives a table a schema that breaks it: makes a new one beside it, `<table>_next`, fills it by
/// name and `PlanCasts`, and lets it take the name in one transaction; the old one stays as
/// `<table>_before_<version>`, with its history. Rows that cannot be cast, or break the JSON
/// Schema, go to `<table>_rejected`.
///
/// Without `cut_over` both stay, and each further call casts what was appended to the old one
/// since, once; where rows of it were changed or deleted, all begins again. A call that was cut
/// short leaves the table as it was, and is finished by the same call. Errors: `kNotFound`; those
/// of `PlanCasts`; `kAlreadyExists` where a name is taken; `kConflict` where the table never rests.
Result<MigrationReport> MigrateTable(const MigrationContext& context, const Migration& migration);

/// The version that a table is on the way to: a new one is made beside it. Unset where none is.
Result<std::optional<std::string>> OpenMigration(catalog::Catalog& catalog,
                                                 const catalog::TableName& table);

/// Removes the table that was made beside another, and what it left among the rejected rows.
/// Returns its name. Errors: `kNotFound` where none was made.
Result<std::string> AbandonMigration(const MigrationContext& context,
                                     const catalog::TableName& table);

}  // namespace firn::lakehouse
