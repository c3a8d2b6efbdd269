// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/env.h"
#include "firn/base/json.h"
#include "firn/base/result.h"
#include "firn/base/time.h"
#include "firn/base/uuid.h"
#include "firn/table/ids.h"
#include "firn/table/schema.h"

namespace firn::table {

inline constexpr int kViewFormatVersionMax = 1;
inline constexpr std::string_view kSqlRepresentation = "sql";

/// One way to say what a view selects (view spec, "Representations").
struct ViewRepresentation {
  std::string type{kSqlRepresentation};
  std::string sql;      ///< A SELECT statement; "" where the type is another.
  std::string dialect;  ///< Of the SQL: "duckdb", "spark", "trino".
  Json unknown{};       ///< All else of its JSON, written back.

  friend bool operator==(const ViewRepresentation&, const ViewRepresentation&) = default;
  bool is_sql() const { return type == kSqlRepresentation; }
};

/// What a view was at some time; never changes (view spec, "Versions").
struct ViewVersion {
  ViewVersionId id{};
  SchemaId schema_id{};
  TimeMs timestamp{};
  std::map<std::string, std::string> summary;
  std::vector<ViewRepresentation> representations;
  std::optional<std::string> default_catalog;  ///< Unset: the catalog the view is in.
  std::vector<std::string> default_namespace;  ///< Of single identifiers in the SQL.
  Json unknown{};  ///< Fields this version of the program does not know, written back.

  friend bool operator==(const ViewVersion&, const ViewVersion&) = default;
  /// Tells whether both mean the same: all but id and time is equal.
  bool SameDefinition(const ViewVersion& other) const;
};

/// When `version_id` became the view's current version.
struct ViewLogEntry {
  TimeMs timestamp{};
  ViewVersionId version_id{};
  Json unknown{};

  friend bool operator==(const ViewLogEntry&, const ViewLogEntry&) = default;
};

/// All that is known of a view (view spec, "View Metadata"). A value. Well-formed when it comes
/// from `ParseViewMetadata`, `NewViewMetadata` or `ApplyViewUpdates`: the current version, its
/// schema and the schema of every version exist, and no version has two SQL texts of one dialect.
struct ViewMetadata {
  int format_version = kViewFormatVersionMax;
  Uuid view_uuid;
  std::string location;
  std::vector<Schema> schemas;
  ViewVersionId current_version_id{};
  std::vector<ViewVersion> versions;
  std::vector<ViewLogEntry> version_log;
  std::map<std::string, std::string> properties;
  Json unknown{};  ///< Fields this version of the program does not know, written back.

  friend bool operator==(const ViewMetadata&, const ViewMetadata&) = default;

  const ViewVersion& current_version() const;
  const Schema& schema() const;  ///< Of the current version.
  const ViewVersion* FindVersion(ViewVersionId id) const;
  const Schema* FindSchema(SchemaId id) const;
  /// The current version's SQL of a dialect, either case; null where there is none.
  const ViewRepresentation* FindSql(std::string_view dialect) const;
  /// The version that was current at `time`, by the log; null before the first, or where it is no
  /// longer kept.
  const ViewVersion* VersionAsOf(TimeMs time) const;
};

/// What a view is made of, or what its next version says.
struct ViewDefinition {
  Schema schema;  ///< Field ids are assigned anew.
  std::vector<ViewRepresentation> representations;
  std::optional<std::string> default_catalog;
  std::vector<std::string> default_namespace;
  std::map<std::string, std::string> summary;  ///< "engine-name", "engine-version".
};

/// What a new view is made of.
struct NewView {
  ViewDefinition definition;
  std::string location;
  std::map<std::string, std::string> properties;
};

/// Makes the first metadata of a view. Errors: `kInvalidArgument` where the parts do not fit.
Result<ViewMetadata> NewViewMetadata(const NewView& view, Env& env);

/// Checks what `ViewMetadata` promises. Errors: `kInvalidArgument`.
Status CheckViewMetadata(const ViewMetadata& metadata);

/// Tells whether two dialects are one: they differ in case at most.
bool SameDialect(std::string_view left, std::string_view right);

}  // namespace firn::table
