// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/arrow_export.h"

#include <utility>

#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>

#include "firn/datafile/arrow_file.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/sink_stream.h"

namespace firn::datafile {
namespace {

class IpcExport : public ArrowExport {
 public:
  explicit IpcExport(std::shared_ptr<arrow::ipc::RecordBatchWriter> writer)
      : writer_(std::move(writer)) {}

  Status Write(const std::shared_ptr<arrow::RecordBatch>& rows) override {
    return FromArrow(writer_->WriteRecordBatch(*rows));
  }
  Status Close() override { return FromArrow(writer_->Close()); }

 private:
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
};

Result<int64_t> Count(io::FileIO& files, std::string_view location) {
  FIRN_ASSIGN(std::shared_ptr<const io::InputFile> input, files.Open(location));
  FIRN_ASSIGN(const auto reader, FromArrow(arrow::ipc::RecordBatchFileReader::Open(
                                     std::make_shared<ArrowInput>(std::move(input)))));
  return FromArrow(reader->CountRows());
}

}  // namespace

Result<std::unique_ptr<ArrowExport>> ArrowExport::Open(std::shared_ptr<arrow::Schema> schema,
                                                       ByteSink sink) {
  FIRN_ASSIGN(auto writer, FromArrow(arrow::ipc::MakeFileWriter(
                               std::make_shared<SinkStream>(std::move(sink)), schema)));
  return std::unique_ptr<ArrowExport>(std::make_unique<IpcExport>(std::move(writer)));
}

Result<int64_t> CountArrowRows(io::FileIO& files, std::string_view location) {
  auto count = Count(files, location);
  if (!count) return WhileReading(std::move(count).error(), location);
  return count;
}

}  // namespace firn::datafile
