// SPDX-License-Identifier: Apache-2.0
//
// Incremental SQL. Rows that came (files of the new snapshot the old one lacks) and rows that went
// (the reverse) are compared by the columns a model names, so a file that was merely rewritten
// changes nothing. From what differs, the header's `touches` queries tell which groups must be
// computed again: the old and the new group of a row that moved. The query then computes those
// groups whole from the inputs as they are now, so order and timing of arrival leave no trace.

#include "firn/pipeline/sql_model.h"

#include <algorithm>

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "firn/io/write_batch.h"
#include "firn/pipeline/batches.h"
#include "firn/sql/engine.h"
#include "firn/table/nested_field.h"
#include "firn/table/scan.h"

namespace firn::pipeline {
namespace {

using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

constexpr char kChanges[] = "changes";
constexpr char kTouched[] = "touched";
constexpr char kAdded[] = "firn_added";
constexpr char kRemoved[] = "firn_removed";

// Column names for SQL; a sort direction stays outside of the quotes.
std::string Columns(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    const size_t end = std::min(name.find(' '), name.size());
    text += (text.empty() ? "\"" : ", \"") + name.substr(0, end) + "\"" + name.substr(end);
  }
  return text;
}

std::vector<table::FileScanTask> TasksOf(const std::vector<table::ManifestEntry>& entries) {
  std::vector<table::FileScanTask> tasks;
  for (const table::ManifestEntry& entry : entries) {
    table::FileScanTask task;
    task.file = entry.file;
    task.sequence_number = entry.sequence_number.value_or(table::SequenceNumber(0));
    tasks.push_back(std::move(task));
  }
  return tasks;
}

// One run of one query.
class SqlModelRun {
 public:
  SqlModelRun(const RunContext& context, const Package& package, const Model& model,
              const ModelPlan& plan, Staging& staging)
      : context_(context),
        package_(package),
        model_(model),
        plan_(plan),
        staging_(staging),
        files_(context.files) {}

  ~SqlModelRun() {
    for (const char* name : {kTouched, kChanges, kAdded, kRemoved})
      context_.engine.Unregister(name);
    for (const std::string& name : model_.seeds)
      context_.engine.Unregister(name);
  }

  Result<SqlModelResult> Run() {
    FIRN_ASSIGN(target_, staging_.Find(model_.name));
    for (const std::string& name : model_.seeds)
      FIRN_TRY(RegisterSeed(*package_.FindSeed(name)));
    FIRN_TRY(Prepare());
    if (model_.kind == ModelKind::kMerge && !full() && result_.groups == 0) {
      return std::move(result_);
    }
    FIRN_TRY(OpenWriter());
    const Status written = WriteRows();
    if (!written) {
      writer_->Abort();
      return written.error();
    }
    return std::move(result_);
  }

 private:
  bool full() const { return plan_.action == ModelPlan::Action::kFull; }

  Status RegisterSeed(const Seed& seed);
  Status Prepare();
  Status DefineChanges(const ModelInput& input, const InputChange& change);
  Status DefineNetChanges(const std::string& columns, bool any_added, bool any_removed);
  Status CollectTouched();
  Status TouchedBy(const ModelInput& input, const InputChange& change, Batches& parts);
  Status OpenWriter();
  Status WriteRows();
  Status CheckColumns(const arrow::Schema& schema) const;
  Status RemovePartitions();

