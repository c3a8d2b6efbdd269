// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/table_writer.h"

#include <algorithm>
#include <utility>

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "firn/datafile/array_bytes.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/conform.h"
#include "firn/table/encryption.h"
#include "firn/table/metadata_columns.h"

namespace firn::datafile {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

// Rows of a partition that take so much of the memory are worth a row group of their own.
constexpr int64_t kWorthwhilePart = 8;

// Complete files wait for `Close` with their descriptors open; more than this get their names.
constexpr size_t kFinishedMax = 256;

Result<table::Schema> WithLineage(const table::Schema& schema, bool row_lineage) {
  if (!row_lineage) return schema;
  std::vector<table::NestedField> fields = schema.fields();
  for (const table::NestedField& column : table::LineageColumns())
    fields.push_back(column);
  return table::Schema::Make(schema.id(), std::move(fields), schema.identifier_field_ids());
}

// Leaves out what no file stores.
ConformRules StoreRules() {
  ConformRules rules = WriteRules();
  rules.match_names = false;
  rules.refuse_unknown = false;
  rules.check_values = false;  // Done already.
  return rules;
}

// Whatever the options were made from, the table says whether its files are encrypted.
void TakeEncryption(const table::TableMetadata& metadata, WriterOptions& options) {
  for (const std::string_view name : {table::kMasterKeyProperty, table::kDataKeyLengthProperty}) {
    const std::string key(name);
    options.properties.erase(key);
    const auto found = metadata.properties.find(key);
    if (found != metadata.properties.end()) options.properties.insert(*found);
  }
}

}  // namespace

TableWriter::TableWriter(io::FileIO& files, FileNames names, PartitionRouter router, Env& env,
                         const WriterOptions& options)
    : files_(files),
      env_(env),
      names_(std::move(names)),
      router_(std::move(router)),
      memory_(options.memory, options.memory_bytes) {}

TableWriter::~TableWriter() {
  Abort();
}

Result<std::unique_ptr<TableWriter>> TableWriter::Open(const table::TableMetadata& metadata,
                                                       std::string_view table_name,
                                                       io::FileIO& files, Env& env,
                                                       WriterOptions options) {
  FIRN_ASSIGN(PartitionRouter router, PartitionRouter::Make(metadata.schema(), metadata.spec()));
  std::unique_ptr<TableWriter> writer(new TableWriter(files, FileNames(metadata, table_name, env),
                                                      std::move(router), env, options));
  writer->spec_ = metadata.spec();
  FIRN_ASSIGN(writer->schema_, WithLineage(metadata.schema(), options.row_lineage));
  FIRN_ASSIGN(writer->layout_, ToArrow(writer->schema_));
  FileSettings& settings = writer->settings_;
  FIRN_ASSIGN(settings.schema, StoredSchema(writer->schema_));
  FIRN_ASSIGN(settings.layout, ToArrow(settings.schema));
  FIRN_ASSIGN(settings.metrics, table::MetricsModes(settings.schema, options.properties));
  FIRN_TRY(ApplyToColumns(settings.schema, options));
  TakeEncryption(metadata, options);
  if (!metadata.sort_order().is_unsorted()) {
    FIRN_ASSIGN(writer->sort_keys_, SortKeys::Make(settings.schema, metadata.sort_order()));
    writer->sort_order_id_ = metadata.sort_order().id;
  }
  if (options.scratch == nullptr) {
    writer->own_scratch_ = std::make_unique<io::LocalScratchSpace>();
    options.scratch = writer->own_scratch_.get();
  }
  settings.options = std::move(options);
  return writer;
}

int64_t TableWriter::RowGroupBytes() const {
  const WriterOptions& options = settings_.options;
  return std::max<int64_t>(
      1, std::min({options.row_group_bytes, options.memory_bytes / 2, options.file_bytes_max}));
}

std::unique_ptr<DataFileWriter> TableWriter::NewFile(size_t partition) {
  const std::string path = table::PartitionPath(spec_, router_.partition(partition));
  return std::make_unique<DataFileWriter>(settings_, files_, names_.New(path, "data", "parquet"));
}

Status TableWriter::Write(const arrow::RecordBatch& rows) {
  return Write(arrow::RecordBatch::Make(rows.schema(), rows.num_rows(), rows.columns()));
}

Status TableWriter::Write(const BatchPtr& rows) {
  if (broken_ || ended_) return Internal("the table writer has ended");
  FIRN_ASSIGN(BatchPtr conformed, Conform(*rows, layout_, WriteRules(schema_)));
  FIRN_TRY(CheckRequired(*conformed));
  if (!layout_->Equals(*settings_.layout)) {
    FIRN_ASSIGN(conformed, Conform(*conformed, settings_.layout, StoreRules()));
  }
  if (conformed->num_rows() == 0) return Ok();
  broken_ = true;  // Until all went well.
  FIRN_TRY(Route(WithoutRequiredNulls(*conformed)));
  broken_ = false;
  rows_ += conformed->num_rows();
  last_row_at_us_ = env_.MonotonicMicros();
  if (!first_row_at_us_) first_row_at_us_ = last_row_at_us_;
  return Ok();
}

