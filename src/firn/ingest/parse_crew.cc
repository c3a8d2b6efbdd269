// SPDX-License-Identifier: Apache-2.0
//
// Reading a file is a sequence of steps, numbered from 0, each taken under the file's lock: cutting
// a block off it, which takes no longer than reading its bytes, or where it cannot be cut, making
// the next batch. Blocks are parsed outside the lock, by tools that each thread keeps from block to
// block; what comes of them is handed over by number.

#include "firn/ingest/parse_crew.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
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

int64_t SizeOf(const ParsedPiece& piece) {
  int64_t size = 0;
  for (const SourceBatch& batch : piece.batches) {
    if (batch.rows != nullptr) size += arrow::util::TotalBufferSize(*batch.rows);
    for (const Reject& reject : batch.rejects)
      size += static_cast<int64_t>(sizeof(Reject) + reject.raw.size());
  }
  return size;
}

void AddBatch(SourceBatch batch, ParsedPiece& piece) {
  if (batch.rows != nullptr) piece.rows += batch.rows->num_rows();
  piece.batches.push_back(std::move(batch));
}

}  // namespace

// A file that is being read, by one thread or by several.
class ParseCrew::OpenFile {
 public:
  // What one step gave: a piece, perhaps still to be made of a block.
  struct Step {
    size_t number = 0;
    ParsedPiece piece;
    bool has_block = false;
  };

  OpenFile(const ParseOptions& options, const FileTask& task, size_t index)
      : options_(options), task_(task), index_(index) {}

  Status Open(const SourceFormat& format, io::FileIO& source_io);
  // Worth the help of others, which are told of it before the first step.
  bool divides() const {
    return source_ != nullptr && source_->divides() &&
           reader_->end() - reader_->offset() > static_cast<int64_t>(options_.block_bytes);
  }

  // Takes the next step, its block into `block`; unset after the last.
  std::optional<Step> TakeStep(RecordBlock& block);
  // Makes what parses blocks, by one thread. Any may call this.
  Result<std::unique_ptr<RecordSource>> ForBlocks(SourceReader& reader) const {
    return source_->ForBlocks(reader);
  }
  // Hands pieces over by number, up to one with an error: waits where too many steps before this
  // one are not done. False when nobody wants more.
  bool HandOver(Step step, BatchQueue<ParsedPiece>& queue);

  void Fail(Error error, ParsedPiece& piece) const {
    piece.task = index_;
    piece.last = true;
    piece.error = std::move(error).Within(DisplayPath(task_.path));
  }

 private:
  Status Advance(Step& step, RecordBlock& block);
  void End(ParsedPiece& piece);
  Position PositionNow() const;
  size_t steps_ahead_max() const { return options_.threads + 1; }

  const ParseOptions& options_;
  const FileTask& task_;
  const size_t index_;
  bool decoded_ = false;
  std::unique_ptr<SourceReader> reader_;
  std::unique_ptr<RecordSource> source_;

  std::mutex step_mutex_;
  size_t steps_ = 0;
  std::atomic<bool> ended_ = false;

  std::mutex order_mutex_;
  std::condition_variable moved_;
  size_t next_ = 0;  // The first step that was not handed over.
  std::map<size_t, ParsedPiece> early_;
  bool broken_ = false;  // Steps after one that failed count for nothing.
  bool unwanted_ = false;
};

Status ParseCrew::OpenFile::Open(const SourceFormat& format, io::FileIO& source_io) {
  FIRN_ASSIGN(std::shared_ptr<const io::InputFile> input,
              source_io.Open(io::FileLocation(task_.path)));
  decoded_ = IsDecoded(*input);
  const int64_t end_offset = decoded_ ? input->size_bytes() : task_.size_bytes;
  FIRN_ASSIGN(reader_,
              SourceReader::Open(std::move(input), task_.from, end_offset, options_.hash_content));
  FIRN_ASSIGN(source_, format.Open(task_, *reader_));
  return Ok();
}

std::optional<ParseCrew::OpenFile::Step> ParseCrew::OpenFile::TakeStep(RecordBlock& block) {
  const std::scoped_lock lock(step_mutex_);
  if (ended_) return std::nullopt;
  Step step;
  step.number = steps_++;
  step.piece.task = index_;
  const int64_t before = reader_->offset();
  const Status status = Advance(step, block);
  if (!status.ok()) Fail(status.error(), step.piece);
  step.piece.bytes = reader_->offset() - before;
  ended_ = step.piece.last;
  return step;
}

Status ParseCrew::OpenFile::Advance(Step& step, RecordBlock& block) {
  ParsedPiece& piece = step.piece;
  if (source_ == nullptr) {
    piece.last = piece.unrecognised = true;
    return Ok();
  }
  FIRN_ASSIGN(step.has_block, source_->Cut(options_.block_bytes, block));
  if (!step.has_block) {
    FIRN_ASSIGN(auto batch, source_->Next());
    if (!batch) {
      End(piece);
      return Ok();
    }
    AddBatch(std::move(*batch), piece);
  }
  piece.position = PositionNow();
  return Ok();
}

