// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "firn/ingest/source_file_io.h"
#include "firn/ingest/spool.h"

namespace firn::ingest {

/// What a compressed file may become. A file that is neither of them is what its maker calls a
/// bomb; texts of machines rarely shrink to less than a fiftieth.
struct DecodeLimits {
  int64_t text_bytes_max = int64_t{1} << 38;     ///< 256 GiB.
  int64_t ratio_max = 250;                       ///< Bytes of text for each byte of the file,
  int64_t ratio_from_bytes = int64_t{64} << 20;  ///< once there are so many.
};

/// What a file holds in other bytes than its own, as `IsDecoded` knows it.
class DecodedText : public Spool {
 public:
  using Spool::Spool;
};

/// Shows compressed files (gzip, zstd, bzip2) and UTF-16 texts as the UTF-8 text they hold, told by
/// their first bytes; everything else as it is. For reading alone. Thread-safe.
///
/// A text of some megabytes is kept in memory, a longer one in a file without a name in `folder`
/// while it is open.
class DecodedFileIO : public SourceFileIO {
 public:
  DecodedFileIO(io::FileIO& inner, std::string folder, const DecodeLimits& limits = {})
      : SourceFileIO(inner), folder_(std::move(folder)), limits_(limits) {}

  /// Errors: those of `inner`; `kCorrupt` where the file breaks its format or ends too early;
  /// `kResourceExhausted` where the text is longer than may be, or than there is room for.
  Result<std::unique_ptr<io::InputFile>> Open(std::string_view location) override;

 private:
  std::string folder_;
  DecodeLimits limits_;
};

/// Whether this was made of a file of other bytes: its size is not the file's then.
bool IsDecoded(const io::InputFile& file);

}  // namespace firn::ingest
