// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include <arrow/util/compression.h>

#include "firn/base/result.h"
#include "firn/datafile/encode/byte_buffer.h"
#include "firn/datafile/writer_options.h"

struct ZSTD_CCtx_s;

namespace firn::datafile {

/// How the pages of a column chunk are compressed.
struct PageCompression {
  Compression compression;
  bool is_long = false;    ///< Long texts, in large pages.
  bool looks_far = false;  ///< They repeat far apart: zstd looks back over a whole page.
};

/// The name that Arrow has for a codec.
arrow::Compression::type CodecOf(Codec codec);

/// Compresses pages one after another; what the codecs need is made once. Not thread-safe.
class PageCompressor {
 public:
  PageCompressor();
  ~PageCompressor();

  /// Appends `bytes` compressed to `out`. Errors: `kUnsupported` for a codec the library was built
  /// without; `kResourceExhausted`.
  Status Compress(const PageCompression& compression, std::string_view bytes, ByteBuffer& out);

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const;
  };

  Status CompressZstd(const PageCompression& compression, std::string_view bytes, ByteBuffer& out);
  Result<arrow::util::Codec*> Find(const Compression& compression);

  std::unique_ptr<ZSTD_CCtx_s, Free> zstd_;
  std::map<std::pair<Codec, int>, std::unique_ptr<arrow::util::Codec>> codecs_;
};

}  // namespace firn::datafile
