// SPDX-License-Identifier: Apache-2.0
//
// Rows wait as Arrow batches until a row group is full, then go through Arrow's Parquet writer
// column by column, so that only one column's pages are in memory beside them. Counts and sizes
// come from the footer, bounds and NaN counts from the rows (spec, "Data File Fields").

#include "firn/datafile/data_file_writer.h"

#include <utility>

#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <parquet/arrow/writer.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>
#include <parquet/statistics.h>

#include "firn/datafile/array_bytes.h"
#include "firn/datafile/arrow_file.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/parquet_properties.h"

namespace firn::datafile {

// Arrow's writer and the stream it writes to.
struct DataFileWriter::Parquet {
  std::shared_ptr<ArrowOutput> output;
  std::unique_ptr<parquet::arrow::FileWriter> writer;
};

namespace {

constexpr int64_t kSmallBytes = int64_t{64} << 10;
constexpr size_t kSmallBatches = 256;

// The field a leaf belongs to. The parts of a variant have no ids: they are its own.
table::FieldId FieldOf(const parquet::ColumnDescriptor& leaf) {
  const parquet::schema::Node* node = leaf.schema_node().get();
  while (node->field_id() < 0 && node->parent() != nullptr)
    node = node->parent();
  return table::FieldId(node->field_id());
}

// Whether a leaf has one value for each of its field's: of a variant's parts, only the metadata.
bool CountsValues(const parquet::ColumnDescriptor& leaf) {
  return leaf.schema_node()->field_id() >= 0 || leaf.name() == "metadata";
}

// Adds what the footer says of one column chunk.
void AddChunk(const parquet::ColumnChunkMetaData& chunk, table::FieldId id, bool keep_counts,
              table::DataFile& file) {
  file.column_sizes[id] += chunk.total_compressed_size();
  if (!keep_counts) return;
  file.value_counts[id] += chunk.num_values();
  const auto statistics = chunk.statistics();
  if (statistics != nullptr && statistics->HasNullCount()) {
    file.null_value_counts[id] += statistics->null_count();
  }
}

void ReadFooter(const parquet::FileMetaData& footer, const FileSettings& settings,
                table::DataFile& file) {
  file.record_count = footer.num_rows();
  for (int group = 0; group < footer.num_row_groups(); ++group) {
    const auto row_group = footer.RowGroup(group);
    file.split_offsets.push_back(row_group->file_offset());
    for (int column = 0; column < row_group->num_columns(); ++column) {
      const auto& leaf = *footer.schema()->Column(column);
      const table::FieldId id = FieldOf(leaf);
      const auto mode = settings.metrics.find(id);
      const bool keep_counts = mode != settings.metrics.end() &&
                               mode->second.kind != table::MetricsMode::Kind::kNone &&
                               CountsValues(leaf);
      AddChunk(*row_group->ColumnChunk(column), id, keep_counts, file);
    }
  }
}

}  // namespace

DataFileWriter::DataFileWriter(const FileSettings& settings, io::FileIO& files,
                               std::string location)
    : settings_(settings),
      files_(files),
      location_(std::move(location)),
      bounds_(settings.schema, settings.metrics) {}

// Arrow's writer would write a footer on the way out, to a file that is given up.
DataFileWriter::~DataFileWriter() {
  if (parquet_ != nullptr) parquet_->output->Abandon();
  if (file_ != nullptr) file_->Abort();
  WithoutExceptions([this] {
    parquet_.reset();
    return Ok();
  }).Ignore("the file was given up");
}

int64_t DataFileWriter::written_bytes() const {
  return parquet_ == nullptr ? 0 : parquet_->output->Tell().ValueOr(0);
}

Status DataFileWriter::Add(std::shared_ptr<arrow::RecordBatch> rows) {
  const int64_t bytes = BytesOf(*rows);
  waiting_bytes_ += bytes;
  FIRN_TRY(bounds_.Add(*rows));
  if (bytes < kSmallBytes) {
    small_.push_back(std::move(rows));
    return small_.size() < kSmallBatches ? Ok() : JoinSmall();
  }
  FIRN_TRY(JoinSmall());
  waiting_.push_back(std::move(rows));
  return Ok();
}

// A batch of a few rows takes far more memory than its values; many are copied into one.
Status DataFileWriter::JoinSmall() {
  if (small_.empty()) return Ok();
  FIRN_ASSIGN(auto joined, FromArrow(arrow::ConcatenateRecordBatches(small_)));
  small_.clear();
  waiting_.push_back(std::move(joined));
  return Ok();
}

Status DataFileWriter::Start(const arrow::Table& first_rows) {
  FIRN_ASSIGN(const auto properties, ParquetProperties(settings_, first_rows, ends_));
  FIRN_ASSIGN(file_, files_.Create(location_));
  auto parquet = std::make_unique<Parquet>();
  parquet->output = std::make_shared<ArrowOutput>(*file_);
  FIRN_ASSIGN(parquet->writer, FromArrow(parquet::arrow::FileWriter::Open(
                                   *settings_.layout, arrow::default_memory_pool(), parquet->output,
                                   properties, ParquetArrowProperties())));
  parquet_ = std::move(parquet);
  return Ok();
}

Status DataFileWriter::WriteRowGroup() {
  FIRN_TRY(JoinSmall());
  if (waiting_.empty()) return Ok();
  FIRN_ASSIGN(const auto rows,
              FromArrow(arrow::Table::FromRecordBatches(settings_.layout, std::move(waiting_))));
  waiting_.clear();
  waiting_bytes_ = 0;
  return WithoutExceptions([&] { return WriteTable(*rows); });
}

Status DataFileWriter::WriteTable(const arrow::Table& rows) {
  if (parquet_ == nullptr) FIRN_TRY(Start(rows));
  return FromArrow(parquet_->writer->WriteTable(rows, rows.num_rows()));
}

Result<table::DataFile> DataFileWriter::Finish() {
  ends_ = true;
  FIRN_TRY(WriteRowGroup());
  table::DataFile file;
  FIRN_TRY(WithoutExceptions([&] { return WriteFooter(file); }));
  file.file_path = location_;
  file.file_size_bytes = file_->position();
  bounds_.Fill(file);
  return file;
}

Status DataFileWriter::WriteFooter(table::DataFile& file) {
  FIRN_TRY(FromArrow(parquet_->writer->Close()));
  FIRN_TRY(FromArrow(parquet_->output->Flush()));
  ReadFooter(*parquet_->writer->metadata(), settings_, file);
  parquet_.reset();
  return Ok();
}

std::unique_ptr<io::OutputFile> DataFileWriter::TakeFile() {
  return std::move(file_);
}

}  // namespace firn::datafile
