// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/arrow_file.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include <arrow/buffer.h>

#include "firn/datafile/arrow_wall.h"

namespace firn::datafile {
namespace {

constexpr size_t kGatherBytes = size_t{256} << 10;

arrow::Status Write(io::OutputFile& file, std::string_view bytes) {
  const Status written = file.Write(bytes);
  return written.ok() ? arrow::Status::OK() : IntoArrow(written.error());
}

}  // namespace

ArrowOutput::ArrowOutput(io::OutputFile& file) : file_(file) {}

ArrowOutput::~ArrowOutput() = default;

arrow::Status ArrowOutput::Write(const void* data, int64_t size_bytes) {
  if (closed_) return arrow::Status::IOError("write to a closed file");
  const std::string_view bytes(static_cast<const char*>(data), static_cast<size_t>(size_bytes));
  if (pending_.size() + bytes.size() <= kGatherBytes) {
    pending_.append(bytes);
    return arrow::Status::OK();
  }
  ARROW_RETURN_NOT_OK(Flush());
  if (bytes.size() >= kGatherBytes) return datafile::Write(file_, bytes);
  pending_.assign(bytes);
  return arrow::Status::OK();
}

arrow::Status ArrowOutput::Flush() {
  if (pending_.empty()) return arrow::Status::OK();
  const arrow::Status written = datafile::Write(file_, pending_);
  pending_.clear();
  return written;
}

void ArrowOutput::Abandon() {
  closed_ = true;
  pending_.clear();
}

arrow::Status ArrowOutput::Close() {
  if (closed_) return arrow::Status::OK();
  closed_ = true;
  return Flush();
}

arrow::Result<int64_t> ArrowOutput::Tell() const {
  return file_.position() + static_cast<int64_t>(pending_.size());
}

ArrowInput::ArrowInput(std::shared_ptr<const io::InputFile> file) : file_(std::move(file)) {}

ArrowInput::~ArrowInput() = default;

arrow::Result<int64_t> ArrowInput::GetSize() {
  return file_->size_bytes();
}

arrow::Result<int64_t> ArrowInput::ReadAt(int64_t position, int64_t size_bytes, void* out) {
  if (position < 0 || size_bytes < 0) return arrow::Status::Invalid("read before the file");
  auto read = file_->ReadInto(position, {static_cast<char*>(out), static_cast<size_t>(size_bytes)});
  if (!read) return IntoArrow(read.error());
  return *read;
}

arrow::Result<std::shared_ptr<arrow::Buffer>> ArrowInput::ReadAt(int64_t position,
                                                                 int64_t size_bytes) {
  if (position < 0 || size_bytes < 0) return arrow::Status::Invalid("read before the file");
  // A size a broken footer claims is not allocated: no read can give more than the file has.
  const int64_t left = std::max<int64_t>(0, file_->size_bytes() - position);
  ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(std::min(size_bytes, left)));
  ARROW_ASSIGN_OR_RAISE(const int64_t read, ReadAt(position, buffer->size(),
                                                   static_cast<void*>(buffer->mutable_data())));
  ARROW_RETURN_NOT_OK(buffer->Resize(read));
  return std::shared_ptr<arrow::Buffer>(std::move(buffer));
}

arrow::Result<int64_t> ArrowInput::Read(int64_t size_bytes, void* out) {
  ARROW_ASSIGN_OR_RAISE(const int64_t read, ReadAt(position_, size_bytes, out));
  position_ += read;
  return read;
}

arrow::Result<std::shared_ptr<arrow::Buffer>> ArrowInput::Read(int64_t size_bytes) {
  ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, size_bytes));
  position_ += buffer->size();
  return buffer;
}

arrow::Status ArrowInput::Seek(int64_t position) {
  if (position < 0) return arrow::Status::Invalid("seek before the file");
  position_ = position;
  return arrow::Status::OK();
}

arrow::Status ArrowInput::Close() {
  closed_ = true;
  return arrow::Status::OK();
}

}  // namespace firn::datafile
