// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/base/time.h"
#include "firn/ingest/positions.h"
#include "firn/ingest/reject.h"

namespace firn::ingest {

class SourceReader;

/// A file that nobody has written to for so long is not being written any more: an unfinished last
/// record will stay one.
inline constexpr Millis kFinishedAfter{10 * 60 * 1000};

/// What has become of a file since its last position.
enum class FileChange {
  kUnchanged,  ///< Nothing to do.
  kNew,        ///< Never read: from 0, generation 0.
  kGrown,      ///< Begins as before: on from the last offset.
  kRewritten,  ///< Something else than before, or shorter: from 0 as the next generation.
};

/// A file that is to be read, and from where.
struct FileTask {
  std::string path;  ///< Raw bytes of the file system.
  std::string machine;
  std::string source_id;
  FileChange change = FileChange::kNew;
  int64_t size_bytes = 0;  ///< Read no further, though the file may have grown.
  TimeUs mtime;
  int32_t generation = 0;
  int64_t from = 0;              ///< Read on from this byte.
  std::optional<Position> last;  ///< What the decision was taken from.

  /// What the reader left itself when it stopped at `from`; "" at the beginning of a generation.
  std::string_view state() const {
    return change == FileChange::kGrown && last ? std::string_view(last->state) : "";
  }
};

/// Rows that a source made of the next piece of its file.
struct SourceBatch {
  std::shared_ptr<arrow::RecordBatch> rows;  ///< Of the target's schema; null where there are none.
  std::vector<Reject> rejects;
};

/// Whole records cut off the front of what a source has not read: enough for another thread to read
/// them.
struct RecordBlock {
  std::string bytes;
  int64_t offset = 0;  ///< Of its first byte, in the file.
  int64_t line = 1;    ///< Of its first byte, from 1.
};

/// Turns one file into batches. Used by one thread at a time, made and used off the main thread.
///
/// Reads its bytes through the `SourceReader` it was made with and consumes, with each batch,
/// exactly the bytes whose rows and rejects have been handed out: after any batch the run may
/// record `SourceReader::offset()` and `state()`, and a later run goes on from there. What stays
/// unconsumed at the end (an unfinished last record) is read again once the file has grown.
class RecordSource {
 public:
  virtual ~RecordSource() = default;

  /// What the file is read as, for `Position::kind`.
  virtual std::string_view kind() const = 0;
  /// Makes the next batch, some megabytes at most (one larger record alone); unset at the end.
  /// Errors end this file only: what was handed out before stays.
  virtual Result<std::optional<SourceBatch>> Next() = 0;
  /// What `FileTask::state` shall be when a later run goes on after the last batch or block.
  virtual std::string state() const = 0;

  /// Whether `Cut` may ever give a block.
  virtual bool divides() const { return false; }
  /// Takes over about `size_bytes` of whole records without reading them. False where it cannot:
  /// `Next` is to go on, after which this may be asked again.
  virtual Result<bool> Cut(size_t /*size_bytes*/, RecordBlock&) { return false; }
  /// Makes a source for blocks, which it reads from `reader` one after another: its batches hold
  /// what `Next` would have made of them. Thread-safe, also beside the other calls.
  virtual Result<std::unique_ptr<RecordSource>> ForBlocks(SourceReader& /*reader*/) const {
    return Unsupported("the source has no blocks");
  }
  /// Tells a source for blocks that its reader has been shown the next, which begins in `line`.
  virtual void BeginBlock(int64_t /*line*/) {}
};

/// Makes sources for files. Thread-safe.
class SourceFormat {
 public:
  virtual ~SourceFormat() = default;

  /// Makes a source that reads on from `task.from`; null where the file is of no kind this format
  /// knows (it is then reported by name, and looked at again by the next run).
  /// Both arguments outlive the source.
  virtual Result<std::unique_ptr<RecordSource>> Open(const FileTask& task,
                                                     SourceReader& reader) const = 0;
  /// Tells whether rewritten files may be read again as a new generation.
  virtual Status AllowRewritten(const FileTask& task) const = 0;
};

}  // namespace firn::ingest
