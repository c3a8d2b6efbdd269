// SPDX-License-Identifier: Apache-2.0
//
// A Parquet file is not read front to back, so its position stays at byte 0, and the state counts
// rows and names the file by its footer, until the last row was handed out; then all of it counts
// as taken over at once.

#include "firn/ingest/parquet/parquet_source.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <arrow/api.h>

#include "firn/base/digest.h"
#include "firn/base/json.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/conform.h"
#include "firn/datafile/reader.h"
#include "firn/ingest/source_reader.h"
#include "firn/ingest/text_value.h"
#include "firn/io/file_io.h"
#include "firn/io/location.h"
#include "firn/table/data_file.h"

namespace firn::ingest {
namespace {

std::shared_ptr<arrow::DataType> WithoutIds(const std::shared_ptr<arrow::DataType>& type);

arrow::FieldVector WithoutIds(const arrow::FieldVector& fields) {
  arrow::FieldVector out;
  for (const auto& field : fields) {
    out.push_back(field->RemoveMetadata()->WithType(WithoutIds(field->type())));
  }
  return out;
}

std::shared_ptr<arrow::DataType> WithoutIds(const std::shared_ptr<arrow::DataType>& type) {
  if (type->num_fields() == 0) return type;
  arrow::FieldVector fields = WithoutIds(type->fields());
  if (type->id() == arrow::Type::STRUCT) return arrow::struct_(std::move(fields));
  if (type->id() == arrow::Type::LIST) return arrow::list(fields[0]);
  if (type->id() == arrow::Type::MAP) {
    return std::make_shared<arrow::MapType>(fields[0]->type()->field(0),
                                            fields[0]->type()->field(1));
  }
  return type;
}

// The same values under a type of the same layout.
std::shared_ptr<arrow::ArrayData> Retyped(const arrow::ArrayData& data,
                                          const std::shared_ptr<arrow::DataType>& type) {
  auto out = data.Copy();
  out->type = type;
  for (size_t child = 0; child < out->child_data.size(); ++child) {
    if (static_cast<int>(child) >= type->num_fields()) break;
    out->child_data[child] =
        Retyped(*out->child_data[child], type->field(static_cast<int>(child))->type());
  }
  return out;
}

std::string RowText(const arrow::RecordBatch& rows, int64_t row) {
  std::string text;
  for (const auto& column : rows.columns()) {
    const auto value = column->GetScalar(row);
    text.append(value.ok() ? (*value)->ToString() : std::string("?")).append(1, '\x1f');
  }
  return text;
}

class ParquetSource : public RecordSource {
 public:
  ParquetSource(SourceReader& reader, std::unique_ptr<datafile::BatchReader> rows,
                std::string footer, int64_t skip, const table::Schema& schema,
                std::shared_ptr<arrow::Schema> layout, RowOrigin origin)
      : reader_(reader),
        rows_(std::move(rows)),
        footer_(std::move(footer)),
        skip_(skip),
        schema_(schema),
        layout_(std::move(layout)),
        origin_(std::move(origin)) {}

  std::string_view kind() const override { return "parquet"; }

  std::string state() const override {
    Json json;
    json.Set("footer", footer_);
    json.Set("rows", rows_read_);
    return json.Dump();
  }

  Result<std::optional<SourceBatch>> Next() override {
    while (true) {
      auto read = rows_->Next();
      if (!read) return AboutSource(std::move(read).error());
      std::shared_ptr<arrow::RecordBatch> rows = *std::move(read);
      if (rows == nullptr) break;
      const int64_t skipped = std::min(skip_ - rows_read_, rows->num_rows());
      rows_read_ += rows->num_rows();
      if (skipped > 0) rows = rows->Slice(skipped);
      if (rows->num_rows() > 0) return ToBatch(*rows);
    }
    FIRN_TRY(reader_.ConsumeRest());
    return std::nullopt;
  }

