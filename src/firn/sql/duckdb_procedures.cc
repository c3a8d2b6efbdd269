// SPDX-License-Identifier: Apache-2.0
//
// A procedure is a table function to DuckDB: binding looks at the arguments, executing does the
// work. What is done, and the names of arguments and answers, are Iceberg's Spark procedures'; each
// is one entry of the table at the end. Arguments after the table go by place or by name.

#include "firn/sql/duckdb_procedures.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "duckdb/main/extension/extension_loader.hpp"
#include "firn/catalog/commit.h"
#include "firn/maintain/clean_table.h"
#include "firn/maintain/compact_table.h"
#include "firn/sql/duckdb_wall.h"
#include "firn/table/cherry_pick.h"
#include "firn/table/ref_operations.h"
#include "firn/table/rewrite_manifests.h"

namespace firn::sql {
namespace {

using duckdb::LogicalType;
using duckdb::Value;
using Row = std::vector<Value>;
using Column = std::pair<std::string, LogicalType>;

// One call, its table loaded.
struct Call {
  Lake& lake;
  catalog::LoadedTable table;
  std::map<std::string, Value> arguments;  // By name; what was not given, or as NULL, is absent.

  const Value* Find(const std::string& name) const {
    const auto found = arguments.find(name);
    return found == arguments.end() ? nullptr : &found->second;
  }
  std::string Text(const std::string& name) const { return Find(name)->GetValue<std::string>(); }
  int64_t Number(const std::string& name) const { return Find(name)->GetValue<int64_t>(); }
  std::optional<TimeMs> Time(const std::string& name) const {
    const Value* value = Find(name);
    if (value == nullptr) return std::nullopt;
    const int64_t micros = value->GetValue<duckdb::timestamp_tz_t>().value;
    return TimeMs{FloorDiv(micros, 1000)};
  }

