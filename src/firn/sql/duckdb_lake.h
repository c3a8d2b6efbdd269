// SPDX-License-Identifier: Apache-2.0
//
// What one engine knows beside the catalog. Private to the room.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "firn/base/env.h"
#include "firn/catalog/catalog.h"
#include "firn/datafile/reader.h"
#include "firn/io/file_io.h"
#include "firn/sql/duckdb_scan.h"
#include "firn/sql/engine.h"
#include "firn/table/manifest_cache.h"

namespace firn::sql {

/// The name under which the lake is attached, and the schema of unqualified names.
inline constexpr char kLakeName[] = "firn";
inline constexpr char kDefaultSchema[] = "main";

/// Rows that arrive as Arrow batches, opened anew for each scan: all their columns, or, where the
/// source can leave columns out, those named, in that order.
struct RowsSource {
  std::shared_ptr<arrow::Schema> schema;
  ReaderFactory open;
  std::function<Result<std::unique_ptr<datafile::BatchReader>>(
      const std::vector<std::string>& columns)>
      open_columns;
};

/// A name that stands for something else than a table of the catalog.
using Relation = std::variant<std::shared_ptr<const ScanSource>, std::shared_ptr<const RowsSource>>;

/// A table state that stands for whatever the catalog says.
struct Pin {
  std::shared_ptr<const table::TableMetadata> metadata;
  std::optional<table::SnapshotId> snapshot;
};

/// A name in SQL: schema and table, compared without regard to case.
struct QualifiedName {
  std::string schema;
  std::string name;

  /// Reads "name" (in the default schema) or "schema.name"; the schema may have several levels.
  static QualifiedName Parse(std::string_view text);
  std::string Key() const;  ///< In lower case.
};

class LakeCatalog;

/// The lake as one engine sees it. Thread-safe.
class Lake {
 public:
  Lake(catalog::Catalog& tables, io::FileIO& files, Env& environment)
      : catalog(tables), io(files), env(environment) {}

  /// Adds or replaces a relation; one that is not `listed` is found by name only.
  void SetRelation(const QualifiedName& name, Relation relation, bool listed = true);
  void SetPin(const QualifiedName& name, Pin pin);
  void DropRelation(const QualifiedName& name);
  void DropPin(const QualifiedName& name);

  std::optional<Relation> FindRelation(const QualifiedName& name) const;
  std::optional<Pin> FindPin(const QualifiedName& name) const;
  /// Names of the relations in `schema`, and all schemas that hold one.
  std::vector<std::string> RelationsIn(const std::string& schema) const;
  std::vector<std::string> RelationSchemas() const;

  /// The table's state: a pin, else what the catalog has. Takes names in another case too.
  Result<catalog::LoadedTable> Load(const QualifiedName& name) const;

  catalog::Catalog& catalog;
  io::FileIO& io;
  Env& env;
  /// The manifests that queries planned with; a query's second plan and the next query find them.
  const std::unique_ptr<table::ManifestCache> manifests =
      std::make_unique<table::ManifestCache>(size_t{64} << 20);
  std::string warehouse;            ///< Within which procedures may delete files.
  bool in_call = false;             ///< A CALL is being bound: procedures are for nothing else.
  LakeCatalog* attached = nullptr;  ///< Set while DuckDB attaches the lake, for the engine's life.

 private:
  Result<catalog::LoadedTable> LoadIgnoringCase(const catalog::TableName& name) const;

  struct NamedRelation {
    QualifiedName name;
    Relation relation;
    bool listed = true;
  };
  mutable std::mutex mutex_;
  std::map<std::string, NamedRelation> relations_;
  std::map<std::string, Pin> pins_;
};

}  // namespace firn::sql
