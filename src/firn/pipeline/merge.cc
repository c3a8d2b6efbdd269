// SPDX-License-Identifier: Apache-2.0
//
// Copy-on-write merge. After the rows at hand are in files of their own, every live file of the
// table goes through three sieves, each dearer than the one before:
//   1. its column bounds against the least and greatest key (or group) at hand;
//   2. its key columns, row by row, against the set of keys and groups;
//   3. if a row matched: copied without the rows that matched.

#include "firn/pipeline/merge.h"

#include <algorithm>
#include <utility>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "firn/datafile/reader.h"
#include "firn/table/literal.h"
#include "firn/table/metadata_columns.h"
#include "firn/table/nested_field.h"
#include "firn/table/scan.h"

namespace firn::pipeline {
namespace {

// The whole number that stands for a literal in `KeyValue`; unset for text.
std::optional<int64_t> NumberOf(const table::Literal& literal) {
  if (const bool* value = std::get_if<bool>(&literal.value())) return *value ? 1 : 0;
  if (const int32_t* value = std::get_if<int32_t>(&literal.value())) return *value;
  if (const int64_t* value = std::get_if<int64_t>(&literal.value())) return *value;
  return std::nullopt;
}

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

void MergeWriter::Range::Add(const KeyValue& value) {
  if (value.is_null) {
    has_null = true;
  } else if (value.is_text) {
    if (!has_text || value.text < least_text) least_text = value.text;
    if (!has_text || value.text > greatest_text) greatest_text = value.text;
    has_text = true;
  } else {
    least = has_number ? std::min(least, value.number) : value.number;
    greatest = has_number ? std::max(greatest, value.number) : value.number;
    has_number = true;
  }
}

Result<std::unique_ptr<MergeWriter>> MergeWriter::Open(MergeTarget target, io::FileIO& files,
                                                       Env& env,
                                                       const datafile::WriterDefaults& writing) {
  FIRN_ASSIGN(auto options, datafile::WriterOptionsFrom(target.metadata->properties, writing));
  options.memory_bytes = std::min(options.memory_bytes, int64_t{32} << 20);
  FIRN_ASSIGN(auto deletes, datafile::ScanDeletes::Make(files, *target.metadata));
  return std::unique_ptr<MergeWriter>(
      new MergeWriter(std::move(target), files, env, std::move(options), std::move(deletes)));
}

MergeWriter::MergeWriter(MergeTarget target, io::FileIO& files, Env& env,
                         datafile::WriterOptions options,
                         std::unique_ptr<datafile::ScanDeletes> deletes)
    : target_(std::move(target)),
      files_(files),
      env_(env),
      options_(std::move(options)),
      deletes_(std::move(deletes)),
      staged_(target_.metadata, target_.table_name, files, env, options_, target_.rule),
      key_ranges_(target_.rule.keys.size()),
      scope_ranges_(target_.scope.size()) {}

MergeWriter::~MergeWriter() = default;

Status MergeWriter::AddToRanges(const arrow::RecordBatch& rows,
                                const std::vector<std::string>& columns, Ranges& ranges) {
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto column = rows.GetColumnByName(columns[i]);
    if (column == nullptr) return NotFound("no such key column", columns[i]);
    FIRN_TRY(CheckKeyType(*column->type(), columns[i]));
    for (int64_t row = 0; row < rows.num_rows(); ++row)
      ranges[i].Add(KeyValueAt(*column, row));
  }
  return Ok();
}

Status MergeWriter::Write(const std::shared_ptr<arrow::RecordBatch>& rows) {
  FIRN_TRY(AddToRanges(*rows, target_.rule.keys, key_ranges_));
  return staged_.Write(rows);
}

Status MergeWriter::RemoveGroups(const arrow::RecordBatch& groups) {
  FIRN_TRY(AddToRanges(groups, target_.scope, scope_ranges_));
  FIRN_ASSIGN(const auto columns, KeyColumns::Make(*groups.schema(), target_.scope));
  for (int64_t row = 0; row < groups.num_rows(); ++row) {
    groups_.insert(staged_.KeyOf(columns, groups, row));
  }
  return Ok();
}

bool MergeWriter::MayHold(const table::DataFile& file, const std::vector<std::string>& columns,
                          const Ranges& ranges) const {
  for (size_t i = 0; i < columns.size(); ++i) {
    const table::NestedField* field = target_.metadata->schema().FindByName(columns[i]);
    const Range& range = ranges[i];
    if (field == nullptr || range.has_null) continue;
    const auto lower = file.lower_bounds.find(field->id);
    const auto upper = file.upper_bounds.find(field->id);
    if (lower == file.lower_bounds.end() || upper == file.upper_bounds.end()) continue;
    const auto least = table::Literal::FromBytes(field->type, lower->second);
    const auto greatest = table::Literal::FromBytes(field->type, upper->second);
    if (!least || !greatest) continue;
    const auto number = NumberOf(*least);
    if (number && range.has_number &&
        (range.greatest < *number || range.least > *NumberOf(*greatest))) {
      return false;
    }
    if (field->type == table::Type::String() && range.has_text &&
        (range.greatest_text < least->bytes() || range.least_text > greatest->bytes())) {
      return false;
    }
  }
  return true;
}

// What rows are found by, and where they lie.
Result<table::Schema> MergeWriter::KeyProjection() const {
  const table::Schema& schema = target_.metadata->schema();
  std::vector<table::NestedField> fields;
  for (const table::NestedField& field : schema.fields()) {
    const bool orders = std::ranges::any_of(target_.rule.precedence, [&](const std::string& text) {
      return text.substr(0, text.find(' ')) == field.name;
    });
    if (orders || Contains(target_.rule.keys, field.name) || Contains(target_.scope, field.name)) {
      fields.push_back(field);
    }
  }
  fields.push_back(*table::FindMetadataColumn(table::kPositionColumn));
  return table::Schema::Make(schema.id(), std::move(fields));
}

// The table's columns, and the lineage of rows where they have one: a row that is only carried over
// stays the row it was (spec, "Row Lineage").
Result<table::Schema> MergeWriter::CarriedColumns() const {
  const table::Schema& schema = target_.metadata->schema();
  if (!target_.metadata->rules().row_lineage) return schema;
  std::vector<table::NestedField> fields = schema.fields();
  for (const table::NestedField& column : table::LineageColumns())
    fields.push_back(column);
  return table::Schema::Make(schema.id(), std::move(fields));
}

// Positions of the rows that are gone already; null if there are none.
Result<MergeWriter::Positions> MergeWriter::DeletedIn(const table::FileScanTask& task) {
  return deletes_->For(task, target_.metadata->schema());
}

datafile::ReadOptions MergeWriter::OptionsFor(const table::FileScanTask& task,
                                              Positions deleted) const {
  datafile::ReadOptions options = deletes_->OptionsFor(task.file);
  options.sequence_number = task.sequence_number;
  options.deleted = std::move(deleted);
  return options;
}

// Positions of the rows that go.
Result<std::vector<int64_t>> MergeWriter::MatchesIn(const table::FileScanTask& task,
                                                    Positions deleted) {
  FIRN_ASSIGN(const table::Schema projection, KeyProjection());
  FIRN_ASSIGN(auto reader, datafile::ReadFile(files_, task.file, projection,
                                              OptionsFor(task, std::move(deleted))));
  FIRN_ASSIGN(const auto keys, KeyColumns::Make(*reader->schema(), target_.rule.keys));
  FIRN_ASSIGN(const auto scope, KeyColumns::Make(*reader->schema(), target_.scope));
  FIRN_ASSIGN(const auto order, Precedence::Make(*reader->schema(), target_.rule.precedence));
  std::vector<int64_t> matches;
  while (true) {
    FIRN_ASSIGN(const auto batch, reader->Next());
    if (batch == nullptr) return matches;
    const auto& positions =
        static_cast<const arrow::Int64Array&>(*batch->column(batch->num_columns() - 1));
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      const bool in_group = !groups_.empty() && groups_.contains(staged_.KeyOf(scope, *batch, row));
      if (in_group || (staged_.has_keys() &&
                       staged_.Beats(staged_.KeyOf(keys, *batch, row), order.Of(*batch, row)))) {
        matches.push_back(positions.Value(row));
      }
    }
  }
}

