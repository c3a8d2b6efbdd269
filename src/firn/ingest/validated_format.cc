// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/validated_format.h"

#include <optional>
#include <utility>
#include <vector>

#include <arrow/api.h>

#include "firn/ingest/row_json.h"
#include "firn/ingest/source_reader.h"
#include "firn/registry/validator.h"

namespace firn::ingest {
namespace {

class ValidatedSource : public RecordSource {
 public:
  static Result<std::unique_ptr<RecordSource>> Make(std::unique_ptr<RecordSource> source,
                                                    SourceReader& reader, const Json& schema) {
    FIRN_ASSIGN(auto validator, registry::Validator::Compile(schema));
    return std::unique_ptr<RecordSource>(
        new ValidatedSource(std::move(source), reader, schema, std::move(validator)));
  }

  std::string_view kind() const override { return source_->kind(); }
  std::string state() const override { return source_->state(); }

  Result<std::optional<SourceBatch>> Next() override {
    const int64_t offset = reader_.offset();
    FIRN_ASSIGN(auto batch, source_->Next());
    if (batch && batch->rows != nullptr) FIRN_TRY(Hold(offset, *batch));
    return batch;
  }

  bool divides() const override { return source_->divides(); }
  Result<bool> Cut(size_t size_bytes, RecordBlock& block) override {
    return source_->Cut(size_bytes, block);
  }
  Result<std::unique_ptr<RecordSource>> ForBlocks(SourceReader& reader) const override {
    FIRN_ASSIGN(auto source, source_->ForBlocks(reader));
    return Make(std::move(source), reader, schema_);
  }
  void BeginBlock(int64_t line) override { source_->BeginBlock(line); }

 private:
  ValidatedSource(std::unique_ptr<RecordSource> source, SourceReader& reader, const Json& schema,
                  registry::Validator validator)
      : source_(std::move(source)),
        reader_(reader),
        schema_(schema),
        validator_(std::move(validator)) {}

  // Keeps the runs of rows between those that break a rule.
  Status Hold(int64_t offset, SourceBatch& batch) const {
    std::vector<std::shared_ptr<arrow::RecordBatch>> kept;
    const arrow::RecordBatch& rows = *batch.rows;
    int64_t begin = 0;
    for (int64_t row = 0; row < rows.num_rows(); ++row) {
      const Json record = RowJson(rows, row);
      FIRN_ASSIGN(const auto violations, validator_.Validate(record));
      if (violations.empty()) continue;
      const registry::Violation& first = violations.front();
      batch.rejects.push_back({offset, std::nullopt, first.path, first.keyword,
                               (first.path.empty() ? "the row" : first.path) + " " + first.message,
                               record.Dump()});
      if (begin < row) kept.push_back(rows.Slice(begin, row - begin));
      begin = row + 1;
    }
    if (begin == 0) return Ok();
    if (begin < rows.num_rows()) kept.push_back(rows.Slice(begin));
    return Join(kept, batch);
  }

  static Status Join(const std::vector<std::shared_ptr<arrow::RecordBatch>>& kept,
                     SourceBatch& batch) {
    if (kept.empty()) {
      batch.rows = nullptr;
      return Ok();
    }
    auto table = arrow::Table::FromRecordBatches(kept);
    auto joined = table.ok() ? (*table)->CombineChunksToBatch()
                             : arrow::Result<std::shared_ptr<arrow::RecordBatch>>(table.status());
    if (!joined.ok()) return Internal("rows cannot be joined", joined.status().ToString());
    batch.rows = *std::move(joined);
    return Ok();
  }

  std::unique_ptr<RecordSource> source_;
  SourceReader& reader_;
  const Json& schema_;
  const registry::Validator validator_;
};

class Format : public SourceFormat {
 public:
  Format(const SourceFormat& format, Json schema) : format_(format), schema_(std::move(schema)) {}

  Result<std::unique_ptr<RecordSource>> Open(const FileTask& task,
                                             SourceReader& reader) const override {
    FIRN_ASSIGN(auto source, format_.Open(task, reader));
    if (source == nullptr) return source;
    return ValidatedSource::Make(std::move(source), reader, schema_);
  }

  Status AllowRewritten(const FileTask& task) const override {
    return format_.AllowRewritten(task);
  }

 private:
  const SourceFormat& format_;
  const Json schema_;
};

}  // namespace

std::unique_ptr<SourceFormat> ValidatedFormat(const SourceFormat& format, Json schema) {
  return std::make_unique<Format>(format, std::move(schema));
}

}  // namespace firn::ingest
