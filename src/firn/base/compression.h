// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "firn/base/result.h"

namespace firn {

/// The wrappers around one DEFLATE stream (RFC 1951): none, or gzip's (RFC 1952).
enum class DeflateFormat : uint8_t { kRaw, kGzip };

/// Compresses at zlib's default level. Errors: `kInternal`.
Result<std::string> Deflate(std::string_view bytes, DeflateFormat format);

/// Decompresses one whole stream, giving up once the output would pass `size_bytes_max`.
/// Errors: `kCorrupt`; `kResourceExhausted` over the limit.
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
