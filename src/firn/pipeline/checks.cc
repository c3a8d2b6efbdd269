// SPDX-License-Identifier: Apache-2.0

#include "firn/pipeline/checks.h"

#include <algorithm>

#include <arrow/array.h>
#include <arrow/record_batch.h>

#include "firn/io/file_io.h"
#include "firn/pipeline/sql_text.h"
#include "firn/sql/engine.h"
#include "firn/table/nested_field.h"
#include "firn/table/scan.h"

namespace firn::pipeline {
namespace {

constexpr char kNewRows[] = "firn_new_rows";

Status RegisterNewRows(const RunContext& context,
                       const std::shared_ptr<const table::TableMetadata>& metadata,
                       const MergeResult& change) {
  std::vector<table::FileScanTask> tasks;
  for (const table::DataFile& file : change.new_rows) {
    table::FileScanTask task;
    task.file = file;
    tasks.push_back(std::move(task));
  }
  return context.engine.RegisterFiles(kNewRows, metadata, std::move(tasks));
}

// The whole numbers of a result's one row.
Result<std::vector<int64_t>> QueryNumbers(const RunContext& context, const std::string& sql) {
  FIRN_ASSIGN(auto stream, context.engine.Query(sql));
  FIRN_ASSIGN(const auto batches, sql::ReadAll(*stream));
  std::vector<int64_t> numbers;
  if (batches.empty() || batches[0]->num_rows() != 1) return Internal("a check gave no row");
  for (const auto& column : batches[0]->columns()) {
    numbers.push_back(KeyValueAt(*column, 0).number);
  }
  return numbers;
}

std::string ShowingSql(const Model& model, const Check& check) {
  const std::string from =
      " FROM " + model.name + " AT (VERSION => " + Literal(kFailedRunBranch) + ") ";
  if (check.rule != Check::Rule::kUnique) return "SELECT *" + from + "WHERE " + ViolationSql(check);
  const std::string columns = QuotedNames(check.columns);
  return "SELECT " + columns + ", count(*)" + from + "GROUP BY " + columns + " HAVING count(*) > 1";
}

CheckOutcome OutcomeOf(const Model& model, const Check& check, int64_t rows, int64_t violations) {
  return {model.name, check.name, check.on_violation,      rows,
          violations, 0,          ShowingSql(model, check)};
}

// Copies the rows of a query into a writer for `metadata`; returns what was written.
Result<MergeResult> WriteQuery(const RunContext& context, const std::string& table_name,
                               const std::shared_ptr<const table::TableMetadata>& metadata,
                               const std::string& sql) {
  MergeTarget target{table_name, metadata, {}, {}};
  FIRN_ASSIGN(auto writer,
              MergeWriter::Open(std::move(target), context.files, context.env, context.writing));
  const auto copy = [&]() -> Result<MergeResult> {
    FIRN_ASSIGN(auto stream, context.engine.Query(sql));
    while (true) {
      FIRN_ASSIGN(const auto batch, stream->Next());
      if (batch == nullptr) return writer->Finish();
      FIRN_TRY(writer->Write(batch));
    }
  };
  auto result = copy();
  if (!result) writer->Abort();
  return result;
}

std::string ColumnsOf(const table::TableMetadata& metadata) {
  std::vector<std::string> names;
  for (const table::NestedField& field : metadata.schema().fields())
    names.push_back(field.name);
  return QuotedNames(names);
}

// The name of the first quarantine check a row breaks, null for a row that breaks none.
std::string RuleSql(const std::vector<Check>& checks) {
  std::string text = "CASE";
  for (const Check& check : checks) {
    if (check.on_violation != OnViolation::kQuarantine) continue;
    text += " WHEN " + ViolationSql(check) + " THEN " + Literal(check.name);
  }
  return text + " END";
}

}  // namespace

std::string ViolationSql(const Check& check) {
  switch (check.rule) {
    case Check::Rule::kNotNull:
      return QuotedName(check.columns.at(0)) + " IS NULL";
    case Check::Rule::kAcceptedValues: {
      std::vector<std::string> values;
      for (const std::string& value : check.values)
        values.push_back(Literal(value));
      return "CAST(" + QuotedName(check.columns.at(0)) + " AS VARCHAR) NOT IN (" + Join(values) +
             ")";
    }
    case Check::Rule::kExpression:
      return "NOT (" + check.expression + ")";
    case Check::Rule::kUnique:
      break;
  }
  return "false";
}

Result<std::vector<CheckOutcome>> CheckNewRows(
    const RunContext& context, const Model& model,
    const std::shared_ptr<const table::TableMetadata>& metadata, const MergeResult& change) {
  std::vector<CheckOutcome> outcomes;
  if (change.new_rows.empty()) return outcomes;
  std::string sql = "SELECT count(*)";
  for (const Check& check : model.checks) {
    if (check.rule == Check::Rule::kUnique) continue;
    sql += ", count(*) FILTER (WHERE " + ViolationSql(check) + ")";
  }
  FIRN_TRY(RegisterNewRows(context, metadata, change));
  auto counts = QueryNumbers(context, sql + " FROM " + kNewRows);
  context.engine.Unregister(kNewRows);
  if (!counts) return std::move(counts).error().Within(model.file + ": checks");
  size_t at = 0;
  for (const Check& check : model.checks) {
    if (check.rule == Check::Rule::kUnique) continue;
    outcomes.push_back(OutcomeOf(model, check, counts->at(0), counts->at(++at)));
  }
  return outcomes;
}

Result<std::vector<CheckOutcome>> CheckUnique(
    const RunContext& context, const Model& model,
    const std::shared_ptr<const table::TableMetadata>& staged, const MergeResult& change) {
  std::vector<CheckOutcome> outcomes;
  if (change.new_rows.empty()) return outcomes;
  for (const Check& check : model.checks) {
    if (check.rule != Check::Rule::kUnique) continue;
    const std::string columns = QuotedNames(check.columns);
    FIRN_TRY(RegisterNewRows(context, staged, change));
    auto count =
        QueryNumbers(context, "SELECT (SELECT count(*) FROM " + std::string(kNewRows) +
                                  "), count(*) FROM (SELECT " + columns + " FROM " + model.name +
                                  " WHERE (" + columns + ") IN (SELECT (" + columns + ") FROM " +
                                  kNewRows + ") GROUP BY " + columns + " HAVING count(*) > 1)");
    context.engine.Unregister(kNewRows);
    if (!count) return std::move(count).error().Within(model.file + ": check " + check.name);
    outcomes.push_back(OutcomeOf(model, check, count->at(0), count->at(1)));
  }
  return outcomes;
}

std::string QuarantineName(const Model& model) {
  return model.name + "_quarantine";
}

Result<table::NewTable> QuarantineTable(const table::TableMetadata& target) {
  std::vector<table::NestedField> fields = target.schema().fields();
  for (table::NestedField& field : fields)
    field.required = false;
  int32_t id = target.schema().highest_field_id().value;
  fields.push_back(table::NestedField::Optional(++id, "_rule", table::Type::String()));
  fields.push_back(table::NestedField::Optional(++id, "_run_id", table::Type::String()));
  fields.push_back(
      table::NestedField::Optional(++id, "_quarantined_at", table::Type::TimestampTz()));
  table::NewTable table;
  FIRN_ASSIGN(table.schema, table::Schema::Make(table::SchemaId(0), std::move(fields)));
  return table;
}

Result<MergeResult> Quarantine(const RunContext& context, const Model& model,
                               const std::shared_ptr<const table::TableMetadata>& metadata,
                               const std::shared_ptr<const table::TableMetadata>& quarantine,
                               const std::string& run_id, MergeResult& change,
                               std::vector<CheckOutcome>& outcomes) {
  const std::string name = model.name.substr(model.name.rfind('.') + 1);
  const std::string rule = RuleSql(model.checks);
  const std::string columns = ColumnsOf(*metadata);
  FIRN_TRY(RegisterNewRows(context, metadata, change));
  const std::string from = " FROM (SELECT *, " + rule + " AS _rule FROM " + kNewRows + ") WHERE ";
  auto kept = WriteQuery(context, name, metadata, "SELECT " + columns + from + "_rule IS NULL");
  auto bad = WriteQuery(context, name + "_quarantine", quarantine,
                        "SELECT " + columns + ", _rule, " + Literal(run_id) +
                            " AS _run_id, TIMESTAMPTZ '" + context.env.Now().ToString() +
                            "' AS _quarantined_at" + from + "_rule IS NOT NULL");
  context.engine.Unregister(kNewRows);
  FIRN_TRY(kept);
  FIRN_TRY(bad);
  for (const table::DataFile& file : change.new_rows) {
    context.files.Delete(file.file_path).Ignore("an orphan that maintenance finds");
  }
  change.new_rows = std::move(kept->new_rows);
  change.rows_written = kept->rows_written;
  for (CheckOutcome& outcome : outcomes) {
    if (outcome.on_violation == OnViolation::kQuarantine) outcome.quarantined = outcome.violations;
  }
  return bad;
}

}  // namespace firn::pipeline
