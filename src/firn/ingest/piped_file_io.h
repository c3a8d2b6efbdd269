// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "firn/ingest/discovery.h"
#include "firn/ingest/source_file_io.h"

namespace firn::ingest {

class Spool;

/// Shows what came through a pipe as one more file beside those of another `FileIO`. Thread-safe.
///
/// The file is known by its content (`stdin:` and the beginning of its SHA-256): the same bytes
/// piped again are the same file, which was read already, so a command that failed can be repeated.
class PipedFileIO : public SourceFileIO {
 public:
  /// Reads `descriptor` to its end; some megabytes are kept in memory, more in a file without a
  /// name in `folder`. Errors: `kIo`; `kResourceExhausted` where there is no room.
  static Result<std::unique_ptr<PipedFileIO>> Read(int descriptor, io::FileIO& inner,
                                                   std::string folder);

  /// What a walk would have found. Nobody writes to it any more.
  const FoundFile& file() const { return file_; }

  Result<std::unique_ptr<io::InputFile>> Open(std::string_view location) override;

 private:
  PipedFileIO(io::FileIO& inner, std::shared_ptr<const Spool> bytes, FoundFile file);

  std::shared_ptr<const Spool> bytes_;
  FoundFile file_;
};

}  // namespace firn::ingest