  maintain::MaintainContext Context() const {
    return {lake.catalog, lake.io, lake.env, lake.warehouse};
  }
  Result<catalog::LoadedTable> Commit(std::unique_ptr<table::Operation> operation) const {
    return catalog::CommitOperation(lake.catalog, lake.io, lake.env, table.name,
                                    std::move(operation));
  }
};

struct Parameter {
  std::string name;
  LogicalType type;
  bool required = false;
};

struct Procedure {
  std::string name;
  std::vector<Parameter> parameters;  // After the table.
  std::vector<Column> columns;
  Result<std::vector<Row>> (*run)(const Call& call) = nullptr;
};

Value IdOf(const std::optional<table::SnapshotId>& id) {
  return id ? Value::BIGINT(id->value) : Value(LogicalType::BIGINT);
}

// --- where main is

Result<std::vector<Row>> MoveMain(const Call& call, std::unique_ptr<table::Operation> operation) {
  FIRN_ASSIGN(const auto moved, call.Commit(std::move(operation)));
  return std::vector<Row>{
      {IdOf(call.table.metadata->current_snapshot_id), IdOf(moved.metadata->current_snapshot_id)}};
}

Result<std::vector<Row>> RollbackToSnapshot(const Call& call) {
  return MoveMain(call, table::RollbackTo(table::SnapshotId(call.Number("snapshot_id"))));
}

Result<std::vector<Row>> RollbackToTimestamp(const Call& call) {
  return MoveMain(call, table::RollbackToTime(*call.Time("timestamp")));
}

Result<std::vector<Row>> SetCurrentSnapshot(const Call& call) {
  const bool by_id = call.Find("snapshot_id") != nullptr;
  if (by_id == (call.Find("ref") != nullptr)) {
    return InvalidArgument("set_current_snapshot takes snapshot_id or ref, one of them");
  }
  if (by_id) {
    return MoveMain(call, table::SetCurrentSnapshot(table::SnapshotId(call.Number("snapshot_id"))));
  }
  const table::Ref* ref = call.table.metadata->FindRef(call.Text("ref"));
  if (ref == nullptr) return NotFound("no such branch or tag", call.Text("ref"));
  return MoveMain(call, table::SetCurrentSnapshot(ref->snapshot_id));
}

Result<std::vector<Row>> CherrypickSnapshot(const Call& call) {
  const table::SnapshotId staged(call.Number("snapshot_id"));
  FIRN_ASSIGN(const auto picked, call.Commit(table::CherryPick(staged)));
  return std::vector<Row>{{IdOf(staged), IdOf(picked.metadata->current_snapshot_id)}};
}

Result<std::vector<Row>> FastForward(const Call& call) {
  const std::string branch = call.Text("branch");
  const table::Ref* before = call.table.metadata->FindRef(branch);
  FIRN_ASSIGN(const auto moved, call.Commit(table::FastForward(branch, call.Text("to"))));
  const table::Ref* after = moved.metadata->FindRef(branch);
  const auto id = [](const table::Ref* ref) {
    return IdOf(ref == nullptr ? std::nullopt : std::optional(ref->snapshot_id));
  };
  return std::vector<Row>{{Value(branch), id(before), id(after)}};
}

// --- files

int64_t CountOf(maintain::FileKind kind, const std::vector<maintain::UnneededFile>& files) {
  return std::count_if(files.begin(), files.end(),
                       [kind](const maintain::UnneededFile& file) { return file.kind == kind; });
}

Status CheckAllDeleted(const maintain::Deletion& deletion) {
  if (deletion.failures.empty()) return Ok();
  return Io("some files could not be deleted", deletion.failures.size(), deletion.failures.front())
      .WithHint("they are left to remove_orphan_files");
}

Result<std::vector<Row>> ExpireSnapshots(const Call& call) {
  maintain::ExpiryRequest request;
  request.older_than = call.Time("older_than");
  if (call.Find("retain_last") != nullptr) request.retain_last = call.Number("retain_last");
  FIRN_ASSIGN(const auto done,
              maintain::ExpireTable(call.Context(), call.table.name, request, false));
  FIRN_TRY(CheckAllDeleted(done.deletion));
  Row row;
  for (const auto kind : {maintain::FileKind::kContent, maintain::FileKind::kManifest,
                          maintain::FileKind::kManifestList, maintain::FileKind::kStatistics}) {
    row.push_back(Value::BIGINT(CountOf(kind, done.cleanup.files)));
  }
  return std::vector<Row>{std::move(row)};
}

Result<std::vector<Row>> RemoveOrphanFiles(const Call& call) {
  const Value* dry_run = call.Find("dry_run");
  FIRN_ASSIGN(const auto done,
              maintain::RemoveOrphans(call.Context(), call.table.name, call.Time("older_than"),
                                      dry_run != nullptr && dry_run->GetValue<bool>()));
  FIRN_TRY(CheckAllDeleted(done.deletion));
  std::vector<Row> rows;
  for (const maintain::UnneededFile& file : done.orphans.files) {
    rows.push_back({Value(file.location)});
  }
  return rows;
}

Result<std::vector<Row>> RewriteManifests(const Call& call) {
  FIRN_ASSIGN(const auto done, call.Commit(table::RewriteManifests()));
  const auto& summary = done.metadata->current_snapshot()->summary;
  const auto count = [&summary](const char* key) {
    const auto found = summary.find(key);
    return Value(found == summary.end() ? "0" : found->second).DefaultCastAs(LogicalType::INTEGER);
  };
  return std::vector<Row>{{count("manifests-replaced"), count("manifests-created")}};
}

Status SetLimit(const std::string& key, const std::string& text,
                maintain::CompactionLimits& limits) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1) {
    return InvalidArgument("option " + key + " is not a positive number", text);
  }
  if (key == "target-file-size-bytes") {
    limits.target_file_bytes = number;
  } else if (key == "min-input-files") {
    limits.min_input_files = number;
  } else if (key == "max-file-group-size-bytes") {
    limits.max_group_bytes = number;
  } else if (key == "delete-file-threshold") {
    limits.delete_files = number;
  } else {
    return InvalidArgument("rewrite_data_files has no such option", key)
        .WithHint(
            "there are target-file-size-bytes, min-input-files, max-file-group-size-bytes and "
            "delete-file-threshold");
  }
  return Ok();
}