bool TableWriter::IsDue() const {
  if (!first_row_at_us_) return false;
  const WriterOptions& options = settings_.options;
  const int64_t now = env_.MonotonicMicros();
  const auto passed = [now](int64_t since_us, Millis limit) {
    return (now - since_us) / 1000 >= limit.value;
  };
  return passed(last_row_at_us_, options.rotation_timeout) ||
         (options.file_age_max && passed(*first_row_at_us_, *options.file_age_max));
}

Status TableWriter::Route(const BatchPtr& rows) {
  if (sort_order_id_ && sorter_ == nullptr) BeginSorting(sort_keys_);
  if (sorter_ != nullptr) return sorter_->Add(rows);
  FIRN_ASSIGN(const auto pieces, router_.Split(rows));
  for (const auto& piece : pieces)
    FIRN_TRY(Add(piece));
  return Ok();
}

// Cuts a piece where row groups are full.
Status TableWriter::Add(const PartitionRouter::Piece& piece) {
  BatchPtr rest = piece.rows;
  while (rest->num_rows() > 0) {
    if (sorter_ != nullptr) return sorter_->Add(rest);  // Since room was made.
    OpenFile& file = FileFor(piece.partition);
    const BatchPtr part = rest->Slice(0, RowsThatFit(file, *rest));
    if (part->num_rows() == 0) {
      FIRN_TRY(WriteRowGroup(piece.partition));
      continue;
    }
    const int64_t bytes = HeldBytes(*part);
    const bool reserved = memory_.TryGrow(bytes);
    const bool can_wait_on_disk =
        !draining_ && bytes * kWorthwhilePart < settings_.options.memory_bytes;
    if (!reserved && (memory_.bytes() > 0 || can_wait_on_disk)) {
      FIRN_TRY(MakeRoom());
      continue;
    }
    FIRN_TRY(Wait(file, part, reserved ? bytes : 0));
    rest = rest->Slice(part->num_rows());
    // What memory has no room for even when nothing waits does not wait.
    if (!reserved || IsFull(file)) FIRN_TRY(WriteRowGroup(piece.partition));
  }
  return Ok();
}

Status TableWriter::Wait(OpenFile& file, const BatchPtr& rows, int64_t reserved) {
  FIRN_TRY(file.waiting.Add(rows));
  file.rows += rows->num_rows();
  file.last_used = ++clock_;
  file.reserved_bytes += reserved;
  // Small batches that became one take less.
  const int64_t less = file.reserved_bytes - file.waiting.held_bytes();
  if (less > 0) {
    memory_.Shrink(less);
    file.reserved_bytes -= less;
  }
  return Ok();
}

TableWriter::OpenFile& TableWriter::FileFor(size_t partition) {
  OpenFile& file = open_[partition];
  if (file.writer == nullptr) file.writer = NewFile(partition);
  return file;
}

int64_t TableWriter::RowsThatFit(const OpenFile& file, const arrow::RecordBatch& rows) const {
  const int64_t room = RowGroupBytes() - file.waiting.bytes();
  int64_t fits = BytesOf(rows) <= room ? rows.num_rows() : RowsWithin(rows, room);
  // A row larger than a row group is one of its own.
  if (fits == 0 && file.waiting.rows() == 0) fits = 1;
  const auto& rows_max = settings_.options.file_rows_max;
  return rows_max ? std::min(fits, *rows_max - file.rows) : fits;
}

bool TableWriter::IsFull(const OpenFile& file) const {
  const auto& rows_max = settings_.options.file_rows_max;
  return file.waiting.bytes() >= RowGroupBytes() || (rows_max && file.rows >= *rows_max);
}

Status TableWriter::HandOver(OpenFile& file) {
  FIRN_ASSIGN(auto batches, file.waiting.Take());
  for (BatchPtr& batch : batches)
    FIRN_TRY(file.writer->Add(std::move(batch)));
  return Ok();
}

void TableWriter::Release(OpenFile& file) {
  memory_.Shrink(std::exchange(file.reserved_bytes, 0));
}

// Ends the file where it is large enough by the row group, or could become too large by it.
Status TableWriter::WriteRowGroup(size_t partition) {
  const WriterOptions& options = settings_.options;
  OpenFile& file = open_.at(partition);
  if (file.has_row_groups &&
      file.writer->written_bytes() + file.waiting.bytes() > options.file_bytes_max) {
    FIRN_TRY(FinishFile(*file.writer, partition));
    file.writer = NewFile(partition);
    file.rows = file.waiting.rows();
  }
  FIRN_TRY(HandOver(file));
  FIRN_TRY(file.writer->WriteRowGroup());
  Release(file);
  file.has_row_groups = true;
  const bool many_rows = options.file_rows_max && file.rows >= *options.file_rows_max;
  if (many_rows || file.writer->written_bytes() >= options.target_file_bytes) {
    return EndFile(partition);
  }
  return EndLeastUsed();
}

