// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/parse_crew.h"

#include <memory>
#include <utility>

#include <arrow/api.h>
#include <arrow/util/byte_size.h>

#include "firn/ingest/decoded_file_io.h"
#include "firn/ingest/file_change.h"
#include "firn/ingest/path_text.h"
#include "firn/ingest/source_reader.h"
#include "firn/io/file_io.h"
#include "firn/io/location.h"

namespace firn::ingest {
namespace {

int64_t SizeOf(const SourceBatch& batch) {
  int64_t size = batch.rows == nullptr ? 0 : arrow::util::TotalBufferSize(*batch.rows);
  for (const Reject& reject : batch.rejects) {
    size += static_cast<int64_t>(sizeof(Reject) + reject.raw.size());
  }
  return size;
}

}  // namespace

ParseCrew::ParseCrew(std::span<const FileTask> tasks, const SourceFormat& format,
                     io::FileIO& source_io, const ParseOptions& options)
    : tasks_(tasks),
      format_(format),
      source_io_(source_io),
      options_(options),
      queue_(options.queue_bytes, options.threads) {
  for (size_t thread = 0; thread < options.threads; ++thread) {
    threads_.emplace_back([this] { Work(); });
  }
}

ParseCrew::~ParseCrew() {
  queue_.Cancel();
}

void ParseCrew::Work() {
  for (size_t index = next_task_++; index < tasks_.size(); index = next_task_++) {
    if (!ReadFile(index)) break;
  }
  queue_.ProducerDone();
}

// Pushes all pieces of one file. False when nobody wants more.
bool ParseCrew::ReadFile(size_t index) {
  bool wanted = true;
  const Status status = ReadPieces(index, wanted);
  if (!wanted || status.ok()) return wanted;
  ParsedPiece failed;
  failed.task = index;
  failed.last = true;
  failed.error = Error(status.error()).Within(DisplayPath(tasks_[index].path));
  return queue_.Push(std::move(failed), 0);
}

Status ParseCrew::ReadPieces(size_t index, bool& wanted) {
  const FileTask& task = tasks_[index];
  FIRN_ASSIGN(std::shared_ptr<const io::InputFile> input,
              source_io_.Open(io::FileLocation(task.path)));
  const bool decoded = IsDecoded(*input);
  const int64_t end_offset = decoded ? input->size_bytes() : task.size_bytes;
  FIRN_ASSIGN(const auto reader,
              SourceReader::Open(std::move(input), task.from, end_offset, options_.hash_content));
  FIRN_ASSIGN(const auto source, format_.Open(task, *reader));
  ParsedPiece end;
  end.task = index;
  end.last = true;
  end.unrecognised = source == nullptr;
  while (source != nullptr) {
    const int64_t before = reader->offset();
    FIRN_ASSIGN(auto batch, source->Next());
    if (batch) {
      ParsedPiece middle;
      middle.task = index;
      middle.batch = std::move(*batch);
      middle.bytes = reader->offset() - before;
      middle.position = PositionAt(task, *reader, *source);
      middle.rows = middle.batch.rows == nullptr ? 0 : middle.batch.rows->num_rows();
      const int64_t size = SizeOf(middle.batch);
      wanted = queue_.Push(std::move(middle), size);
      if (!wanted) return Ok();
      continue;
    }
    end.bytes = reader->offset() - before;
    end.position = PositionAt(task, *reader, *source);
    end.position.size_bytes = task.size_bytes;
    end.unfinished = reader->offset() < (decoded ? reader->end() : task.size_bytes);
    // A compressed file does not show by its size that something was left: it is to be looked at.
    const bool whole = !decoded || reader->offset() == reader->end();
    if (whole && IsTrustworthy(task.mtime, options_.found_at)) end.position.mtime = task.mtime;
    break;
  }
  wanted = queue_.Push(std::move(end), 0);
  return Ok();
}

// The position of a file that has been read up to here. Its size is what was read, so that a run
// that ends here leaves a file that looks grown.
Position ParseCrew::PositionAt(const FileTask& task, const SourceReader& reader,
                               const RecordSource& source) const {
  Position position;
  position.source_id = task.source_id;
  position.machine = task.machine;
  position.path = ColumnPath(task.path);
  position.target = options_.target;
  position.kind = source.kind();
  position.generation = task.generation;
  position.size_bytes = position.offset = reader.offset();
  position.prefix_hash = reader.prefix_hash();
  position.tail_hash = reader.tail_hash();
  position.content_hash = reader.content_hash();
  position.state = source.state();
  return position;
}

}  // namespace firn::ingest
