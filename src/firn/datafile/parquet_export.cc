// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/parquet_export.h"

#include <utility>
#include <vector>

#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <parquet/arrow/schema.h>
#include <parquet/arrow/writer.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include "firn/datafile/array_bytes.h"
#include "firn/datafile/arrow_file.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/encode/page_compressor.h"
#include "firn/datafile/sink_stream.h"

namespace firn::datafile {
namespace {

constexpr int64_t kRowGroupBytes = int64_t{64} << 20;

class ArrowParquetExport : public ParquetExport {
 public:
  ArrowParquetExport(std::shared_ptr<arrow::Schema> schema, ByteSink sink, Codec codec)
      : schema_(std::move(schema)),
        stream_(std::make_shared<SinkStream>(std::move(sink))),
        codec_(codec) {}

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
      properties.compression(CodecOf(codec_));
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
  Codec codec_;
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
                                                           ByteSink sink, Codec codec) {
  FIRN_TRY(CheckTypes(*schema));
  auto file = std::make_unique<ArrowParquetExport>(std::move(schema), std::move(sink), codec);
  FIRN_TRY(file->Begin());
  return std::unique_ptr<ParquetExport>(std::move(file));
}

Result<int64_t> CountParquetRows(io::FileIO& files, std::string_view location) {
  int64_t rows = 0;
  const Status read = WithoutExceptions([&]() -> Status {
    FIRN_ASSIGN(std::shared_ptr<const io::InputFile> input, files.Open(location));
    const auto reader =
        parquet::ParquetFileReader::Open(std::make_shared<ArrowInput>(std::move(input)));
    rows = reader->metadata()->num_rows();
    return Ok();
  });
  if (!read.ok()) return WhileReading(read.error(), location);
  return rows;
}

}  // namespace firn::datafile
