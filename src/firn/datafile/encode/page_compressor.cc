// SPDX-License-Identifier: Apache-2.0
//
// zstd by its own interface, which lets one context compress page after page; the other codecs
// through Arrow.

#include "firn/datafile/encode/page_compressor.h"

#include <zstd.h>

#include "firn/datafile/arrow_wall.h"

namespace firn::datafile {
namespace {

constexpr int kZstdLevelDefault = 1;
constexpr int kLongWindowLog = 23;  // 8 MiB.
constexpr int kFastLevelMax = 4;
constexpr int kCachedLevel = 3;
constexpr int kCachedHashLog = 16, kCachedChainLog = 15;

// A level goes only with codecs that take one: snappy with a level is refused by the library.
bool TakesLevel(Codec codec) {
  return codec == Codec::kGzip || codec == Codec::kBrotli;
}

// zstd looks for repetitions in a whole page, not only in what its level thinks enough (2 MiB at
// level 3): long texts repeat far apart. Fast levels soon forget what they saw, which its
// long-distance matcher makes up for at little cost. A page is one frame of known size, so this
// asks nothing of readers; those that bound windows allow what a page of 8 MiB needs.
void LookFarBack(ZSTD_CCtx* context, const Compression& compression) {
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, kLongWindowLog);
  if (compression.level.value_or(kZstdLevelDefault) <= kFastLevelMax) {
    ZSTD_CCtx_setParameter(context, ZSTD_c_enableLongDistanceMatching, 1);
  }
}

// The tables of level 3 halved, so that they stay in a core's own cache beside the texts: a fifth
// less time on messages for 0.3 % more bytes (docs/benchmarks.md, "Writing").
void StayInCache(ZSTD_CCtx* context, const Compression& compression) {
  if (compression.level != kCachedLevel) return;
  ZSTD_CCtx_setParameter(context, ZSTD_c_hashLog, kCachedHashLog);
  ZSTD_CCtx_setParameter(context, ZSTD_c_chainLog, kCachedChainLog);
}

}  // namespace

arrow::Compression::type CodecOf(Codec codec) {
  switch (codec) {
    case Codec::kSnappy:
      return arrow::Compression::SNAPPY;
    case Codec::kGzip:
      return arrow::Compression::GZIP;
    case Codec::kLz4:
      return arrow::Compression::LZ4;
    case Codec::kBrotli:
      return arrow::Compression::BROTLI;
    case Codec::kZstd:
      return arrow::Compression::ZSTD;
    default:
      return arrow::Compression::UNCOMPRESSED;
  }
}

void PageCompressor::Free::operator()(ZSTD_CCtx_s* context) const {
  ZSTD_freeCCtx(context);
}

PageCompressor::PageCompressor() = default;
PageCompressor::~PageCompressor() = default;

Status PageCompressor::CompressZstd(const PageCompression& compression, std::string_view bytes,
                                    ByteBuffer& out) {
  if (zstd_ == nullptr) zstd_.reset(ZSTD_createCCtx());
  if (zstd_ == nullptr) return ResourceExhausted("no memory for zstd");
  ZSTD_CCtx_reset(zstd_.get(), ZSTD_reset_session_and_parameters);
  ZSTD_CCtx_setParameter(zstd_.get(), ZSTD_c_compressionLevel,
                         compression.compression.level.value_or(kZstdLevelDefault));
  if (compression.looks_far) {
    LookFarBack(zstd_.get(), compression.compression);
  } else {
    StayInCache(zstd_.get(), compression.compression);
  }
  const size_t before = out.size(), bound = ZSTD_compressBound(bytes.size());
  const size_t size =
      ZSTD_compress2(zstd_.get(), out.Extend(bound), bound, bytes.data(), bytes.size());
  if (ZSTD_isError(size) != 0) {
    return ResourceExhausted("zstd does not compress", ZSTD_getErrorName(size));
  }
  out.Truncate(before + size);
  return Ok();
}

Result<arrow::util::Codec*> PageCompressor::Find(const Compression& compression) {
  const int level = compression.level && TakesLevel(compression.codec)
                        ? *compression.level
                        : arrow::util::kUseDefaultCompressionLevel;
  auto& codec = codecs_[{compression.codec, level}];
  if (codec == nullptr) {
    FIRN_ASSIGN(codec, FromArrow(arrow::util::Codec::Create(CodecOf(compression.codec), level)));
  }
  return codec.get();
}

Status PageCompressor::Compress(const PageCompression& compression, std::string_view bytes,
                                ByteBuffer& out) {
  if (compression.compression.codec == Codec::kUncompressed) {
    out.Append(bytes);
    return Ok();
  }
  if (compression.compression.codec == Codec::kZstd) return CompressZstd(compression, bytes, out);
  FIRN_ASSIGN(arrow::util::Codec* const codec, Find(compression.compression));
  const auto size = static_cast<int64_t>(bytes.size());
  const auto* from = reinterpret_cast<const uint8_t*>(bytes.data());
  const size_t before = out.size();
  const int64_t bound = codec->MaxCompressedLen(size, from);
  auto* to = reinterpret_cast<uint8_t*>(out.Extend(static_cast<size_t>(bound)));
  FIRN_ASSIGN(const int64_t compressed, FromArrow(codec->Compress(size, from, bound, to)));
  out.Truncate(before + static_cast<size_t>(compressed));
  return Ok();
}

}  // namespace firn::datafile