Result<std::vector<Row>> RewriteDataFiles(const Call& call) {
  if (call.Find("strategy") != nullptr && call.Text("strategy") != "binpack") {
    return Unsupported("rewrite_data_files has no such strategy", call.Text("strategy"))
        .WithHint("'binpack' is the one there is");
  }
  FIRN_ASSIGN(auto limits, maintain::CompactionLimitsOf(*call.table.metadata));
  if (const Value* options = call.Find("options")) {
    for (const Value& entry : duckdb::MapValue::GetChildren(*options)) {
      const auto& pair = duckdb::StructValue::GetChildren(entry);
      FIRN_TRY(SetLimit(pair[0].ToString(), pair[1].ToString(), limits));
    }
  }
  FIRN_ASSIGN(const auto done,
              maintain::CompactTable(call.Context(), call.table.name, limits, false));
  return std::vector<Row>{{Value::BIGINT(done.files_rewritten), Value::BIGINT(done.files_added),
                           Value::BIGINT(done.bytes_rewritten)}};
}

const std::vector<Procedure>& Procedures() {
  static const std::vector<Column> kMoved = {{"previous_snapshot_id", LogicalType::BIGINT},
                                             {"current_snapshot_id", LogicalType::BIGINT}};
  static const std::vector<Procedure> kProcedures = {
      {"rollback_to_snapshot",
       {{"snapshot_id", LogicalType::BIGINT, true}},
       kMoved,
       RollbackToSnapshot},
      {"rollback_to_timestamp",
       {{"timestamp", LogicalType::TIMESTAMP_TZ, true}},
       kMoved,
       RollbackToTimestamp},
      {"set_current_snapshot",
       {{"snapshot_id", LogicalType::BIGINT}, {"ref", LogicalType::VARCHAR}},
       kMoved,
       SetCurrentSnapshot},
      {"cherrypick_snapshot",
       {{"snapshot_id", LogicalType::BIGINT, true}},
       {{"source_snapshot_id", LogicalType::BIGINT}, {"current_snapshot_id", LogicalType::BIGINT}},
       CherrypickSnapshot},
      {"fast_forward",
       {{"branch", LogicalType::VARCHAR, true}, {"to", LogicalType::VARCHAR, true}},
       {{"branch_updated", LogicalType::VARCHAR},
        {"previous_ref", LogicalType::BIGINT},
        {"updated_ref", LogicalType::BIGINT}},
       FastForward},
      {"expire_snapshots",
       {{"older_than", LogicalType::TIMESTAMP_TZ}, {"retain_last", LogicalType::BIGINT}},
       {{"deleted_data_files_count", LogicalType::BIGINT},
        {"deleted_manifest_files_count", LogicalType::BIGINT},
        {"deleted_manifest_lists_count", LogicalType::BIGINT},
        {"deleted_statistics_files_count", LogicalType::BIGINT}},
       ExpireSnapshots},
      {"remove_orphan_files",
       {{"older_than", LogicalType::TIMESTAMP_TZ}, {"dry_run", LogicalType::BOOLEAN}},
       {{"orphan_file_location", LogicalType::VARCHAR}},
       RemoveOrphanFiles},
      {"rewrite_manifests",
       {},
       {{"rewritten_manifests_count", LogicalType::INTEGER},
        {"added_manifests_count", LogicalType::INTEGER}},
       RewriteManifests},
      {"rewrite_data_files",
       {{"strategy", LogicalType::VARCHAR},
        {"options", LogicalType::MAP(LogicalType::VARCHAR, LogicalType::VARCHAR)}},
       {{"rewritten_data_files_count", LogicalType::BIGINT},
        {"added_data_files_count", LogicalType::BIGINT},
        {"rewritten_bytes_count", LogicalType::BIGINT}},
       RewriteDataFiles},
  };
  return kProcedures;
}

// --- DuckDB's side

struct ProcedureInfo : public duckdb::TableFunctionInfo {
  std::shared_ptr<Lake> lake;
  const Procedure* procedure = nullptr;
};

struct CallData : public duckdb::TableFunctionData {
  std::shared_ptr<Lake> lake;
  const Procedure* procedure = nullptr;
  std::string table;
  std::map<std::string, Value> arguments;
};

struct CallState : public duckdb::GlobalTableFunctionState {
  std::vector<Row> rows;
  size_t next = 0;
};

