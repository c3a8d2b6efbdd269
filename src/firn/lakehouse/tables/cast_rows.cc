// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/tables/cast_rows.h"

#include <string>
#include <utility>

#include <arrow/api.h>

#include "firn/base/bytes.h"
#include "firn/datafile/take_rows.h"
#include "firn/datafile/typed_column.h"
#include "firn/ingest/source_reader.h"
#include "firn/ingest/validated_format.h"
#include "firn/sql/engine.h"

namespace firn::lakehouse {
namespace {

constexpr size_t kShownBytesMax = 100;

std::string MessageOf(const ColumnCast& cast, const std::string& raw) {
  const auto row = Json::Parse(raw);
  const Json* value = row ? row->Find(cast.column) : nullptr;
  if (value == nullptr || value->is_null()) return cast.column + " is required, and null";
  std::string shown = value->Dump();
  if (shown.size() > kShownBytesMax) {
    shown = ReplaceInvalidUtf8(std::string_view(shown).substr(0, kShownBytesMax)) + "...";
  }
  return cast.column + " cannot become " + cast.to + " from " + cast.from + ": " + shown;
}

std::shared_ptr<arrow::RecordBatch> WithoutMarks(const std::shared_ptr<arrow::RecordBatch>& rows) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (int at = 0; at < rows->num_columns(); ++at) {
    const auto& field = rows->schema()->field(at);
    if (field->name() == kFaultColumn || field->name() == kRawColumn) continue;
    fields.push_back(field);
    columns.push_back(rows->column(at));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), rows->num_rows(),
                                  std::move(columns));
}

class CastSource : public ingest::RecordSource {
 public:
  CastSource(std::unique_ptr<sql::ResultStream> stream, const std::vector<ColumnCast>& casts)
      : stream_(std::move(stream)), casts_(casts) {}

  std::string_view kind() const override { return "table"; }
  std::string state() const override { return ""; }

  Result<std::optional<ingest::SourceBatch>> Next() override {
    FIRN_ASSIGN(const auto rows, stream_->Next());
    if (rows == nullptr) return std::optional<ingest::SourceBatch>();
    FIRN_ASSIGN(const auto* faults, datafile::TypedColumn<arrow::Int32Array>(*rows, kFaultColumn));
    FIRN_ASSIGN(const auto* raws, datafile::TypedColumn<arrow::StringArray>(*rows, kRawColumn));
    ingest::SourceBatch batch;
    std::vector<int64_t> good;
    for (int64_t row = 0; row < rows->num_rows(); ++row) {
      if (faults->IsNull(row)) {
        good.push_back(row);
        continue;
      }
      const ColumnCast& cast = casts_[static_cast<size_t>(faults->Value(row))];
      const std::string raw = raws->GetString(row);
      batch.rejects.push_back({0, std::nullopt, cast.column, "cast", MessageOf(cast, raw), raw});
    }
    if (good.empty()) return std::optional(std::move(batch));
    FIRN_ASSIGN(batch.rows, datafile::TakeRows(WithoutMarks(rows), good));
    return std::optional(std::move(batch));
  }

 private:
  std::unique_ptr<sql::ResultStream> stream_;
  const std::vector<ColumnCast>& casts_;
};

class CastFormat : public ingest::SourceFormat {
 public:
  CastFormat(sql::Engine& engine, std::string_view relation, const std::vector<ColumnCast>& casts)
      : engine_(engine), query_(CastQuery(relation, casts)), casts_(casts) {}

  Result<std::unique_ptr<ingest::RecordSource>> Open(const ingest::FileTask&,
                                                     ingest::SourceReader&) const override {
    FIRN_ASSIGN(auto stream, engine_.Query(query_));
    return std::unique_ptr<ingest::RecordSource>(
        std::make_unique<CastSource>(std::move(stream), casts_));
  }
  Status AllowRewritten(const ingest::FileTask&) const override { return Ok(); }

 private:
  sql::Engine& engine_;
  const std::string query_;
  const std::vector<ColumnCast>& casts_;
};

}  // namespace

CastRows::CastRows(sql::Engine& engine, std::string_view relation,
                   const std::vector<ColumnCast>& casts, const Json& schema)
    : casts_(std::make_unique<CastFormat>(engine, relation, casts)),
      validated_(ingest::ValidatedFormat(*casts_, schema)),
      no_bytes_(ingest::SourceReader::OfBytes()) {}

CastRows::~CastRows() = default;

Result<std::optional<ingest::SourceBatch>> CastRows::Next() {
  if (rows_ == nullptr) {
    FIRN_ASSIGN(rows_, validated_->Open(no_file_, *no_bytes_));
  }
  return rows_->Next();
}

}  // namespace firn::lakehouse