void ParseCrew::OpenFile::End(ParsedPiece& piece) {
  piece.last = true;
  piece.position = PositionNow();
  piece.position.size_bytes = task_.size_bytes;
  piece.unfinished = reader_->offset() < (decoded_ ? reader_->end() : task_.size_bytes);
  // A compressed file does not show by its size that something was left: it is to be looked at.
  const bool whole = !decoded_ || reader_->offset() == reader_->end();
  if (whole && IsTrustworthy(task_.mtime, options_.found_at)) piece.position.mtime = task_.mtime;
}

// The position of a file that has been read up to here. Its size is what was read, so that a run
// that ends here leaves a file that looks grown.
Position ParseCrew::OpenFile::PositionNow() const {
  Position position;
  position.source_id = task_.source_id;
  position.machine = task_.machine;
  position.path = ColumnPath(task_.path);
  position.target = options_.target;
  position.kind = source_->kind();
  position.generation = task_.generation;
  position.size_bytes = position.offset = reader_->offset();
  position.prefix_hash = reader_->prefix_hash();
  position.tail_hash = reader_->tail_hash();
  position.content_hash = reader_->content_hash();
  position.state = source_->state();
  return position;
}

bool ParseCrew::OpenFile::HandOver(Step step, BatchQueue<ParsedPiece>& queue) {
  std::unique_lock lock(order_mutex_);
  moved_.wait(lock, [&] { return unwanted_ || step.number < next_ + steps_ahead_max(); });
  early_.emplace(step.number, std::move(step.piece));
  while (!unwanted_ && !early_.empty() && early_.begin()->first == next_) {
    ParsedPiece piece = std::move(early_.extract(early_.begin()).mapped());
    ++next_;
    if (broken_) continue;
    broken_ = piece.error.has_value();
    if (broken_) ended_ = true;
    const int64_t size = SizeOf(piece);
    unwanted_ = !queue.Push(std::move(piece), size);
  }
  moved_.notify_all();
  return !unwanted_;
}

// What a thread parses the blocks of a file with: room that the last block took is there for the
// next.
class ParseCrew::BlockParser {
 public:
  explicit BlockParser(const OpenFile& file) : file_(file), reader_(SourceReader::OfBytes()) {}

  RecordBlock& block() { return block_; }

  // Does what is left of a step.
  void Parse(OpenFile::Step& step) {
    if (!step.has_block) return;
    const Status status = ParseBlock(step.piece);
    if (!status.ok()) file_.Fail(status.error(), step.piece);
  }

 private:
  Status ParseBlock(ParsedPiece& piece) {
    if (source_ == nullptr) {
      FIRN_ASSIGN(source_, file_.ForBlocks(*reader_));
    }
    reader_->Show(block_.bytes, block_.offset);
    source_->BeginBlock(block_.line);
    while (true) {
      FIRN_ASSIGN(auto batch, source_->Next());
      if (!batch) break;
      AddBatch(std::move(*batch), piece);
    }
    FIRN_ASSERT(reader_->offset() == reader_->end());
    return Ok();
  }

  const OpenFile& file_;
  RecordBlock block_;
  std::unique_ptr<SourceReader> reader_;
  std::unique_ptr<RecordSource> source_;
};

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
  bool wanted = true;
  while (wanted) {
    const auto file = NextFile();
    if (file == nullptr) break;
    wanted = Read(*file);
  }
  queue_.ProducerDone();
}

// A file for a thread that has none: the next one, else one that others read; null where there will
// be none.
std::shared_ptr<ParseCrew::OpenFile> ParseCrew::NextFile() {
  std::unique_lock lock(mutex_);
  while (next_task_ < tasks_.size()) {
    const size_t index = next_task_++;
    ++opening_;
    lock.unlock();
    auto file = Open(index);
    lock.lock();
    --opening_;
    if (file != nullptr && file->divides()) divided_.push_back(file);
    opened_.notify_all();
    if (file != nullptr) return file;
  }
  opened_.wait(lock, [&] { return opening_ == 0 || !divided_.empty(); });
  return divided_.empty() ? nullptr : divided_.front();
}

// Null, once that was handed over, where a file cannot be opened.
std::shared_ptr<ParseCrew::OpenFile> ParseCrew::Open(size_t index) {
  auto file = std::make_shared<OpenFile>(options_, tasks_[index], index);
  const Status opened = file->Open(format_, source_io_);
  if (opened.ok()) return file;
  ParsedPiece failed;
  file->Fail(opened.error(), failed);
  queue_.Push(std::move(failed), 0);
  return nullptr;
}

// Takes steps of a file until there are none, perhaps beside other threads. False when nobody wants
// more.
bool ParseCrew::Read(OpenFile& file) {
  BlockParser parser(file);
  while (auto step = file.TakeStep(parser.block())) {
    parser.Parse(*step);
    if (!file.HandOver(std::move(*step), queue_)) return false;
  }
  const std::scoped_lock lock(mutex_);
  std::erase_if(divided_, [&](const auto& other) { return other.get() == &file; });
  return true;
}

}  // namespace firn::ingest