// Ends a file where too many have row groups: they hold descriptors and what their footers need.
Status TableWriter::EndLeastUsed() {
  std::optional<size_t> least;
  int count = 0;
  for (const auto& [partition, file] : open_) {
    if (!file.has_row_groups) continue;
    ++count;
    if (!least || file.last_used < open_.at(*least).last_used) least = partition;
  }
  return count > settings_.options.open_files_max ? EndFile(*least) : Ok();
}

// Either some partition has rows enough for a row group, or all of them wait on disk from here on.
Status TableWriter::MakeRoom() {
  const auto fullest =
      std::max_element(open_.begin(), open_.end(), [](const auto& left, const auto& right) {
        return left.second.waiting.bytes() < right.second.waiting.bytes();
      });
  const int64_t bytes = fullest->second.waiting.bytes();
  const bool worthwhile = bytes * kWorthwhilePart >= settings_.options.memory_bytes;
  const bool alone = bytes > 0 && fullest->second.reserved_bytes == memory_.bytes();
  return worthwhile || alone || draining_ ? WriteRowGroup(fullest->first) : SpillWaiting();
}

void TableWriter::BeginSorting(SortKeys keys) {
  const WriterOptions& options = settings_.options;
  sorter_ = std::make_unique<RowSorter>(
      RowSorter::Settings{settings_.layout, std::move(keys), router_, *options.scratch,
                          options.memory, options.memory_bytes / 2, options.batch_rows});
}

Status TableWriter::SpillWaiting() {
  BeginSorting(SortKeys());
  for (auto at = open_.begin(); at != open_.end();) {
    OpenFile& file = at->second;
    Release(file);
    file.rows -= file.waiting.rows();
    FIRN_ASSIGN(const auto batches, file.waiting.Take());
    for (const BatchPtr& batch : batches)
      FIRN_TRY(sorter_->Add(batch));
    at = file.has_row_groups ? std::next(at) : open_.erase(at);
  }
  return Ok();
}

// Writes what waits on disk, partition by partition.
Status TableWriter::Drain() {
  if (sorter_ == nullptr) return Ok();
  const auto sorter = std::move(sorter_);
  draining_ = true;
  FIRN_TRY(sorter->Finish());
  std::optional<size_t> current;
  while (true) {
    FIRN_ASSIGN(const BatchPtr batch, sorter->Next());
    if (batch == nullptr) break;
    FIRN_ASSIGN(const auto pieces, router_.Split(batch));
    for (const auto& piece : pieces) {
      const bool is_next = current && *current != piece.partition;
      if (is_next && open_.contains(*current)) FIRN_TRY(EndFile(*current));
      current = piece.partition;
      FIRN_TRY(Add(piece));
    }
  }
  draining_ = false;
  return Ok();
}

Status TableWriter::FinishFile(DataFileWriter& writer, size_t partition) {
  FIRN_ASSIGN(table::DataFile described, writer.Finish());
  described.spec_id = spec_.id;
  described.partition = router_.partition(partition);
  described.sort_order_id = sort_order_id_;
  described_.push_back(std::move(described));
  finished_.push_back(writer.TakeFile());
  return finished_.size() > kFinishedMax ? PublishFinished() : Ok();
}

Status TableWriter::EndFile(size_t partition) {
  OpenFile file = std::move(open_.at(partition));
  open_.erase(partition);
  FIRN_TRY(HandOver(file));
  FIRN_TRY(FinishFile(*file.writer, partition));
  Release(file);
  return Ok();
}

Status TableWriter::PublishFinished() {
  std::vector<io::OutputFile*> files;
  for (const auto& file : finished_)
    files.push_back(file.get());
  FIRN_TRY(files_.CloseAll(files));
  for (const auto& file : finished_)
    published_.push_back(file->location());
  finished_.clear();
  return Ok();
}

Result<std::vector<table::DataFile>> TableWriter::Roll() {
  if (broken_ || ended_) return Internal("the table writer has ended");
  broken_ = true;
  FIRN_TRY(Drain());
  while (!open_.empty())
    FIRN_TRY(EndFile(open_.begin()->first));
  FIRN_TRY(PublishFinished());
  broken_ = false;
  published_.clear();
  first_row_at_us_.reset();
  return std::exchange(described_, {});
}

Result<std::vector<table::DataFile>> TableWriter::Close() {
  FIRN_ASSIGN(auto files, Roll());
  ended_ = true;
  return files;
}

void TableWriter::Abort() {
  if (std::exchange(ended_, true)) return;
  sorter_.reset();
  open_.clear();
  memory_.Shrink(memory_.bytes());
  for (const auto& file : finished_)
    file->Abort();
  finished_.clear();
  for (const std::string& location : published_) {
    files_.Delete(location).Ignore("nothing refers to the file; orphan removal finds it");
  }
  published_.clear();
}

}  // namespace firn::datafile
