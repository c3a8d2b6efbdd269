// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/file_change.h"

#include <memory>
#include <utility>

#include "firn/ingest/decoded_file_io.h"
#include "firn/ingest/move_positions.h"
#include "firn/ingest/path_text.h"
#include "firn/ingest/source_reader.h"
#include "firn/io/file_io.h"
#include "firn/io/location.h"

namespace firn::ingest {
namespace {

constexpr int64_t kTimeStepMicrosMax = 2'000'000;

// Whether the bytes before the position are still what they were.
Result<bool> BeginsAsBefore(const io::InputFile& input, const Position& last,
                            const ChangeContext& context) {
  if (input.size_bytes() < last.offset) return false;
  FIRN_ASSIGN(const EdgeHashes now, HashEdges(input, last.offset));
  if (now.prefix_hash != last.prefix_hash || now.tail_hash != last.tail_hash) return false;
  if (!context.hash_content || last.content_hash.empty()) return true;
  FIRN_ASSIGN(const std::string content, HashContent(input, last.offset));
  return content == last.content_hash;
}

}  // namespace

bool IsTrustworthy(TimeUs mtime, TimeUs now) {
  return now.value - mtime.value > kTimeStepMicrosMax;
}

Result<FileTask> DecideChange(const FoundFile& file, const PositionMap& positions,
                              const ChangeContext& context) {
  FileTask task;
  task.path = file.path;
  task.machine = context.machine;
  task.source_id = SourceIdOf(context.machine, ColumnPath(file.path), context.target);
  task.size_bytes = file.size_bytes;
  task.mtime = file.mtime;
  const auto found = positions.find(task.source_id);
  if (found == positions.end()) return task;
  if (IsForgotten(found->second)) {
    task.generation = found->second.generation;
    return task;
  }

  task.last = found->second;
  const Position& last = *task.last;
  task.generation = last.generation;
  task.from = last.offset;
  task.change = FileChange::kUnchanged;
  const bool untouched = last.size_bytes == file.size_bytes && last.mtime == file.mtime;
  // Positions count the bytes of the text, which in a compressed file are others, mostly more.
  if (untouched && last.offset >= file.size_bytes) return task;
  FIRN_ASSIGN(const auto input, context.source_io.Open(io::FileLocation(task.path)));
  const int64_t size_bytes = IsDecoded(*input) ? input->size_bytes() : file.size_bytes;
  if (untouched) {
    if (last.offset < size_bytes) task.change = FileChange::kGrown;
    return task;
  }
  FIRN_ASSIGN(const bool same, BeginsAsBefore(*input, last, context));
  if (!same) {
    task.change = FileChange::kRewritten;
    task.generation = last.generation + 1;
    task.from = 0;
  } else if (size_bytes > last.offset) {
    task.change = FileChange::kGrown;
  }
  return task;
}

}  // namespace firn::ingest