Status MergeWriter::Carry(const table::FileScanTask& task, const Positions& deleted,
                          const std::vector<int64_t>& removed, MergeResult& result) {
  result.removed_paths.push_back(task.file.file_path);
  result.rows_removed += static_cast<int64_t>(removed.size());
  auto gone = datafile::PositionBitmap::Of(removed);
  if (deleted != nullptr) gone.Add(*deleted);
  const int64_t stays = task.file.record_count - gone.CountWithin(0, task.file.record_count);
  if (stays == 0) return Ok();
  if (carrier_ == nullptr) {
    datafile::WriterOptions options = options_;
    options.row_lineage = target_.metadata->rules().row_lineage;
    FIRN_ASSIGN(carrier_, datafile::TableWriter::Open(*target_.metadata, target_.table_name, files_,
                                                      env_, std::move(options)));
  }
  FIRN_ASSIGN(const table::Schema columns, CarriedColumns());
  FIRN_ASSIGN(
      auto reader,
      datafile::ReadFile(
          files_, task.file, columns,
          OptionsFor(task, std::make_shared<const datafile::PositionBitmap>(std::move(gone)))));
  int64_t copied = 0;
  while (true) {
    FIRN_ASSIGN(const auto batch, reader->Next());
    if (batch == nullptr) break;
    copied += batch->num_rows();
    FIRN_TRY(carrier_->Write(batch));
  }
  FIRN_ASSERT(copied == stays);
  result.rows_carried += copied;
  return Ok();
}

