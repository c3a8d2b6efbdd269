// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/engine.h"

#include <atomic>
#include <filesystem>
#include <mutex>
#include <utility>

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "duckdb.hpp"
#include "duckdb/parser/parsed_data/create_macro_info.hpp"
#include "duckdb/parser/parsed_data/create_view_info.hpp"
#include "duckdb/parser/parser.hpp"
#include "duckdb/parser/statement/create_statement.hpp"
#include "firn/catalog/catalog.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/sql/duckdb_catalog.h"
#include "firn/sql/duckdb_dialect.h"
#include "firn/sql/duckdb_file_system.h"
#include "firn/sql/duckdb_iceberg_scan.h"
#include "firn/sql/duckdb_lake.h"
#include "firn/sql/duckdb_local_time.h"
#include "firn/sql/duckdb_procedures.h"
#include "firn/sql/duckdb_result.h"
#include "firn/sql/duckdb_table_changes.h"
#include "firn/sql/duckdb_text_chunks.h"
#include "firn/sql/duckdb_vector_function.h"
#include "firn/sql/duckdb_wall.h"

namespace firn::sql {
namespace {

using duckdb::Value;

// Of the headers this was compiled with: the C++ interface of another version differs silently.
constexpr std::string_view kHeaderVersion = "v1.5.5";

// Nothing is fetched from anywhere, and no file is cached: the system does that better.
void Configure(duckdb::DBConfig& config, const EngineOptions& options) {
  config.SetOptionByName("threads", Value::INTEGER(options.threads));
  config.SetOptionByName("memory_limit", Value(std::to_string(options.memory_bytes) + "B"));
  config.SetOptionByName("temp_directory", Value(options.temp_directory));
  config.SetOptionByName("autoinstall_known_extensions", Value::BOOLEAN(false));
  config.SetOptionByName("autoload_known_extensions", Value::BOOLEAN(false));
  config.SetOptionByName("allow_community_extensions", Value::BOOLEAN(false));
  config.SetOptionByName("enable_external_file_cache", Value::BOOLEAN(false));
  // It tells scans apart by what they serialize. Ours serialize nothing, so scans of two tables (or
  // two snapshots of one) with equal columns would be taken for one, and one of them read twice.
  config.SetOptionByName("disabled_optimizers", Value("common_subplan"));
}

// Spills hold people's words: the folder is private.
void MakePrivateFolder(const std::string& path) {
  if (path.empty()) return;
  std::error_code ignored;  // A spill that finds no folder says so itself.
  std::filesystem::create_directories(path, ignored);
  std::filesystem::permissions(path, std::filesystem::perms::owner_all, ignored);
}

Status Run(duckdb::Connection& connection, const std::string& sql) {
  const auto result = connection.Query(sql);
  if (result->HasError()) return FromDuckDb(result->GetErrorObject());
  return Ok();
}

Status CheckAllowed(const duckdb::SQLStatement& statement) {
  if (statement.type != duckdb::StatementType::LOAD_STATEMENT) return Ok();
  return Forbidden("extensions are not loaded: Firn runs with what is built in");
}

bool IsCall(const duckdb::SQLStatement& statement) {
  return statement.type == duckdb::StatementType::CALL_STATEMENT;
}

std::string SchemaOf(const duckdb::CreateInfo& info) {
  return info.schema.empty() ? kDefaultSchema : info.schema;
}

}  // namespace

class Engine::State {
 public:
  State(catalog::Catalog& catalog, io::FileIO& io, Env& env, EngineOptions options)
      : lake_(std::make_shared<Lake>(catalog, io, env)), options_(std::move(options)) {
    lake_->warehouse = options_.warehouse;
  }

  Status Open() {
    return Guard("", [this]() -> Status {
      duckdb::DBConfig config;
      Configure(config, options_);
      RegisterLakeStorage(config, lake_);
      RegisterMetadataNames(config);
      MakePrivateFolder(options_.temp_directory);
      database_ = std::make_unique<duckdb::DuckDB>(nullptr, &config);
      if (std::string_view(duckdb::DuckDB::LibraryVersion()) != kHeaderVersion) {
        return Internal("DuckDB's library is not the one built for",
                        duckdb::DuckDB::LibraryVersion());
      }
      database_->GetFileSystem().RegisterSubSystem(duckdb::make_uniq<LakeFileSystem>(lake_->io));
      RegisterIcebergScan(*database_, lake_);
      RegisterTableChanges(*database_, lake_);
      RegisterLocalTime(*database_);
      RegisterTextChunks(*database_);
      if (!options_.warehouse.empty()) RegisterProcedures(*database_, lake_);
      duckdb::Connection first(*database_);
      FIRN_TRY(Run(first, std::string("ATTACH '' AS ") + kLakeName + " (TYPE " + kLakeName + ")"));
      FIRN_ASSIGN(session_, Connect());
      return Ok();
    });
  }

