// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/table_writer.h"

#include <algorithm>
#include <utility>

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "firn/datafile/array_bytes.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/conform.h"
#include "firn/table/metadata_columns.h"

namespace firn::datafile {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

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
  return rules;
}

}  // namespace

TableWriter::TableWriter(io::FileIO& files, FileNames names, PartitionRouter router)
    : files_(files), names_(std::move(names)), router_(std::move(router)) {}

TableWriter::~TableWriter() {
  Abort();
}

Result<std::unique_ptr<TableWriter>> TableWriter::Open(const table::TableMetadata& metadata,
                                                       std::string_view table_name,
                                                       io::FileIO& files, Env& env,
                                                       WriterOptions options) {
  FIRN_ASSIGN(PartitionRouter router, PartitionRouter::Make(metadata.schema(), metadata.spec()));
  std::unique_ptr<TableWriter> writer(
      new TableWriter(files, FileNames(metadata, table_name, env), std::move(router)));
  writer->spec_ = metadata.spec();
  FIRN_ASSIGN(writer->schema_, WithLineage(metadata.schema(), options.row_lineage));
  FIRN_ASSIGN(writer->layout_, ToArrow(writer->schema_));
  FileSettings& settings = writer->settings_;
  FIRN_ASSIGN(settings.schema, StoredSchema(writer->schema_));
  FIRN_ASSIGN(settings.layout, ToArrow(settings.schema));
  FIRN_ASSIGN(settings.metrics, table::MetricsModes(settings.schema, options.properties));
  settings.options = std::move(options);
  return writer;
}

int64_t TableWriter::RowGroupBytes() const {
  const WriterOptions& options = settings_.options;
  return std::max<int64_t>(1, std::min(options.row_group_bytes, options.memory_bytes / 2));
}

std::string TableWriter::NewLocation(const table::PartitionData& partition) const {
  return names_.New(table::PartitionPath(spec_, partition), "data", "parquet");
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
  broken_ = true;  // Until all went well.
  FIRN_TRY(Route(WithoutRequiredNulls(*conformed)));
  broken_ = false;
  rows_ += conformed->num_rows();
  return Ok();
}

Status TableWriter::Route(const BatchPtr& rows) {
  FIRN_ASSIGN(const auto pieces, router_.Split(rows));
  for (const auto& piece : pieces) {
    FIRN_TRY(Add(piece));
    FIRN_TRY(KeepToBudget());
  }
  return Ok();
}

// Cuts a piece where row groups are full.
Status TableWriter::Add(const PartitionRouter::Piece& piece) {
  BatchPtr rest = piece.rows;
  while (rest->num_rows() > 0) {
    FIRN_ASSIGN(OpenFile* const file, FileFor(piece.partition));
    const int64_t room = RowGroupBytes() - file->writer->waiting_bytes();
    int64_t fits = BytesOf(*rest) <= room ? rest->num_rows() : RowsWithin(*rest, room);
    // A row larger than a row group is one of its own.
    if (fits == 0 && file->writer->waiting_bytes() == 0) fits = 1;
    if (fits > 0) {
      const int64_t before = file->writer->waiting_bytes();
      FIRN_TRY(file->writer->Add(rest->Slice(0, fits)));
      waiting_bytes_ += file->writer->waiting_bytes() - before;
      rest = rest->Slice(fits);
    }
    const bool full = rest->num_rows() > 0 || file->writer->waiting_bytes() >= RowGroupBytes();
    if (full) FIRN_TRY(AfterRowGroup(piece.partition));
  }
  return Ok();
}

Result<TableWriter::OpenFile*> TableWriter::FileFor(size_t partition) {
  auto at = open_.find(partition);
  if (at == open_.end()) {
    if (static_cast<int>(open_.size()) >= settings_.options.open_files_max) {
      FIRN_TRY(EndFile(LeastUsed()));
    }
    auto writer = std::make_unique<DataFileWriter>(settings_, files_,
                                                   NewLocation(router_.partition(partition)));
    at = open_.emplace(partition, OpenFile{std::move(writer), 0}).first;
  }
  at->second.last_used = ++clock_;
  return &at->second;
}

// Writes the full row group, and ends the file if it is large enough by that.
Status TableWriter::AfterRowGroup(size_t partition) {
  DataFileWriter& writer = *open_.at(partition).writer;
  waiting_bytes_ -= writer.waiting_bytes();
  FIRN_TRY(writer.WriteRowGroup());
  if (writer.written_bytes() < settings_.options.target_file_bytes) return Ok();
  return EndFile(partition);
}

size_t TableWriter::LeastUsed() const {
  const auto found = std::min_element(open_.begin(), open_.end(), [](const auto& a, const auto& b) {
    return a.second.last_used < b.second.last_used;
  });
  return found->first;
}

Status TableWriter::KeepToBudget() {
  while (waiting_bytes_ > settings_.options.memory_bytes) {
    if (open_.size() == 1) return AfterRowGroup(open_.begin()->first);
    FIRN_TRY(EndFile(LeastUsed()));
  }
  return Ok();
}

Status TableWriter::EndFile(size_t partition) {
  OpenFile file = std::move(open_.at(partition));
  open_.erase(partition);
  waiting_bytes_ -= file.writer->waiting_bytes();
  FIRN_ASSIGN(table::DataFile described, file.writer->Finish());
  described.spec_id = spec_.id;
  described.partition = router_.partition(partition);
  described_.push_back(std::move(described));
  finished_.push_back(file.writer->TakeFile());
  return finished_.size() > kFinishedMax ? PublishFinished() : Ok();
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

Result<std::vector<table::DataFile>> TableWriter::Close() {
  if (broken_ || ended_) return Internal("the table writer has ended");
  broken_ = true;
  while (!open_.empty())
    FIRN_TRY(EndFile(open_.begin()->first));
  FIRN_TRY(PublishFinished());
  ended_ = true;
  return std::move(described_);
}

void TableWriter::Abort() {
  if (std::exchange(ended_, true)) return;
  open_.clear();
  for (const auto& file : finished_)
    file->Abort();
  finished_.clear();
  for (const std::string& location : published_) {
    files_.Delete(location).Ignore("nothing refers to the file; orphan removal finds it");
  }
  published_.clear();
}

}  // namespace firn::datafile
