// SPDX-License-Identifier: Apache-2.0

#include "firn/base/compression.h"

#include <algorithm>
#include <array>
#include <memory>

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

namespace firn {
namespace {

constexpr size_t kPieceBytes = size_t{64} << 10;
constexpr size_t kInputBytesMax = size_t{1} << 30;  // zlib counts in 32 bits.

int WindowBits(DeflateFormat format) {
  return format == DeflateFormat::kRaw ? -15 : 15 + 16;
}

void SetInput(z_stream& stream, std::string_view bytes) {
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
}

// Ends the stream when it goes out of scope.
struct InflateStream {
  z_stream stream{};
  ~InflateStream() { inflateEnd(&stream); }
};

Error TooLarge(size_t size_bytes_max) {
  return ResourceExhausted("decompressed size over the limit, bytes", size_bytes_max);
}

}  // namespace

Result<std::string> Deflate(std::string_view bytes, DeflateFormat format) {
  if (bytes.size() > kInputBytesMax)
    return ResourceExhausted("too large to compress", bytes.size());
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WindowBits(format), 8,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return Internal("zlib does not start");
  }
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  SetInput(stream, bytes);
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) return Internal("zlib does not finish, code", code);
  return out;
}

Result<std::string> Inflate(std::string_view bytes, DeflateFormat format, size_t size_bytes_max) {
  if (bytes.size() > kInputBytesMax) return TooLarge(size_bytes_max);
  InflateStream inflater;
  if (inflateInit2(&inflater.stream, WindowBits(format)) != Z_OK) {
    return Internal("zlib does not start");
  }
  SetInput(inflater.stream, bytes);
  std::string out;
  std::array<char, kPieceBytes> piece;
  int code = Z_OK;
  while (code != Z_STREAM_END) {
    inflater.stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    inflater.stream.avail_out = static_cast<uInt>(piece.size());
    code = inflate(&inflater.stream, Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END)
      return Corrupt("DEFLATE stream is damaged, code", code);
    out.append(piece.data(), piece.size() - inflater.stream.avail_out);
    if (out.size() > size_bytes_max) return TooLarge(size_bytes_max);
  }
  return out;
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