  Result<std::unique_ptr<ResultStream>> Query(const std::string& sql) {
    return Guard(sql, [&]() -> Result<std::unique_ptr<ResultStream>> {
      FIRN_ASSIGN(auto connection, IdleConnection());
      auto lease = std::make_shared<int>(0);
      if (connection == session_) session_lease_ = lease;
      Running(connection);
      auto statements = connection->ExtractStatements(RewriteTimeTravel(sql));
      if (statements.empty()) return InvalidArgument("no statement in the query");
      for (const auto& statement : statements)
        FIRN_TRY(CheckAllowed(*statement));
      for (size_t i = 0; i + 1 < statements.size(); ++i) {
        lake_->in_call = IsCall(*statements[i]);
        const auto result = connection->Query(std::move(statements[i]));
        if (result->HasError()) return FromDuckDb(result->GetErrorObject());
      }
      lake_->in_call = IsCall(*statements.back());
      auto result = connection->SendQuery(std::move(statements.back()));
      return MakeResultStream(std::move(connection), std::move(result), sql, std::move(lease));
    });
  }

  Status Define(const std::string& sql) {
    return Guard(sql, [&]() -> Status {
      duckdb::Parser parser;
      parser.ParseQuery(sql);
      for (const auto& statement : parser.statements)
        FIRN_TRY(DefineOne(*statement));
      return Ok();
    });
  }

  Status DefineView(const QualifiedName& name, const std::string& select) {
    return Guard(select, [&]() -> Status {
      duckdb::CreateViewInfo info(kLakeName, name.schema, name.name);
      info.query = duckdb::CreateViewInfo::ParseSelect(select);
      info.sql = "CREATE VIEW " + name.name + " AS " + select;
      Catalog().SchemaFor(name.schema).DefineView(info);
      return Ok();
    });
  }

  Status DefineVectorFunction(const std::string& name, TextVectors function) {
    return Guard("", [&]() -> Status {
      RegisterVectorFunction(*database_, name, std::move(function));
      return Ok();
    });
  }

  void Unregister(const QualifiedName& name) {
    lake_->DropRelation(name);
    Guard("", [&]() -> Status {
      Catalog().SchemaFor(name.schema).Undefine(name.name);
      return Ok();
    }).Ignore("a name nobody defined is no error");
  }

  void Interrupt() {
    const std::lock_guard lock(running_mutex_);
    if (const auto running = running_.lock()) running->Interrupt();
  }

  Lake& lake() { return *lake_; }

 private:
  Result<std::shared_ptr<duckdb::Connection>> Connect() {
    auto connection = std::make_shared<duckdb::Connection>(*database_);
    FIRN_TRY(Run(*connection, std::string("USE ") + kLakeName));
    FIRN_TRY(Run(*connection, "SET TimeZone = " + Value(options_.timezone).ToSQLString()));
    return connection;
  }

  // The session's connection, which has its temporary tables and settings; while a stream still
  // reads from that, another one.
  Result<std::shared_ptr<duckdb::Connection>> IdleConnection() {
    if (session_lease_.expired()) return session_;
    return Connect();
  }

  void Running(const std::shared_ptr<duckdb::Connection>& connection) {
    const std::lock_guard lock(running_mutex_);
    running_ = connection;
  }

  LakeCatalog& Catalog() { return *lake_->attached; }

  Status DefineOne(duckdb::SQLStatement& statement) {
    if (statement.type == duckdb::StatementType::CREATE_STATEMENT) {
      auto& info = *statement.Cast<duckdb::CreateStatement>().info;
      LakeSchema& schema = Catalog().SchemaFor(SchemaOf(info));
      switch (info.type) {
        case duckdb::CatalogType::VIEW_ENTRY:
          schema.DefineView(info.Cast<duckdb::CreateViewInfo>());
          return Ok();
        case duckdb::CatalogType::MACRO_ENTRY:
        case duckdb::CatalogType::TABLE_MACRO_ENTRY:
          schema.DefineMacro(info.Cast<duckdb::CreateMacroInfo>());
          return Ok();
        default:
          break;
      }
    }
    return InvalidArgument("only CREATE VIEW and CREATE MACRO define names", statement.query);
  }

