// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "firn/base/result.h"
#include "firn/io/file_io.h"

namespace firn::avro {

enum class Codec : uint8_t { kNull, kDeflate };

/// Writes an Avro object container file; holds one block in memory. Not thread-safe.
/// Equal objects written to equal locations make equal bytes: the sync marker is a digest.
class FileWriter {
 public:
  /// Writes the header with `schema` (JSON text) and `metadata`.
  static Result<FileWriter> Open(std::unique_ptr<io::OutputFile> file, std::string_view schema,
                                 const std::map<std::string, std::string>& metadata,
                                 Codec codec = Codec::kDeflate);

  /// Adds one object, encoded.
  Status Append(std::string_view object);
  /// Writes what is left and closes the file: durable and visible on return.
  /// Returns the size of the file.
  Result<int64_t> Close();

 private:
  FileWriter(std::unique_ptr<io::OutputFile> file, Codec codec)
      : file_(std::move(file)), codec_(codec) {}

  Status FlushBlock();

  std::unique_ptr<io::OutputFile> file_;
  Codec codec_;
  std::string sync_;
  std::string block_;
  int64_t objects_ = 0;
};

}  // namespace firn::avro
