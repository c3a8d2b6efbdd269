// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/stream.h"

#include <utility>

#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>

#include "firn/datafile/arrow_wall.h"

namespace firn::datafile {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

// A foreign stream as a reader of ours.
class ImportedReader : public BatchReader {
 public:
  explicit ImportedReader(std::shared_ptr<arrow::RecordBatchReader> reader)
      : reader_(std::move(reader)), schema_(reader_->schema()) {}

  const std::shared_ptr<arrow::Schema>& schema() const override { return schema_; }

  Result<BatchPtr> Next() override {
    for (;;) {
      FIRN_ASSIGN(BatchPtr batch, FromArrow(reader_->Next()));
      if (batch == nullptr || batch->num_rows() > 0) return batch;
    }
  }

 private:
  std::shared_ptr<arrow::RecordBatchReader> reader_;
  std::shared_ptr<arrow::Schema> schema_;
};

// A reader of ours as one of Arrow's.
class ExportedReader : public arrow::RecordBatchReader {
 public:
  explicit ExportedReader(std::unique_ptr<BatchReader> reader) : reader_(std::move(reader)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return reader_->schema(); }

  arrow::Status ReadNext(BatchPtr* out) override {
    auto batch = reader_->Next();
    if (!batch) return IntoArrow(batch.error());
    *out = *std::move(batch);
    return arrow::Status::OK();
  }

 private:
  std::unique_ptr<BatchReader> reader_;
};

}  // namespace

Result<std::unique_ptr<BatchReader>> ImportStream(ArrowArrayStream* stream) {
  FIRN_ASSIGN(auto reader, FromArrow(arrow::ImportRecordBatchReader(stream)));
  return std::unique_ptr<BatchReader>(std::make_unique<ImportedReader>(std::move(reader)));
}

Status ExportStream(std::unique_ptr<BatchReader> reader, ArrowArrayStream* out) {
  return FromArrow(
      arrow::ExportRecordBatchReader(std::make_shared<ExportedReader>(std::move(reader)), out));
}

}  // namespace firn::datafile
