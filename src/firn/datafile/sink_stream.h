// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>

#include <arrow/io/interfaces.h>

#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/parquet_export.h"

namespace firn::datafile {

/// Lets Arrow write into a sink.
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

}  // namespace firn::datafile