 private:
  Result<std::optional<SourceBatch>> ToBatch(const arrow::RecordBatch& read) {
    FIRN_ASSIGN(const auto plain, WithAudit(read));
    FIRN_ASSIGN(auto rows, datafile::Conform(*plain, layout_, datafile::WriteRules(schema_)));
    SourceBatch batch;
    FIRN_ASSIGN(batch.rows, WithoutNulls(std::move(rows), batch.rejects));
    FIRN_TRY(datafile::CheckRequired(*batch.rows));
    return std::optional<SourceBatch>(std::move(batch));
  }

  Result<std::shared_ptr<arrow::RecordBatch>> WithAudit(const arrow::RecordBatch& read) const;
  Result<std::shared_ptr<arrow::RecordBatch>> WithoutNulls(std::shared_ptr<arrow::RecordBatch> rows,
                                                           std::vector<Reject>& rejects) const;

  SourceReader& reader_;
  std::unique_ptr<datafile::BatchReader> rows_;
  const std::string footer_;
  const int64_t skip_;
  const table::Schema& schema_;
  const std::shared_ptr<arrow::Schema> layout_;
  const RowOrigin origin_;
  int64_t rows_read_ = 0;
};

// The value of a folder's name as one of its column's type.
Result<std::shared_ptr<arrow::Scalar>> ScalarOf(const table::NestedField& field,
                                                const std::optional<std::string>& text) {
  FIRN_ASSIGN(const auto type, BuildType(field.type));
  std::unique_ptr<arrow::ArrayBuilder> builder;
  FIRN_TRY(datafile::FromArrow(arrow::MakeBuilder(arrow::default_memory_pool(), type, &builder)));
  if (!text) {
    FIRN_TRY(datafile::FromArrow(builder->AppendNull()));
  } else if (const auto violation = AppendText(field.type, *text, *builder)) {
    return InvalidArgument("the folder's column " + QuoteValue(field.name), violation->message);
  }
  FIRN_ASSIGN(const auto value, datafile::FromArrow(builder->Finish()));
  return datafile::FromArrow(value->GetScalar(0));
}

// Takes the file's field ids off, and adds the columns the table has and the file does not: those
// of the audit and of the folders' names.
Result<std::shared_ptr<arrow::RecordBatch>> ParquetSource::WithAudit(
    const arrow::RecordBatch& read) const {
  arrow::FieldVector fields = WithoutIds(read.schema()->fields());
  arrow::ArrayVector columns;
  for (size_t at = 0; at < fields.size(); ++at) {
    columns.push_back(
        arrow::MakeArray(Retyped(*read.column(static_cast<int>(at))->data(), fields[at]->type())));
  }
  const auto add = [&](std::string_view name,
                       const std::shared_ptr<arrow::Scalar>& value) -> Status {
    const std::string column(name);
    if (schema_.FindByName(name) == nullptr || read.schema()->GetFieldByName(column)) return Ok();
    FIRN_ASSIGN(columns.emplace_back(),
                datafile::FromArrow(arrow::MakeArrayFromScalar(*value, read.num_rows())));
    fields.push_back(arrow::field(column, value->type));
    return Ok();
  };
  FIRN_TRY(add(kIngestionTimestamp,
               std::make_shared<arrow::TimestampScalar>(
                   origin_.ingested_at.value, arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"))));
  FIRN_TRY(add(kSourceSystem, std::make_shared<arrow::StringScalar>(origin_.source_system)));
  FIRN_TRY(add(kSourceFile, std::make_shared<arrow::StringScalar>(origin_.source_file)));
  for (const PathValue& path : origin_.path_values) {
    const table::NestedField* field = schema_.FindByName(path.name);
    if (field == nullptr) continue;
    FIRN_ASSIGN(const auto value, ScalarOf(*field, path.value));
    FIRN_TRY(add(path.name, value));
  }
  if (schema_.FindByName(kRecordHash) != nullptr &&
      read.schema()->GetFieldByName(std::string(kRecordHash)) == nullptr) {
    arrow::StringBuilder hashes;
    for (int64_t row = 0; row < read.num_rows(); ++row) {
      FIRN_TRY(datafile::FromArrow(hashes.Append(Md5Hex(RowText(read, row)))));
    }
    FIRN_ASSIGN(columns.emplace_back(), datafile::FromArrow(hashes.Finish()));
    fields.push_back(arrow::field(std::string(kRecordHash), arrow::utf8()));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), read.num_rows(),
                                  std::move(columns));
}

// Sets rows aside that have null in a required column.
Result<std::shared_ptr<arrow::RecordBatch>> ParquetSource::WithoutNulls(
    std::shared_ptr<arrow::RecordBatch> rows, std::vector<Reject>& rejects) const {
  arrow::RecordBatchVector runs;
  int64_t from = 0;
  for (int64_t row = 0; row < rows->num_rows(); ++row) {
    for (const auto& field : rows->schema()->fields()) {
      if (field->nullable() || !rows->GetColumnByName(field->name())->IsNull(row)) continue;
      Reject reject;
      reject.line = rows_read_ - rows->num_rows() + row + 1;
      reject.column = field->name();
      reject.rule = "required";
      reject.message = "column \"" + field->name() + "\": no value, but the column requires one";
      reject.raw = RowText(*rows, row);
      rejects.push_back(std::move(reject));
      if (row > from) runs.push_back(rows->Slice(from, row - from));
      from = row + 1;
      break;
    }
  }
  if (rejects.empty()) return rows;
  if (from < rows->num_rows()) runs.push_back(rows->Slice(from));
  if (runs.empty()) return rows->Slice(0, 0);
  return datafile::FromArrow(arrow::ConcatenateRecordBatches(runs));
}

struct ParquetState {
  std::string footer;
  int64_t rows = 0;
};

Result<ParquetState> StateFrom(std::string_view text) {
  ParquetState state;
  if (text.empty()) return state;
  FIRN_ASSIGN(const Json json, Json::Parse(text));
  FIRN_ASSIGN(state.footer, json.GetString("footer"));
  FIRN_ASSIGN(state.rows, json.GetInt64("rows"));
  return state;
}

}  // namespace

Error AboutSource(Error error) {
  if (error.kind != ErrorKind::kCorrupt || !error.hint.empty()) return error;
  return std::move(error).WithHint(
      "the lake is as it was; give the file anew where it comes from, or leave it out");
}

Result<std::unique_ptr<RecordSource>> OpenParquet(const FileTask& task, SourceReader& reader,
                                                  io::FileIO& source_io,
                                                  const table::Schema& schema, RowOrigin origin) {
  if (task.from > 0) return Conflict("a Parquet file that was ingested was written on");
  const std::string location = io::FileLocation(task.path);
  FIRN_ASSIGN(const EdgeHashes edges, HashEdges(*reader.input(), reader.input()->size_bytes()));
  FIRN_ASSIGN(const ParquetState before, StateFrom(task.state()));
  if (before.rows > 0 && before.footer != edges.tail_hash) {
    return Conflict("the file is not the one of which some rows were ingested already");
  }
  const auto found = datafile::ReadSchema(source_io, location);
  if (!found) return AboutSource(found.error());
  FIRN_ASSIGN(const table::Schema projection, datafile::FromArrow(**found));
  for (const table::NestedField& field : projection.fields()) {
    if (schema.FindByName(field.name) != nullptr) continue;
    return InvalidArgument("the file has a column that the table lacks", field.name);
  }
  table::DataFile file;
  file.file_path = location;
  file.file_size_bytes = task.size_bytes;
  FIRN_ASSIGN(auto rows, datafile::ReadFile(source_io, file, projection));
  FIRN_ASSIGN(auto layout, datafile::ToArrow(schema));
  return std::unique_ptr<RecordSource>(
      std::make_unique<ParquetSource>(reader, std::move(rows), edges.tail_hash, before.rows, schema,
                                      std::move(layout), std::move(origin)));
}

}  // namespace firn::ingest
