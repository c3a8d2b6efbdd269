// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/spill_file.h"

#include <span>
#include <string_view>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/dictionary.h>
#include <arrow/ipc/options.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/util/compression.h>

#include "firn/datafile/arrow_wall.h"

namespace firn::datafile {

namespace {

Result<std::shared_ptr<arrow::Buffer>> MessageOf(const arrow::RecordBatch& batch, bool compressed) {
  auto options = arrow::ipc::IpcWriteOptions::Defaults();
  options.use_threads = false;
  if (compressed) {
    FIRN_ASSIGN(options.codec,
                FromArrow(arrow::util::Codec::Create(arrow::Compression::LZ4_FRAME)));
  }
  return FromArrow(arrow::ipc::SerializeRecordBatch(batch, options));
}

// A core that makes less of it would be slower than a disk that takes all of it.
Result<bool> IsHalved(const arrow::RecordBatch& batch) {
  FIRN_ASSIGN(const auto plain, MessageOf(batch, false));
  FIRN_ASSIGN(const auto compressed, MessageOf(batch, true));
  return 2 * compressed->size() <= plain->size();
}

}  // namespace

SpillFile::SpillFile(std::unique_ptr<io::ScratchFile> file, std::shared_ptr<arrow::Schema> layout)
    : file_(std::move(file)), layout_(std::move(layout)) {}

Result<std::unique_ptr<SpillFile>> SpillFile::Create(io::ScratchSpace& scratch,
                                                     std::shared_ptr<arrow::Schema> layout) {
  FIRN_ASSIGN(auto file, scratch.Create());
  return std::unique_ptr<SpillFile>(new SpillFile(std::move(file), std::move(layout)));
}

Status SpillFile::Write(const arrow::RecordBatch& batch) {
  if (!compresses_) {
    FIRN_ASSIGN(compresses_, IsHalved(batch));
  }
  FIRN_ASSIGN(const auto bytes, MessageOf(batch, *compresses_));
  FIRN_TRY(file_->Append(
      {reinterpret_cast<const char*>(bytes->data()), static_cast<size_t>(bytes->size())}));
  ends_.push_back(file_->size_bytes());
  return Ok();
}

Result<std::shared_ptr<arrow::RecordBatch>> SpillFile::Read(size_t batch) const {
  const int64_t begin = batch == 0 ? 0 : ends_[batch - 1];
  FIRN_ASSIGN(std::shared_ptr<arrow::Buffer> buffer,
              FromArrow(arrow::AllocateBuffer(ends_[batch] - begin)));
  FIRN_TRY(file_->ReadInto(begin, {reinterpret_cast<char*>(buffer->mutable_data()),
                                   static_cast<size_t>(buffer->size())}));
  auto options = arrow::ipc::IpcReadOptions::Defaults();
  options.use_threads = false;
  const arrow::ipc::DictionaryMemo no_dictionaries;
  arrow::io::BufferReader stream(std::move(buffer));
  return FromArrow(arrow::ipc::ReadRecordBatch(layout_, &no_dictionaries, options, &stream));
}

}  // namespace firn::datafile
