// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/env.h"
#include "firn/base/result.h"
#include "firn/table/ids.h"

namespace arrow {
class RecordBatch;
class RecordBatchReader;
class Schema;
}  // namespace arrow

namespace firn::catalog {
class Catalog;
struct TableName;
}  // namespace firn::catalog
namespace firn::io {
class FileIO;
}
namespace firn::table {
struct FileScanTask;
struct TableMetadata;
}  // namespace firn::table

namespace firn::sql {

/// Limits and surroundings of one engine.
struct EngineOptions {
  int threads = 2;
  int64_t memory_bytes = int64_t{1} << 30;  ///< Above it, joins, sorts and aggregates spill.
  std::string temp_directory;               ///< Local folder for spills; empty: nothing spills.
  std::string timezone = "UTC";             ///< IANA name: how timestamptz reads and prints.
  /// The location within which CALL may delete files. Empty: there are no procedures to call.
  std::string warehouse;
};

/// The rows of one query, in batches, made as they are asked for. Outlives no engine.
class ResultStream {
 public:
  virtual ~ResultStream() = default;

  /// Column names and types as the query gives them; timestamptz is timestamp[us, UTC].
  virtual const std::shared_ptr<arrow::Schema>& schema() const = 0;
  /// Returns the next batch, or nullptr after the last.
  /// Errors: what execution meets; the stream is over then.
  virtual Result<std::shared_ptr<arrow::RecordBatch>> Next() = 0;
};

/// Reads `stream` to its end. For results known to be small.
Result<std::vector<std::shared_ptr<arrow::RecordBatch>>> ReadAll(ResultStream& stream);

/// Vectors of texts, in their order; an empty one is a null. Called on several threads at once.
using TextVectors =
    std::function<Result<std::vector<std::vector<float>>>(const std::vector<std::string_view>&)>;

/// Opens a relation's rows anew for each query that reads it.
using ReaderFactory = std::function<Result<std::shared_ptr<arrow::RecordBatchReader>>()>;

/// SQL over the tables of one lake. Every table is visible as `namespace.table`, each query sees
/// one state of each table, none is written (views are): DuckDB plans and runs, Firn says which
/// files.
/// What changes a table is CALL, a statement of its own, with Iceberg's procedures.
///
/// One query at a time per engine may start; streams of earlier queries stay readable meanwhile.
class Engine {
 public:
  /// `catalog`, `io` and `env` must outlive the engine. Opens no table yet.
  static Result<std::unique_ptr<Engine>> Open(catalog::Catalog& catalog, io::FileIO& io, Env& env,
                                              EngineOptions options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Runs the statements of `sql` and streams the rows of the last.
  /// Errors: `kInvalidArgument` for SQL that does not parse or bind, with the place in it;
  /// `kNotFound` for names that do not exist; `kUnsupported` for writes.
  Result<std::unique_ptr<ResultStream>> Query(std::string_view sql);

  /// Runs the statements of `sql` and drops their rows.
  Status Execute(std::string_view sql);

  /// Makes the `CREATE [OR REPLACE] VIEW | MACRO` statements of `sql` known to this engine.
  /// Unqualified names go to the default schema, where queries find them unqualified.
  Status Define(std::string_view sql);

  /// Makes `name` ("daily" or "silver.documents") stand for the rows of `select`.
  Status DefineView(std::string_view name, std::string_view select);

  /// Makes `name(VARCHAR) -> FLOAT[]` known to this engine's queries, once. A query calls it with
  /// many texts at a time.
  Status DefineVectorFunction(std::string_view name, TextVectors function);

  /// From now on queries read table `name` as of `snapshot` of `metadata`, which need not be what
  /// the catalog holds: staged snapshots are read so. No snapshot reads as an empty table.
  void PinTable(const catalog::TableName& name,
                std::shared_ptr<const table::TableMetadata> metadata,
                std::optional<table::SnapshotId> snapshot);
  void UnpinTable(const catalog::TableName& name);

  /// Makes `name` stand for the rows of exactly these files of a table, deletes applied, with the
  /// table's current schema and the virtual columns `filename` and `file_row_number`.
  /// Replaces an earlier relation of that name.
  Status RegisterFiles(std::string_view name, std::shared_ptr<const table::TableMetadata> metadata,
                       std::vector<table::FileScanTask> files);

  /// Makes `name` stand for rows in memory.
  Status RegisterBatches(std::string_view name, std::shared_ptr<arrow::Schema> schema,
                         std::vector<std::shared_ptr<arrow::RecordBatch>> batches);

  /// Makes `name` stand for the rows that `open` reads; it is called once per scan.
  Status RegisterReader(std::string_view name, std::shared_ptr<arrow::Schema> schema,
                        ReaderFactory open);

  /// Forgets a registered relation or view; unknown names are no error.
  void Unregister(std::string_view name);

  /// Stops the running query, from any thread; it ends with `kCancelled`.
  void Interrupt();

 private:
  class State;
  explicit Engine(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

/// The version of the SQL engine inside: "v1.5.5".
std::string EngineVersion();

}  // namespace firn::sql
