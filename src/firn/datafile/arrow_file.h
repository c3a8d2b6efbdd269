// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include "firn/io/file_io.h"

namespace firn::datafile {

/// Lets Arrow write to a file of ours. Gathers small writes; `Flush` hands on what is left.
/// Closing it flushes and leaves the file itself open: whoever owns that closes or aborts it.
class ArrowOutput : public arrow::io::OutputStream {
 public:
  /// Writes to `file`, which outlives this.
  explicit ArrowOutput(io::OutputFile& file);
  ~ArrowOutput() override;

  arrow::Status Write(const void* data, int64_t size_bytes) override;
  using arrow::io::OutputStream::Write;
  arrow::Status Flush() override;
  arrow::Status Close() override;
  arrow::Result<int64_t> Tell() const override;
  bool closed() const override { return closed_; }
  /// Refuses further writes and forgets what is pending: the file was given up.
  void Abandon();

 private:
  io::OutputFile& file_;
  std::string pending_;
  bool closed_ = false;
};

/// Lets Arrow read a file of ours. Thread-safe as far as `ReadAt` goes.
class ArrowInput : public arrow::io::RandomAccessFile {
 public:
  explicit ArrowInput(std::shared_ptr<const io::InputFile> file);
  ~ArrowInput() override;

  arrow::Result<int64_t> GetSize() override;
  arrow::Result<int64_t> ReadAt(int64_t position, int64_t size_bytes, void* out) override;
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position,
                                                       int64_t size_bytes) override;
  arrow::Result<int64_t> Read(int64_t size_bytes, void* out) override;
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t size_bytes) override;
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Status Seek(int64_t position) override;
  arrow::Status Close() override;
  bool closed() const override { return closed_; }
  using arrow::io::RandomAccessFile::ReadAt;

 private:
  std::shared_ptr<const io::InputFile> file_;
  int64_t position_ = 0;
  bool closed_ = false;
};

}  // namespace firn::datafile
