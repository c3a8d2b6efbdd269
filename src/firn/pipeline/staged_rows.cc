// SPDX-License-Identifier: Apache-2.0
//
// One row per key, in bounded memory.
//
// Rows wait in a buffer; while there, a better row of the same key simply replaces them. A flush
// moves the buffer (an "epoch") into the open files (a "round"). When a better row comes for a key
// that was flushed, the open round is ended before the buffer is flushed, so no round holds a key
// twice, and of each key the entry says which epoch, hence which round, has the row that stays.
// `Settle` copies each round that holds a beaten row without the rows that live elsewhere.

#include "firn/pipeline/staged_rows.h"

#include <limits>
#include <utility>

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/byte_size.h>

#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/reader.h"

namespace firn::pipeline {
namespace {

constexpr uint32_t kLost = std::numeric_limits<uint32_t>::max();
constexpr uint32_t kBufferRows = 1U << 20;

// Calls `use(begin, length)` for each run of rows that `keeps`.
template <typename Keeps, typename Use>
Status ForEachRun(const arrow::RecordBatch& rows, Keeps keeps, Use use) {
  int64_t begin = 0;
  for (int64_t row = 0; row <= rows.num_rows(); ++row) {
    if (row < rows.num_rows() && keeps(row)) continue;
    if (row > begin) FIRN_TRY(use(begin, row - begin));
    begin = row + 1;
  }
  return Ok();
}

// Hands runs of kept rows on as slices; nothing is copied.
Status WriteRuns(datafile::TableWriter& writer, const std::shared_ptr<arrow::RecordBatch>& rows,
                 const std::function<bool(int64_t)>& keeps) {
  return ForEachRun(*rows, keeps, [&](int64_t begin, int64_t length) {
    return writer.Write(rows->Slice(begin, length));
  });
}

}  // namespace

Result<int64_t> CopyRows(io::FileIO& files, const table::TableMetadata& metadata,
                         const table::DataFile& file, datafile::TableWriter& writer,
                         const std::function<bool(const arrow::RecordBatch&, int64_t)>& keeps) {
  datafile::ReadOptions options;
  if (const table::PartitionSpec* spec = metadata.FindSpec(file.spec_id)) options.spec = *spec;
  FIRN_ASSIGN(auto reader, datafile::ReadFile(files, file, metadata.schema(), options));
  int64_t left_out = 0;
  while (true) {
    FIRN_ASSIGN(const auto batch, reader->Next());
    if (batch == nullptr) return left_out;
    FIRN_TRY(WriteRuns(writer, batch, [&](int64_t row) {
      const bool kept = keeps(*batch, row);
      if (!kept) ++left_out;
      return kept;
    }));
  }
}

StagedRows::StagedRows(std::shared_ptr<const table::TableMetadata> metadata, std::string table_name,
                       io::FileIO& files, Env& env, datafile::WriterOptions options, KeyRule rule)
    : metadata_(std::move(metadata)),
      table_name_(std::move(table_name)),
      files_(files),
      env_(env),
      options_(std::move(options)),
      rule_(std::move(rule)),
      seed_0_(env.Random64()),
      seed_1_(env.Random64()) {}

StagedRows::~StagedRows() = default;

RowKey StagedRows::KeyOf(const KeyColumns& columns, const arrow::RecordBatch& batch, int64_t row) {
  scratch_.clear();
  columns.Append(batch, row, scratch_);
  return SipHash128(scratch_, seed_0_, seed_1_);
}

Status StagedRows::Write(const std::shared_ptr<arrow::RecordBatch>& rows) {
  if (rows->num_rows() == 0) return Ok();
  Buffered buffered{rows, std::vector<bool>(static_cast<size_t>(rows->num_rows()), true),
                    next_slot_};
  next_slot_ += static_cast<uint32_t>(rows->num_rows());
  if (has_keys()) FIRN_TRY(Index(buffered));
  buffer_bytes_ += arrow::util::TotalBufferSize(*rows);
  buffer_.push_back(std::move(buffered));
  if (buffer_bytes_ < rule_.buffer_bytes && next_slot_ < kBufferRows) return Ok();
  return Flush();
}

Status StagedRows::Index(Buffered& buffered) {
  const arrow::RecordBatch& rows = *buffered.rows;
  FIRN_ASSIGN(const KeyColumns keys, KeyColumns::Make(*rows.schema(), rule_.keys));
  FIRN_ASSIGN(const Precedence order, Precedence::Make(*rows.schema(), rule_.precedence));
  for (int64_t row = 0; row < rows.num_rows(); ++row) {
    const uint32_t slot = buffered.first_slot + static_cast<uint32_t>(row);
    FIRN_TRY(Place(KeyOf(keys, rows, row), order.Of(rows, row), slot, buffered));
  }
  return Ok();
}

Status StagedRows::Place(const RowKey& key, std::string precedence, uint32_t slot,
                         Buffered& buffered) {
  const auto epoch = static_cast<uint32_t>(round_of_epoch_.size());
  const auto [found, is_new] = entries_.try_emplace(key);
  Entry& entry = found->second;
  if (!is_new) {
    if (rule_.refuse_duplicates) {
      return InvalidArgument("two rows have one key in table " + table_name_);
    }
    if (entry.precedence < precedence) {
      buffered.kept[slot - buffered.first_slot] = false;
      return Ok();
    }
    if (entry.epoch == epoch) {
      DropSlot(entry.slot, buffered);
    } else {
      const size_t round = round_of_epoch_[entry.epoch];
      beaten_rounds_.insert(round);
      round_ends_ = round_ends_ || round == rounds_.size();
    }
  }
  entry = {std::move(precedence), epoch, slot};
  return Ok();
}

void StagedRows::DropSlot(uint32_t slot, Buffered& current) {
  if (slot >= current.first_slot) {
    current.kept[slot - current.first_slot] = false;
    return;
  }
  for (Buffered& buffered : buffer_) {
    const uint32_t at = slot - buffered.first_slot;
    if (slot >= buffered.first_slot && at < buffered.kept.size()) buffered.kept[at] = false;
  }
}

Status StagedRows::Flush() {
  if (buffer_.empty()) return Ok();
  if (round_ends_) FIRN_TRY(EndRound());
  if (writer_ == nullptr) {
    FIRN_ASSIGN(writer_,
                datafile::TableWriter::Open(*metadata_, table_name_, files_, env_, options_));
  }
  FIRN_TRY(WriteKept());
  round_of_epoch_.push_back(rounds_.size());
  buffer_.clear();
  buffer_bytes_ = 0;
  next_slot_ = 0;
  round_ends_ = false;
  return Ok();
}

// Rows come a few at a time; as one batch they cost the writer a fraction.
Status StagedRows::WriteKept() {
  std::vector<std::shared_ptr<arrow::RecordBatch>> pieces;
  for (const Buffered& buffered : buffer_) {
    FIRN_TRY(ForEachRun(
        *buffered.rows, [&](int64_t row) { return buffered.kept[static_cast<size_t>(row)]; },
        [&](int64_t begin, int64_t length) {
          rows_written_ += length;
          pieces.push_back(buffered.rows->Slice(begin, length));
          return Ok();
        }));
  }
  if (pieces.empty()) return Ok();
  if (pieces.size() == 1) return writer_->Write(pieces.front());
  FIRN_ASSIGN(const auto whole, datafile::FromArrow(arrow::ConcatenateRecordBatches(pieces)));
  return writer_->Write(whole);
}

Status StagedRows::EndRound() {
  if (writer_ == nullptr) return Ok();
  FIRN_ASSIGN(auto written, writer_->Close());
  writer_.reset();
  rounds_.push_back(std::move(written));
  return Ok();
}

bool StagedRows::Beats(const RowKey& key, const std::string& stored_precedence) {
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.epoch == kLost) return false;
  Entry& entry = found->second;
  if (entry.precedence <= stored_precedence) return true;
  beaten_rounds_.insert(round_of_epoch_[entry.epoch]);
  entry.epoch = kLost;
  return false;
}