  const RunContext& context_;
  const Package& package_;
  const Model& model_;
  const ModelPlan& plan_;
  Staging& staging_;
  io::WriteBatch files_;
  std::shared_ptr<const table::TableMetadata> target_;
  Batches touched_;
  std::unique_ptr<MergeWriter> writer_;
  SqlModelResult result_;
};

Status SqlModelRun::RegisterSeed(const Seed& seed) {
  FIRN_ASSIGN(auto batch, MakeTextBatch(seed.columns, seed.rows));
  const auto schema = batch->schema();
  return context_.engine.RegisterBatches(seed.name, schema, {std::move(batch)});
}

Status SqlModelRun::Prepare() {
  if (model_.kind == ModelKind::kMerge) return CollectTouched();
  if (model_.kind != ModelKind::kAppend || model_.inputs.empty()) return Ok();
  return DefineChanges(model_.inputs.front(), plan_.inputs.front());
}

// Makes `changes` stand for the rows of an input that came or went.
Status SqlModelRun::DefineChanges(const ModelInput& input, const InputChange& change) {
  const std::string columns = input.columns.empty() ? "*" : Columns(input.columns);
  if (full() || !change.from_snapshot) {
    return context_.engine.DefineView(kChanges, "SELECT " + columns + " FROM " + input.table);
  }
  FIRN_ASSIGN(const auto source, staging_.Find(input.table));
  FIRN_ASSIGN(const auto files,
              table::PlanChanges(*source, table::SnapshotId(*change.from_snapshot),
                                 table::SnapshotId(*change.to_snapshot), context_.files));
  FIRN_TRY(context_.engine.RegisterFiles(kAdded, source, TasksOf(files.added)));
  FIRN_TRY(context_.engine.RegisterFiles(kRemoved, source, TasksOf(files.removed)));
  return DefineNetChanges(columns, !files.added.empty(), !files.removed.empty());
}

Status SqlModelRun::DefineNetChanges(const std::string& columns, bool any_added, bool any_removed) {
  const auto rows = [&](std::string_view of) {
    return "SELECT " + columns + " FROM " + std::string(of);
  };
  std::string select = rows(any_added ? kAdded : kRemoved);
  if (any_added && any_removed) {
    select = "(" + rows(kAdded) + " EXCEPT ALL " + rows(kRemoved) + ")";
    if (model_.kind != ModelKind::kAppend) {
      select += " UNION ALL (" + rows(kRemoved) + " EXCEPT ALL " + rows(kAdded) + ")";
    }
  }
  return context_.engine.DefineView(kChanges, select);
}

Status SqlModelRun::TouchedBy(const ModelInput& input, const InputChange& change, Batches& parts) {
  FIRN_TRY(DefineChanges(input, change));
  const std::string scope = Columns(model_.scope);
  auto stream = context_.engine.Query("SELECT DISTINCT " + scope + " FROM (" + input.touches + ")");
  if (!stream) {
    return std::move(stream).error().Within(model_.file + ":" + std::to_string(input.line) +
                                            ": touches of " + input.table);
  }
  FIRN_ASSIGN(auto batches, sql::ReadAll(**stream));
  for (auto& batch : batches) {
    parts.push_back(std::move(batch));
  }
  return Ok();
}

Status SqlModelRun::CollectTouched() {
  Batches parts;
  for (const ModelInput& input : model_.inputs) {
    if (input.touches.empty()) continue;
    const auto change = std::ranges::find(plan_.inputs, input.table, &InputChange::table);
    if (change == plan_.inputs.end() || !change->to_snapshot) continue;
    if (!full() && change->from_snapshot == change->to_snapshot) continue;
    FIRN_TRY(TouchedBy(input, *change, parts));
  }
  if (parts.empty()) return Ok();
  const auto schema = parts.front()->schema();
  FIRN_TRY(context_.engine.RegisterBatches(kTouched, schema, std::move(parts)));
  FIRN_ASSIGN(auto stream, context_.engine.Query("SELECT DISTINCT * FROM touched"));
  FIRN_ASSIGN(touched_, sql::ReadAll(*stream));
  for (const auto& batch : touched_)
    result_.groups += batch->num_rows();
  return context_.engine.RegisterBatches(kTouched, schema, touched_);
}

Status SqlModelRun::OpenWriter() {
  MergeTarget target;
  target.table_name = model_.name.substr(model_.name.rfind('.') + 1);
  target.metadata = target_;
  target.scope = model_.scope;
  if (model_.kind == ModelKind::kMerge || model_.kind == ModelKind::kReplace) {
    target.rule.keys = model_.keys;
    target.rule.refuse_duplicates = model_.sequence_by.empty();
    if (!model_.sequence_by.empty()) target.rule.precedence = {model_.sequence_by + " desc"};
  }
  FIRN_ASSIGN(writer_,
              MergeWriter::Open(std::move(target), files_, context_.env, context_.writing));
  return Ok();
}

Status SqlModelRun::CheckColumns(const arrow::Schema& schema) const {
  for (const ColumnSpec& column : model_.columns) {
    if (schema.GetFieldIndex(column.name) >= 0) continue;
    return InvalidArgument(model_.file + ": the query gives no column " + column.name);
  }
  for (const auto& field : schema.fields()) {
    if (target_->schema().FindByName(field->name()) != nullptr) continue;
    return InvalidArgument(model_.file +
                           ": the query gives a column that is not declared: " + field->name());
  }
  return Ok();
}

Status SqlModelRun::WriteRows() {
  const std::string order = model_.sort_by.empty() ? "" : " ORDER BY " + Columns(model_.sort_by);
  std::unique_ptr<sql::ResultStream> rows;
  if (model_.kind != ModelKind::kMerge || !touched_.empty()) {
    auto stream = context_.engine.Query("SELECT * FROM (" + model_.sql + ")" + order);
    if (!stream) return std::move(stream).error().Within(model_.file);
    rows = std::move(stream).value();
    FIRN_TRY(CheckColumns(*rows->schema()));
  }
  while (rows != nullptr) {
    FIRN_ASSIGN(const auto batch, rows->Next());
    if (batch == nullptr) break;
    FIRN_TRY(writer_->Write(batch));
  }
  const bool all = model_.kind == ModelKind::kReplace ||
                   (full() && model_.kind != ModelKind::kOverwritePartitions);
  if (all) {
    writer_->RemoveAll();
  } else if (model_.kind == ModelKind::kMerge) {
    for (const auto& batch : touched_)
      FIRN_TRY(writer_->RemoveGroups(*batch));
  }
  FIRN_ASSIGN(result_.change, writer_->Finish());
  FIRN_TRY(files_.Flush());
  if (model_.kind == ModelKind::kOverwritePartitions) FIRN_TRY(RemovePartitions());
  return Ok();
}

// The partitions that got rows lose the files they had.
Status SqlModelRun::RemovePartitions() {
  FIRN_ASSIGN(const auto plan, table::PlanScan(*target_, {}, context_.files));
  for (const table::FileScanTask& task : plan.tasks) {
    const bool hit =
        full() || std::ranges::any_of(result_.change.new_rows, [&](const table::DataFile& file) {
          return file.spec_id == task.file.spec_id && file.partition == task.file.partition;
        });
    if (!hit) continue;
    result_.change.removed_paths.push_back(task.file.file_path);
    result_.change.rows_removed += task.file.record_count;
  }
  return Ok();
}

}  // namespace

Result<SqlModelResult> RunSqlModel(const RunContext& context, const Package& package,
                                   const Model& model, const ModelPlan& plan, Staging& staging) {
  return SqlModelRun(context, package, model, plan, staging).Run();
}

}  // namespace firn::pipeline