Status MergeWriter::LookInto(const table::FileScanTask& task, MergeResult& result) {
  const bool by_key = staged_.has_keys() && staged_.rows_written() > 0 &&
                      MayHold(task.file, target_.rule.keys, key_ranges_);
  const bool by_group = !groups_.empty() && MayHold(task.file, target_.scope, scope_ranges_);
  if (!by_key && !by_group) return Ok();
  ++result.files_looked_into;
  FIRN_ASSIGN(const Positions deleted, DeletedIn(task));
  FIRN_ASSIGN(const std::vector<int64_t> matches, MatchesIn(task, deleted));
  return matches.empty() ? Ok() : Carry(task, deleted, matches, result);
}

Status MergeWriter::FindMatches(MergeResult& result) {
  FIRN_ASSIGN(const table::ScanPlan plan, table::PlanScan(*target_.metadata, {}, files_));
  for (const table::FileScanTask& task : plan.tasks) {
    if (!remove_all_) {
      FIRN_TRY(LookInto(task, result));
      continue;
    }
    FIRN_ASSIGN(const Positions deleted, DeletedIn(task));
    const int64_t gone = deleted ? deleted->CountWithin(0, task.file.record_count) : 0;
    result.removed_paths.push_back(task.file.file_path);
    result.rows_removed += task.file.record_count - gone;
  }
  return Ok();
}

Result<MergeResult> MergeWriter::Finish() {
  MergeResult result;
  FIRN_TRY(staged_.Close());
  FIRN_TRY(FindMatches(result));
  if (carrier_ != nullptr) {
    FIRN_ASSIGN(carried_, carrier_->Close());
    carrier_.reset();
    result.carried = carried_;
  }
  FIRN_ASSIGN(result.new_rows, staged_.Settle());
  result.rows_written = staged_.rows_written();
  return result;
}

void MergeWriter::Abort() {
  staged_.Abort();
  if (carrier_ != nullptr) carrier_->Abort();
  carrier_.reset();
  for (const table::DataFile& file : carried_) {
    files_.Delete(file.file_path).Ignore("an orphan that maintenance finds");
  }
  carried_.clear();
}

}  // namespace firn::pipeline