Status StagedRows::Close() {
  FIRN_TRY(Flush());
  return EndRound();
}

Result<std::vector<table::DataFile>> StagedRows::Settle() {
  std::vector<table::DataFile> out;
  for (size_t round = 0; round < rounds_.size(); ++round) {
    FIRN_TRY(WriteRound(round, out));
  }
  return out;
}

Status StagedRows::WriteRound(size_t round, std::vector<table::DataFile>& out) {
  if (!beaten_rounds_.contains(round)) {
    out.insert(out.end(), rounds_[round].begin(), rounds_[round].end());
    return Ok();
  }
  FIRN_ASSIGN(writer_,
              datafile::TableWriter::Open(*metadata_, table_name_, files_, env_, options_));
  for (const table::DataFile& file : rounds_[round]) {
    std::optional<KeyColumns> keys;
    FIRN_ASSIGN(const int64_t left_out,
                CopyRows(files_, *metadata_, file, *writer_,
                         [&](const arrow::RecordBatch& batch, int64_t row) {
                           if (!keys) keys = KeyColumns::Make(*batch.schema(), rule_.keys).value();
                           const Entry& entry = entries_.at(KeyOf(*keys, batch, row));
                           return entry.epoch != kLost && round_of_epoch_[entry.epoch] == round;
                         }));
    rows_written_ -= left_out;
  }
  FIRN_ASSIGN(auto written, writer_->Close());
  writer_.reset();
  for (const table::DataFile& file : rounds_[round]) {
    files_.Delete(file.file_path).Ignore("a staged file nobody refers to");
  }
  rounds_[round] = written;
  out.insert(out.end(), written.begin(), written.end());
  return Ok();
}

void StagedRows::Abort() {
  if (writer_ != nullptr) writer_->Abort();
  writer_.reset();
  for (const auto& round : rounds_) {
    for (const table::DataFile& file : round) {
      files_.Delete(file.file_path).Ignore("an orphan that maintenance finds");
    }
  }
  rounds_.clear();
  buffer_.clear();
}

}  // namespace firn::pipeline
