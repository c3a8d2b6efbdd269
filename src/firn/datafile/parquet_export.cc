// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/parquet_export.h"

#include <utility>
#include <vector>

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <parquet/arrow/schema.h>
#include <parquet/arrow/writer.h>

#include "firn/datafile/array_bytes.h"
#include "firn/datafile/arrow_wall.h"

namespace firn::datafile {
namespace {

constexpr int64_t kRowGroupBytes = int64_t{64} << 20;

// Lets Arrow write into a sink.
class SinkStream : public arrow::io::OutputStream {
 public:
  explicit SinkStream(ByteSink sink) : sink_(std::move(sink)) {}

  arrow::Status Write(const void* data, int64_t size_bytes) override {
    const Status written = sink_({static_cast<const char*>(data), static_cast<size_t>(size_bytes)});
    if (!written.ok()) return IntoArrow(written.error());
    position_ += size_bytes;
    return arrow::Status::OK();
  }
  using arrow::io::OutputStream::Write;
  arrow::Status Close() override { return arrow::Status::OK(); }
  arrow::Result<int64_t> Tell() const override { return position_; }
  bool closed() const override { return false; }

 private:
  ByteSink sink_;
  int64_t position_ = 0;
};

class ArrowParquetExport : public ParquetExport {
 public:
  ArrowParquetExport(std::shared_ptr<arrow::Schema> schema, ByteSink sink)
      : schema_(std::move(schema)), stream_(std::make_shared<SinkStream>(std::move(sink))) {}

  // A writer that goes away unfinished writes a footer: into nothing.
  ~ArrowParquetExport() override {
    WithoutExceptions([this] {
      writer_.reset();
      return Ok();
    }).Ignore("whoever closed it knows");
  }

  Status Begin() {
    return WithoutExceptions([this]() -> Status {
      parquet::WriterProperties::Builder properties;
      properties.compression(parquet::Compression::ZSTD);
      FIRN_ASSIGN(writer_, FromArrow(parquet::arrow::FileWriter::Open(
                               *schema_, arrow::default_memory_pool(), stream_, properties.build(),
                               parquet::ArrowWriterProperties::Builder().store_schema()->build())));
      return Ok();
    });
  }

  Status Write(const std::shared_ptr<arrow::RecordBatch>& rows) override {
    waiting_bytes_ += BytesOf(*rows);
    waiting_.push_back(rows);
    return waiting_bytes_ < kRowGroupBytes ? Ok() : WriteRowGroup();
  }

  Status Close() override {
    FIRN_TRY(WriteRowGroup());
    return WithoutExceptions([this] { return FromArrow(writer_->Close()); });
  }

 private:
  Status WriteRowGroup() {
    if (waiting_.empty()) return Ok();
    FIRN_ASSIGN(const auto rows,
                FromArrow(arrow::Table::FromRecordBatches(schema_, std::move(waiting_))));
    waiting_.clear();
    waiting_bytes_ = 0;
    return WithoutExceptions([&] {
      return FromArrow(writer_->WriteTable(*rows, std::max<int64_t>(1, rows->num_rows())));
    });
  }

  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<SinkStream> stream_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  std::vector<std::shared_ptr<arrow::RecordBatch>> waiting_;
  int64_t waiting_bytes_ = 0;
};

// Asked column by column, so that the refusal can name the one.
Status CheckTypes(const arrow::Schema& schema) {
  const auto properties = parquet::default_writer_properties();
  for (const auto& field : schema.fields()) {
    std::shared_ptr<parquet::SchemaDescriptor> ignored;
    const Status fits = WithoutExceptions([&] {
      return FromArrow(
          parquet::arrow::ToParquetSchema(arrow::schema({field}).get(), *properties, &ignored));
    });
    if (fits.ok()) continue;
    return Unsupported("Parquet has no type for the column", field->name())
        .WithHint("cast it, for example to VARCHAR; its type is " + field->type()->ToString());
  }
  return Ok();
}

}  // namespace

Result<std::unique_ptr<ParquetExport>> ParquetExport::Open(std::shared_ptr<arrow::Schema> schema,
                                                           ByteSink sink) {
  FIRN_TRY(CheckTypes(*schema));
  auto file = std::make_unique<ArrowParquetExport>(std::move(schema), std::move(sink));
  FIRN_TRY(file->Begin());
  return std::unique_ptr<ParquetExport>(std::move(file));
}

}  // namespace firn::datafile
