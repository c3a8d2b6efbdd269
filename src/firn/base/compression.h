// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "firn/base/result.h"

struct libdeflate_decompressor;

namespace firn {

/// The wrappers around one DEFLATE stream (RFC 1951): none, or gzip's (RFC 1952).
enum class DeflateFormat : uint8_t { kRaw, kGzip };

/// Compresses at the level most programs have by default, 6. Errors: `kResourceExhausted`.
Result<std::string> Deflate(std::string_view bytes, DeflateFormat format);

/// Decompresses DEFLATE streams one after another into one buffer, which grows with the largest of
/// them and never past `size_bytes_max`, whatever a stream claims to be. Not thread-safe.
class Inflater {
 public:
  Inflater(DeflateFormat format, size_t size_bytes_max);

  /// Decompresses the stream that `bytes` begin with. The result stays until the next call, also
  /// when the inflater moves. Errors: `kCorrupt`; `kResourceExhausted` over the limit.
  Result<std::string_view> Inflate(std::string_view bytes);

 private:
  struct Free {
    void operator()(libdeflate_decompressor* decompressor) const;
  };

  void Grow(size_t wanted);

  DeflateFormat format_;
  size_t size_bytes_max_;
  std::unique_ptr<libdeflate_decompressor, Free> decompressor_;
  std::unique_ptr<char[]> buffer_;
  size_t capacity_ = 0;
};

/// Decompresses one stream. Errors: those of `Inflater`.
Result<std::string> Inflate(std::string_view bytes, DeflateFormat format, size_t size_bytes_max);

/// Decompresses zstd frames (RFC 8878) with the same limit and errors.
Result<std::string> ZstdDecompress(std::string_view bytes, size_t size_bytes_max);
/// Compresses to one zstd frame that states its content's size. Errors: `kInternal`.
Result<std::string> ZstdCompress(std::string_view bytes);

/// Decompresses one whole LZ4 frame with the same limit and errors.
Result<std::string> Lz4Decompress(std::string_view bytes, size_t size_bytes_max);
/// Compresses to one LZ4 frame that states its content's size. Errors: `kInternal`.
Result<std::string> Lz4Compress(std::string_view bytes);

bool IsGzip(std::string_view bytes);  ///< By the first bytes.
bool IsZstd(std::string_view bytes);  ///< By the first bytes.

}  // namespace firn