// The arguments after the table, by name.
Result<std::map<std::string, Value>> ArgumentsOf(duckdb::ClientContext& context,
                                                 const Procedure& procedure,
                                                 const duckdb::TableFunctionBindInput& input) {
  if (input.inputs.size() > procedure.parameters.size() + 1) {
    return InvalidArgument("too many arguments for " + procedure.name, input.inputs.size());
  }
  std::map<std::string, Value> arguments;
  for (size_t at = 0; at < procedure.parameters.size(); ++at) {
    const Parameter& parameter = procedure.parameters[at];
    const auto named = input.named_parameters.find(parameter.name);
    const bool by_place = at + 1 < input.inputs.size();
    if (by_place && named != input.named_parameters.end()) {
      return InvalidArgument(procedure.name + " got an argument twice", parameter.name);
    }
    Value value;
    if (by_place) value = input.inputs[at + 1];
    if (named != input.named_parameters.end()) value = named->second;
    if (!value.IsNull()) {
      arguments[parameter.name] = value.CastAs(context, parameter.type);
    } else if (parameter.required) {
      return InvalidArgument(procedure.name + " needs the argument", parameter.name);
    }
  }
  return arguments;
}

duckdb::unique_ptr<duckdb::FunctionData> BindCall(duckdb::ClientContext& context,
                                                  duckdb::TableFunctionBindInput& input,
                                                  duckdb::vector<LogicalType>& types,
                                                  duckdb::vector<std::string>& names) {
  const auto& info = input.info->Cast<ProcedureInfo>();
  if (!info.lake->in_call) {
    ThrowInDuckDb(Unsupported("a procedure is no part of a query", info.procedure->name)
                      .WithHint("CALL " + info.procedure->name + "('namespace.table', ...)"));
  }
  for (const auto& [name, type] : info.procedure->columns) {
    names.push_back(name);
    types.push_back(type);
  }
  auto data = duckdb::make_uniq<CallData>();
  data->lake = info.lake;
  data->procedure = info.procedure;
  if (input.inputs[0].IsNull()) ThrowInDuckDb(InvalidArgument("the table is NULL"));
  data->table = duckdb::StringValue::Get(input.inputs[0]);
  data->arguments = OrThrow(ArgumentsOf(context, *info.procedure, input));
  return data;
}

Result<std::vector<Row>> Execute(const CallData& data) {
  FIRN_ASSIGN(auto table, data.lake->Load(QualifiedName::Parse(data.table)));
  return data.procedure->run({*data.lake, std::move(table), data.arguments});
}

duckdb::unique_ptr<duckdb::GlobalTableFunctionState> BeginCall(
    duckdb::ClientContext& context, duckdb::TableFunctionInitInput& input) {
  static_cast<void>(context);
  auto state = duckdb::make_uniq<CallState>();
  state->rows = OrThrow(Execute(input.bind_data->Cast<CallData>()));
  return state;
}

void EmitRows(duckdb::ClientContext& context, duckdb::TableFunctionInput& input,
              duckdb::DataChunk& output) {
  static_cast<void>(context);
  auto& state = input.global_state->Cast<CallState>();
  duckdb::idx_t count = 0;
  for (; count < STANDARD_VECTOR_SIZE && state.next < state.rows.size(); ++count) {
    const Row& row = state.rows[state.next++];
    for (size_t column = 0; column < row.size(); ++column) {
      output.SetValue(column, count, row[column]);
    }
  }
  output.SetCardinality(count);
}

}  // namespace

void RegisterProcedures(duckdb::DuckDB& database, const std::shared_ptr<Lake>& lake) {
  duckdb::ExtensionLoader loader(*database.instance, kLakeName);
  for (const Procedure& procedure : Procedures()) {
    auto info = duckdb::make_shared_ptr<ProcedureInfo>();
    info->lake = lake;
    info->procedure = &procedure;
    duckdb::TableFunction function(procedure.name, {LogicalType::VARCHAR}, EmitRows, BindCall,
                                   BeginCall);
    function.varargs = LogicalType::ANY;
    for (const Parameter& parameter : procedure.parameters) {
      function.named_parameters[parameter.name] = parameter.type;
    }
    function.function_info = std::move(info);
    loader.RegisterFunction(function);
  }
}

}  // namespace firn::sql
