// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "firn/base/digest.h"
#include "firn/base/result.h"
#include "firn/io/file_io.h"

namespace firn::io {

/// A file whose SHA-256 is known when it is written. Not thread-safe.
class DigestedFile {
 public:
  /// Errors: those of `FileIO::Create`.
  static Result<std::unique_ptr<DigestedFile>> Create(FileIO& files, std::string_view location) {
    FIRN_ASSIGN(auto file, files.Create(location));
    return std::unique_ptr<DigestedFile>(new DigestedFile(std::move(file)));
  }

  Status Write(std::string_view bytes) {
    digest_.Update(bytes);
    return file_->Write(bytes);
  }
  int64_t position() const { return file_->position(); }

  /// Makes the file durable and visible and returns its digest in hexadecimal.
  Result<std::string> Close() {
    FIRN_TRY(file_->Close());
    return digest_.FinishHex();
  }

 private:
  explicit DigestedFile(std::unique_ptr<OutputFile> file) : file_(std::move(file)) {}

  std::unique_ptr<OutputFile> file_;
  Sha256Stream digest_;
};

}  // namespace firn::io
