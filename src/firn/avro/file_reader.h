// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "firn/avro/decoder.h"
#include "firn/avro/schema.h"
#include "firn/base/compression.h"
#include "firn/base/result.h"
#include "firn/io/file_io.h"

namespace firn::avro {

/// Bounds on files somebody else wrote.
struct FileLimits {
  int64_t header_bytes_max = int64_t{64} << 20;
  int64_t block_bytes_max = int64_t{256} << 20;  ///< Of one block, before and after decompression.
};

/// One block of a file: objects one after the other, decompressed.
struct Block {
  int64_t offset = 0;   ///< Where it begins in the file; `FileReader::Seek` goes back there.
  int64_t objects = 0;  ///< As many as the file says; no more than there are bytes.
  std::string_view bytes;
};

/// Reads an Avro object container file block by block; holds one block and one window of the file
/// in memory. Not thread-safe.
class FileReader {
 public:
  /// Reads the header. Codecs: null, deflate, zstandard.
  /// Errors: `kNotFound`, `kIo`; `kCorrupt`; `kUnsupported` for another codec;
  /// `kResourceExhausted` over a limit.
  static Result<FileReader> Open(std::unique_ptr<io::InputFile> file, FileLimits limits = {});

  const Schema& schema() const { return *schema_; }
  /// A value of the header ("avro.schema", "format-version", ...); null where there is none.
  const std::string* Metadata(std::string_view key) const;

  /// Moves to the next object; false at the end. `decoder()` then stands at its first byte and
  /// must be moved past its last before the next call.
  Result<bool> Next();
  Decoder& decoder() { return decoder_; }

  /// Moves to the next block; unset at the end. Its bytes stay until the next call. For readers of
  /// whole blocks, who do not call `Next`.
  Result<std::optional<Block>> NextBlock();
  /// Makes the block that begins at `offset` the next one.
  void Seek(int64_t offset);

 private:
  FileReader(std::unique_ptr<io::InputFile> file, FileLimits limits)
      : file_(std::move(file)),
        limits_(limits),
        inflater_(DeflateFormat::kRaw, static_cast<size_t>(limits.block_bytes_max)) {}

  Status ReadHeader();
  Status ParseHeader(Decoder& header, size_t& used_bytes, size_t total_bytes);
  Status ReadBlock();
  // What a block's bytes are; they stay until the next call.
  Result<std::string_view> Decompress(std::string_view packed);
  // Bytes of the file, read in large steps; short at the end of the file.
  Result<std::string_view> View(int64_t offset, int64_t length);

  std::unique_ptr<io::InputFile> file_;
  FileLimits limits_;
  std::shared_ptr<const Schema> schema_;
  std::map<std::string, std::string, std::less<>> metadata_;
  std::string sync_;
  std::string window_;
  int64_t window_offset_ = 0;
  int64_t offset_ = 0;  // Of the next block.
  Inflater inflater_;
  std::unique_ptr<const std::string> unpacked_;  // Of other codecs. Stays when the reader moves.
  std::string_view block_;
  int64_t objects_left_ = 0;
  Decoder decoder_{std::string_view()};
};

}  // namespace firn::avro
