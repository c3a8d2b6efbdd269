// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "firn/base/batch_queue.h"
#include "firn/base/result.h"
#include "firn/ingest/source.h"

namespace firn {
namespace io {
class FileIO;
}
}  // namespace firn

namespace firn::ingest {

/// One step of reading one file.
struct ParsedPiece {
  size_t task = 0;                   ///< Index into the tasks.
  std::vector<SourceBatch> batches;  ///< None in the last piece of a file.
  int64_t rows = 0;
  int64_t bytes = 0;  ///< Source bytes this piece took over.
  Position position;  ///< After this piece; without `recorded_at` and `run_id`.
  bool last = false;  ///< Nothing more comes of this file.
  bool unrecognised = false;
  bool unfinished = false;     ///< Something was left behind the last record.
  std::optional<Error> error;  ///< Why reading it ended early; what came before is good.
};

struct ParseOptions {
  std::string_view target;
  TimeUs found_at;  ///< When the files' sizes and times were looked up.
  size_t threads = 1;
  int64_t queue_bytes = 0;
  size_t block_bytes = 0;  ///< Of files that several threads read.
  bool hash_content = false;
};

/// Threads that read the files of `tasks` and hand over the pieces: those of one file in order,
/// files as they come. Each takes a file for itself; where none is left, it helps with a file that
/// can be read in blocks, of those that are open or are just being opened. Ends its threads when
/// destroyed.
class ParseCrew {
 public:
  ParseCrew(std::span<const FileTask> tasks, const SourceFormat& format, io::FileIO& source_io,
            const ParseOptions& options);
  ~ParseCrew();
  ParseCrew(const ParseCrew&) = delete;
  ParseCrew& operator=(const ParseCrew&) = delete;

  /// Waits for the next piece; unset after the last of all files.
  std::optional<ParsedPiece> Next() { return queue_.Pop(); }

 private:
  class OpenFile;
  class BlockParser;

  void Work();
  std::shared_ptr<OpenFile> NextFile();
  std::shared_ptr<OpenFile> Open(size_t index);
  bool Read(OpenFile& file);

  std::span<const FileTask> tasks_;
  const SourceFormat& format_;
  io::FileIO& source_io_;
  ParseOptions options_;
  BatchQueue<ParsedPiece> queue_;
  std::mutex mutex_;
  std::condition_variable opened_;
  size_t next_task_ = 0;
  size_t opening_ = 0;  // Files of which it is not known yet whether they are divided.
  std::vector<std::shared_ptr<OpenFile>> divided_;  // Read in blocks, by whoever has time.
  std::vector<std::jthread> threads_;
};

}  // namespace firn::ingest
