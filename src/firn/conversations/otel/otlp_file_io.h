// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "firn/ingest/source_file_io.h"

namespace firn::conversations::otel {

/// Shows files of OTLP export requests as lines of records (see lines.h), everything else as it is.
/// Such a file is JSON (one request, or one a line, as the collector's file exporter writes them)
/// or, under a name that ends in ".pb" or ".otlp", protobuf (one request, or each with its length
/// before it in four bytes, the first the highest). For reading alone. Thread-safe.
class OtlpFileIO : public ingest::SourceFileIO {
 public:
  /// `folder` is a local one, for lines that are too long for memory.
  OtlpFileIO(io::FileIO& inner, std::string folder)
      : SourceFileIO(inner), folder_(std::move(folder)) {}

  /// Errors: those of `inner`; `kCorrupt` where a request breaks its format; `kResourceExhausted`
  /// for one that is too long.
  Result<std::unique_ptr<io::InputFile>> Open(std::string_view location) override;

 private:
  std::string folder_;
};

}  // namespace firn::conversations::otel
