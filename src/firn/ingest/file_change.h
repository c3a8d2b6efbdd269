// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/base/time.h"
#include "firn/ingest/discovery.h"
#include "firn/ingest/source.h"

namespace firn::io {
class FileIO;
}  // namespace firn::io

namespace firn::ingest {

/// What deciding needs to know.
struct ChangeContext {
  io::FileIO& source_io;
  std::string_view machine;
  std::string_view target;
  bool hash_content = false;  ///< Compare all bytes before the offset, not only the edges.
};

/// Decides what became of one file since `positions`.
///
/// Equal size and modification time mean unchanged; else the hashes of the bytes before the offset
/// tell a grown file from a rewritten one. A file of which the last record was unfinished counts as
/// grown always: its reader may decide that nobody will finish it any more.
/// Errors: of opening and reading it.
Result<FileTask> DecideChange(const FoundFile& file, const PositionMap& positions,
                              const ChangeContext& context);

/// Whether a file's modification time is old enough, at the instant `now` after it was read from
/// the file system, to differ from that of any later change. File systems count in steps of up to
/// two seconds.
bool IsTrustworthy(TimeUs mtime, TimeUs now);

}  // namespace firn::ingest
