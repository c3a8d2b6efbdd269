// SPDX-License-Identifier: Apache-2.0
//
// A row that breaks a rule has already put values into some columns. It is completed with nulls and
// cut out when the batch is handed over: the runs of good rows are put together again.

#include "firn/ingest/row_builder.h"

#include <algorithm>
#include <utility>

#include <arrow/api.h>

#include "firn/base/digest.h"
#include "firn/datafile/arrow_wall.h"

namespace firn::ingest {

namespace {

// Rows are freed by another thread than made them. Arrow's default, mimalloc, keeps much of such
// memory for long; the system's gives it out again.
arrow::MemoryPool* RowPool() {
  return arrow::system_memory_pool();
}

Violation NoValue() {
  return {"required", "no value, but the column requires one"};
}

}  // namespace

RowBuilder::RowBuilder(table::Schema schema, RowOrigin origin)
    : schema_(std::move(schema)), origin_(std::move(origin)) {}
RowBuilder::RowBuilder(RowBuilder&&) noexcept = default;
RowBuilder::~RowBuilder() = default;

Result<RowBuilder> RowBuilder::Make(table::Schema schema, RowOrigin origin) {
  RowBuilder made(std::move(schema), std::move(origin));
  arrow::FieldVector fields;
  for (const table::NestedField& field : made.schema_.fields()) {
    auto type = BuildType(field.type);
    if (!type) return std::move(type).error().Within(field.name);
    auto& builder = made.builders_.emplace_back();
    FIRN_TRY(datafile::FromArrow(arrow::MakeBuilder(RowPool(), *type, &builder)));
    fields.push_back(arrow::field(field.name, *type));
  }
  made.layout_ = arrow::schema(std::move(fields));
  made.filled_.resize(made.builders_.size());
  made.audit_.ingested_at = made.FindColumn(kIngestionTimestamp);
  made.audit_.system = made.FindColumn(kSourceSystem);
  made.audit_.file = made.FindColumn(kSourceFile);
  made.audit_.hash = made.FindColumn(kRecordHash);
  for (const PathValue& value : made.origin_.path_values) {
    const auto exact = made.FindColumn(value.name);
    made.path_columns_.push_back(exact ? exact : made.FindColumn(value.name, false));
  }
  return made;
}

Result<RowBuilder> RowBuilder::MakeAlike() const {
  FIRN_ASSIGN(RowBuilder made, Make(schema_, origin_));
  made.audit_ = audit_;
  return made;
}

bool RowBuilder::FillsIn(size_t column) const {
  const auto is = [&](std::optional<size_t> filled) { return filled == column; };
  return is(audit_.ingested_at) || is(audit_.system) || is(audit_.file) || is(audit_.hash) ||
         std::any_of(path_columns_.begin(), path_columns_.end(), is);
}

void RowBuilder::GiveUpAudit(std::string_view name) {
  if (name == kIngestionTimestamp) audit_.ingested_at.reset();
  if (name == kSourceSystem) audit_.system.reset();
  if (name == kSourceFile) audit_.file.reset();
  if (name == kRecordHash) audit_.hash.reset();
}

std::optional<size_t> RowBuilder::FindColumn(std::string_view name, bool case_sensitive) const {
  const table::NestedField* found = schema_.FindByName(name, case_sensitive);
  for (size_t column = 0; found != nullptr && column < schema_.fields().size(); ++column) {
    if (schema_.fields()[column].id == found->id) return column;
  }
  return std::nullopt;
}

void RowBuilder::AppendNull(size_t column) {
  const arrow::Status status = builders_[column]->AppendNull();
  if (!status.ok()) Reject(schema_.fields()[column].name, {"size", "out of memory"});
}

void RowBuilder::RejectSecond(size_t column) {
  Reject(schema_.fields()[column].name, {"duplicate", "the row has this column twice"});
}

void RowBuilder::Refuse(size_t column, Violation violation) {
  Reject(schema_.fields()[column].name, std::move(violation));
  // A nested value that was refused in its middle has taken its place already.
  if (builders_[column]->length() == rows_) AppendNull(column);
}

void RowBuilder::AppendText(size_t column, std::optional<std::string_view> text) {
  if (text) {
    return AppendWith(column, [&](arrow::ArrayBuilder& builder) {
      return ingest::AppendText(schema_.fields()[column].type, *text, builder, origin_.zone);
    });
  }
  if (filled_[column] != 0) return RejectSecond(column);
  Fill(column);
  AppendNull(column);
  if (schema_.fields()[column].required) Reject(schema_.fields()[column].name, NoValue());
}

Status RowBuilder::AppendTexts(size_t column, const TextColumn& texts) {
  const table::NestedField& field = schema_.fields()[column];
  FIRN_ASSIGN(std::vector<RefusedText> refused,
              ingest::AppendTexts(field.type, texts, *builders_[column], origin_.zone));
  for (RefusedText& text : refused)
    violations_.try_emplace(text.row, column, std::move(text.violation));
  for (size_t row = 0; field.required && row < texts.values.size(); ++row) {
    if (texts.values[row].data() == nullptr) violations_.try_emplace(row, column, NoValue());
  }
  Fill(column);
  return Ok();
}

void RowBuilder::Reject(std::string_view column, Violation violation) {
  if (violation_) return;
  violation_ = std::move(violation);
  violated_column_ = column;
}

void RowBuilder::FillAudit(std::string_view raw) {
  const auto fill = [&](std::optional<size_t> column, const std::string& text) {
    if (column && !filled_[*column]) AppendText(*column, text);
  };
  if (audit_.ingested_at && !filled_[*audit_.ingested_at]) {
    AppendText(*audit_.ingested_at, origin_.ingested_at.ToString());
  }
  fill(audit_.system, origin_.source_system);
  fill(audit_.file, origin_.source_file);
  if (audit_.hash) fill(audit_.hash, Md5Hex(raw));
}

void RowBuilder::FillFromPath() {
  for (size_t at = 0; at < path_columns_.size(); ++at) {
    const std::optional<size_t> column = path_columns_[at];
    if (column && !filled_[*column]) AppendText(*column, origin_.path_values[at].value);
  }
}

void RowBuilder::FillMissing() {
  for (size_t column = 0; filled_count_ < filled_.size(); ++column) {
    if (filled_[column] == 0) AppendText(column, std::nullopt);
  }
  std::fill(filled_.begin(), filled_.end(), uint8_t{0});
  filled_count_ = 0;
}

Status RowBuilder::EndRow(const RowPlace& place) {
  FillAudit(place.raw);
  FillFromPath();
  FillMissing();
  ++rows_;
  bytes_ += place.raw.size();
  good_.push_back(!violation_);
  if (!violation_) return Ok();
  ++bad_rows_;
  const std::string at =
      violated_column_.empty() ? std::string() : "column \"" + violated_column_ + "\": ";
  AddReject(place, std::move(violation_->rule), at + violation_->message);
  rejects_.back().column = std::move(violated_column_);
  violation_.reset();
  violated_column_.clear();
  return Ok();
}

Status RowBuilder::EndRows(std::span<const RowPlace> places) {
  const std::vector<uint8_t> given = std::exchange(filled_, std::vector<uint8_t>(filled_.size()));
  const size_t given_count = std::exchange(filled_count_, 0);
  auto violations = std::exchange(violations_, {});
  if (violations.empty() && given_count == given.size()) {
    rows_ += static_cast<int64_t>(places.size());
    good_.insert(good_.end(), places.size(), true);
    for (const RowPlace& place : places)
      bytes_ += place.raw.size();
    return Ok();
  }
  for (size_t row = 0; row < places.size(); ++row) {
    filled_ = given;
    filled_count_ = given_count;
    if (const auto found = violations.find(row); found != violations.end()) {
      auto& [column, violation] = found->second;
      Reject(schema_.fields()[column].name, std::move(violation));
    }
    FIRN_TRY(EndRow(places[row]));
  }
  return Ok();
}

void RowBuilder::AddReject(const RowPlace& place, std::string rule, std::string message) {
  firn::ingest::Reject reject;
  reject.offset = place.offset;
  reject.line = place.line;
  reject.rule = std::move(rule);
  reject.message = std::move(message);
  reject.raw = place.raw.substr(0, kRejectRawBytesMax);
  rejects_.push_back(std::move(reject));
}

namespace {

// The next batch will be much like the last, or a little larger: growing step by step would copy it
// again and again.
arrow::Status ReserveAs(const arrow::Array& last, arrow::ArrayBuilder& builder) {
  const auto more = [](int64_t size) { return size + size / 16; };
  ARROW_RETURN_NOT_OK(builder.Reserve(more(last.length())));
  if (last.type_id() == arrow::Type::STRING) {
    const int64_t bytes = static_cast<const arrow::StringArray&>(last).total_values_length();
    return static_cast<arrow::StringBuilder&>(builder).ReserveData(more(bytes));
  }
  if (last.type_id() != arrow::Type::STRUCT) return arrow::Status::OK();
  const auto& fields = static_cast<const arrow::StructArray&>(last);
  for (int at = 0; at < fields.num_fields(); ++at)
    ARROW_RETURN_NOT_OK(ReserveAs(*fields.field(at), *builder.child(at)));
  return arrow::Status::OK();
}

}  // namespace

Result<std::shared_ptr<arrow::RecordBatch>> RowBuilder::GoodRows() {
  arrow::ArrayVector columns;
  for (const auto& builder : builders_) {
    FIRN_ASSIGN(columns.emplace_back(), datafile::FromArrow(builder->Finish()));
    FIRN_TRY(datafile::FromArrow(ReserveAs(*columns.back(), *builder)));
  }
  const auto all = arrow::RecordBatch::Make(layout_, rows_, std::move(columns));
  if (bad_rows_ == 0) return all;
  arrow::RecordBatchVector runs;
  for (auto from = good_.begin(); from != good_.end();) {
    from = std::find(from, good_.end(), true);
    const auto to = std::find(from, good_.end(), false);
    if (from != to) runs.push_back(all->Slice(from - good_.begin(), to - from));
    from = to;
  }
  if (runs.empty()) return all->Slice(0, 0);
  return datafile::FromArrow(arrow::ConcatenateRecordBatches(runs));
}

Result<SourceBatch> RowBuilder::Finish() {
  SourceBatch batch;
  FIRN_ASSIGN(batch.rows, GoodRows());
  if (batch.rows->num_rows() == 0) batch.rows = nullptr;
  batch.rejects = std::exchange(rejects_, {});
  good_.clear();
  rows_ = bad_rows_ = 0;
  bytes_ = 0;
  return batch;
}

}  // namespace firn::ingest
