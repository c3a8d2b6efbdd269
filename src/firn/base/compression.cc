// SPDX-License-Identifier: Apache-2.0
//
// Nothing here believes what a stream says of its size: output grows until the stream ends or the
// caller's limit is reached. libdeflate wants the whole output's room beforehand, which is what
// makes it fast; a stream that did not fit is decompressed again with four times the room.

#include "firn/base/compression.h"

#include <algorithm>
#include <array>
#include <memory>

#include <libdeflate.h>
#include <lz4frame.h>
#include <zstd.h>

namespace firn {
namespace {

constexpr size_t kPieceBytes = size_t{64} << 10;
constexpr int kDeflateLevel = 6;
constexpr size_t kInflateGrowth = 4;

Error TooLarge(size_t size_bytes_max) {
  return ResourceExhausted("decompressed size over the limit, bytes", size_bytes_max);
}

}  // namespace

Result<std::string> Deflate(std::string_view bytes, DeflateFormat format) {
  const std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor*)> compressor(
      libdeflate_alloc_compressor(kDeflateLevel), &libdeflate_free_compressor);
  if (compressor == nullptr) return ResourceExhausted("no memory for DEFLATE");
  const bool raw = format == DeflateFormat::kRaw;
  const auto bound = raw ? libdeflate_deflate_compress_bound : libdeflate_gzip_compress_bound;
  const auto compress = raw ? libdeflate_deflate_compress : libdeflate_gzip_compress;
  std::string out(bound(compressor.get(), bytes.size()), '\0');
  out.resize(compress(compressor.get(), bytes.data(), bytes.size(), out.data(), out.size()));
  if (out.empty()) return Internal("DEFLATE output over its bound, from bytes", bytes.size());
  return out;
}

void Inflater::Free::operator()(libdeflate_decompressor* decompressor) const {
  libdeflate_free_decompressor(decompressor);
}

Inflater::Inflater(DeflateFormat format, size_t size_bytes_max)
    : format_(format),
      size_bytes_max_(size_bytes_max),
      decompressor_(libdeflate_alloc_decompressor()) {}

Result<std::string_view> Inflater::Inflate(std::string_view bytes) {
  if (decompressor_ == nullptr) return ResourceExhausted("no memory for DEFLATE");
  const auto decompress =
      format_ == DeflateFormat::kRaw ? libdeflate_deflate_decompress : libdeflate_gzip_decompress;
  Grow(std::max(bytes.size(), kPieceBytes));
  while (true) {
    size_t size = 0;
    const libdeflate_result result = decompress(decompressor_.get(), bytes.data(), bytes.size(),
                                                buffer_.get(), capacity_, &size);
    if (result == LIBDEFLATE_SUCCESS) return std::string_view(buffer_.get(), size);
    if (result != LIBDEFLATE_INSUFFICIENT_SPACE) return Corrupt("DEFLATE stream is damaged");
    if (capacity_ == size_bytes_max_) return TooLarge(size_bytes_max_);
    Grow(capacity_);
  }
}

// Makes room for several times `wanted`. Room that is not used takes no memory.
void Inflater::Grow(size_t wanted) {
  const size_t capacity = wanted > size_bytes_max_ / kInflateGrowth ? size_bytes_max_
                                                                    : wanted * kInflateGrowth;
  if (buffer_ != nullptr && capacity <= capacity_) return;
  buffer_ = nullptr;  // Before the larger one is made.
  buffer_ = std::make_unique_for_overwrite<char[]>(capacity);
  capacity_ = capacity;
}

Result<std::string> Inflate(std::string_view bytes, DeflateFormat format, size_t size_bytes_max) {
  Inflater inflater(format, size_bytes_max);
  FIRN_ASSIGN(const std::string_view out, inflater.Inflate(bytes));
  return std::string(out);
}

Result<std::string> ZstdDecompress(std::string_view bytes, size_t size_bytes_max) {
  const std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(),
                                                                        &ZSTD_freeDStream);
  if (stream == nullptr) return ResourceExhausted("no memory for zstd");
  std::string out;
  std::array<char, kPieceBytes> piece;
  ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
  size_t left = 1;
  while (input.pos < input.size || left != 0) {
    ZSTD_outBuffer output{piece.data(), piece.size(), 0};
    const size_t consumed = input.pos;
    left = ZSTD_decompressStream(stream.get(), &output, &input);
    if (ZSTD_isError(left) != 0) return Corrupt("zstd stream is damaged", ZSTD_getErrorName(left));
    out.append(piece.data(), output.pos);
    if (out.size() > size_bytes_max) return TooLarge(size_bytes_max);
    if (output.pos == 0 && input.pos == consumed && left != 0) return Corrupt("zstd stream is cut");
  }
  return out;
}

Result<std::string> ZstdCompress(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const size_t size =
      ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), ZSTD_CLEVEL_DEFAULT);
  if (ZSTD_isError(size) != 0) return Internal("zstd does not compress", ZSTD_getErrorName(size));
  out.resize(size);
  return out;
}

Result<std::string> Lz4Decompress(std::string_view bytes, size_t size_bytes_max) {
  LZ4F_dctx* created = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&created, LZ4F_VERSION)) != 0) {
    return ResourceExhausted("no memory for LZ4");
  }
  const std::unique_ptr<LZ4F_dctx, LZ4F_errorCode_t (*)(LZ4F_dctx*)> context(
      created, &LZ4F_freeDecompressionContext);
  std::string out;
  std::array<char, kPieceBytes> piece;
  size_t left = 1;
  while (left != 0) {
    size_t produced = piece.size();
    size_t consumed = bytes.size();
    left =
        LZ4F_decompress(context.get(), piece.data(), &produced, bytes.data(), &consumed, nullptr);
    if (LZ4F_isError(left) != 0) return Corrupt("LZ4 frame is damaged", LZ4F_getErrorName(left));
    out.append(piece.data(), produced);
    if (out.size() > size_bytes_max) return TooLarge(size_bytes_max);
    if (produced == 0 && consumed == 0 && left != 0) return Corrupt("LZ4 frame is cut");
    bytes.remove_prefix(consumed);
  }
  if (!bytes.empty()) return Corrupt("bytes follow the LZ4 frame", bytes.size());
  return out;
}

Result<std::string> Lz4Compress(std::string_view bytes) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.contentSize = bytes.size();
  std::string out(LZ4F_compressFrameBound(bytes.size(), &preferences), '\0');
  const size_t size =
      LZ4F_compressFrame(out.data(), out.size(), bytes.data(), bytes.size(), &preferences);
  if (LZ4F_isError(size) != 0) return Internal("LZ4 does not compress", LZ4F_getErrorName(size));
  out.resize(size);
  return out;
}

bool IsGzip(std::string_view bytes) {
  return bytes.starts_with("\x1f\x8b");
}

bool IsZstd(std::string_view bytes) {
  return bytes.starts_with("\x28\xb5\x2f\xfd");
}

}  // namespace firn