  std::shared_ptr<Lake> lake_;
  EngineOptions options_;
  std::unique_ptr<duckdb::DuckDB> database_;
  std::shared_ptr<duckdb::Connection> session_;
  std::weak_ptr<void> session_lease_;
  std::mutex running_mutex_;
  std::weak_ptr<duckdb::Connection> running_;
};

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::Open(catalog::Catalog& catalog, io::FileIO& io, Env& env,
                                             EngineOptions options) {
  auto state = std::make_unique<State>(catalog, io, env, std::move(options));
  FIRN_TRY(state->Open());
  return std::unique_ptr<Engine>(new Engine(std::move(state)));
}

Result<std::unique_ptr<ResultStream>> Engine::Query(std::string_view sql) {
  return state_->Query(std::string(sql));
}

Status Engine::Execute(std::string_view sql) {
  FIRN_ASSIGN(const auto stream, Query(sql));
  while (true) {
    FIRN_ASSIGN(const auto batch, stream->Next());
    if (batch == nullptr) return Ok();
  }
}

Status Engine::Define(std::string_view sql) {
  return state_->Define(std::string(sql));
}

Status Engine::DefineView(std::string_view name, std::string_view select) {
  return state_->DefineView(QualifiedName::Parse(name), std::string(select));
}

Status Engine::DefineVectorFunction(std::string_view name, TextVectors function) {
  return state_->DefineVectorFunction(std::string(name), std::move(function));
}

void Engine::PinTable(const catalog::TableName& name,
                      std::shared_ptr<const table::TableMetadata> metadata,
                      std::optional<table::SnapshotId> snapshot) {
  state_->lake().SetPin(QualifiedName::Parse(name.ToString()), {std::move(metadata), snapshot});
}

void Engine::UnpinTable(const catalog::TableName& name) {
  state_->lake().DropPin(QualifiedName::Parse(name.ToString()));
}

Status Engine::RegisterFiles(std::string_view name,
                             std::shared_ptr<const table::TableMetadata> metadata,
                             std::vector<table::FileScanTask> files) {
  auto source = std::make_shared<ScanSource>();
  source->name = name;
  source->schema = metadata->schema();
  source->metadata = std::move(metadata);
  source->files = std::move(files);
  source->io = &state_->lake().io;
  state_->lake().SetRelation(QualifiedName::Parse(name),
                             std::shared_ptr<const ScanSource>(std::move(source)));
  return Ok();
}

Status Engine::RegisterBatches(std::string_view name, std::shared_ptr<arrow::Schema> schema,
                               std::vector<std::shared_ptr<arrow::RecordBatch>> batches) {
  const auto open = [schema, batches = std::move(
                                 batches)]() -> Result<std::shared_ptr<arrow::RecordBatchReader>> {
    return datafile::FromArrow(arrow::RecordBatchReader::Make(batches, schema));
  };
  return RegisterReader(name, schema, open);
}

Status Engine::RegisterReader(std::string_view name, std::shared_ptr<arrow::Schema> schema,
                              ReaderFactory open) {
  if (schema->num_fields() == 0) return InvalidArgument("a relation needs a column", name);
  auto source = std::make_shared<RowsSource>(RowsSource{std::move(schema), std::move(open), {}});
  state_->lake().SetRelation(QualifiedName::Parse(name),
                             std::shared_ptr<const RowsSource>(std::move(source)));
  return Ok();
}

void Engine::Unregister(std::string_view name) {
  state_->Unregister(QualifiedName::Parse(name));
}

void Engine::Interrupt() {
  state_->Interrupt();
}

Result<std::vector<std::shared_ptr<arrow::RecordBatch>>> ReadAll(ResultStream& stream) {
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  while (true) {
    FIRN_ASSIGN(auto batch, stream.Next());
    if (batch == nullptr) return batches;
    batches.push_back(std::move(batch));
  }
}

std::string EngineVersion() {
  return duckdb::DuckDB::LibraryVersion();
}

}  // namespace firn::sql
