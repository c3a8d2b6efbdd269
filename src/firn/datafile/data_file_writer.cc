// SPDX-License-Identifier: Apache-2.0
//
// Rows wait as Arrow batches until a row group is full, then go through the encoder leaf by leaf.
// What it knows of them are the counts, sizes and bounds of the file (spec, "Data File Fields").

#include "firn/datafile/data_file_writer.h"

#include <utility>

#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>

#include "firn/datafile/array_bytes.h"
#include "firn/datafile/arrow_file.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/encode/parquet_encoder.h"
#include "firn/datafile/shred_variants.h"
#include "firn/datafile/statistics_bounds.h"
#include "firn/table/encryption.h"

namespace firn::datafile {

// The encoder and the stream it writes to.
struct DataFileWriter::Parquet {
  explicit Parquet(io::OutputFile& file) : output(file) {}

  ArrowOutput output;
  std::optional<table::KeyMetadata> key;  // Where the table is encrypted.
  ColumnShredding shredding;
  std::unique_ptr<ParquetEncoder> encoder;
};

namespace {

constexpr int64_t kSmallBytes = int64_t{64} << 10;
constexpr size_t kSmallBatches = 256;

void AddChunk(const LeafColumn& leaf, const ColumnChunk& chunk, bool keep_counts,
              table::DataFile& file) {
  file.column_sizes[leaf.field] += chunk.size_bytes();
  if (!keep_counts) return;
  file.value_counts[leaf.field] += chunk.slots();
  file.null_value_counts[leaf.field] += chunk.statistics().nulls;
}

void Describe(const EncodedFile& encoded, const FileSettings& settings, table::DataFile& file) {
  for (const RowGroupInfo& group : encoded.row_groups) {
    file.record_count += group.rows;
    file.split_offsets.push_back(group.chunks.front().offset());
    for (size_t i = 0; i < group.chunks.size(); ++i) {
      const LeafColumn& leaf = encoded.leaves[i];
      const auto mode = settings.metrics.find(leaf.field);
      const bool keep_counts = mode != settings.metrics.end() &&
                               mode->second.kind != table::MetricsMode::Kind::kNone &&
                               leaf.counts_values;
      AddChunk(leaf, group.chunks[i], keep_counts, file);
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

DataFileWriter::~DataFileWriter() {
  if (parquet_ != nullptr) parquet_->output.Abandon();
  if (file_ != nullptr) file_->Abort();
}

int64_t DataFileWriter::written_bytes() const {
  return parquet_ == nullptr ? 0 : parquet_->output.Tell().ValueOr(0);
}

Status DataFileWriter::Add(std::shared_ptr<arrow::RecordBatch> rows) {
  if (rows->num_rows() == 0) return Ok();
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
  FIRN_ASSIGN(file_, files_.Create(location_));
  auto parquet = std::make_unique<Parquet>(*file_);
  const auto sink = [output = &parquet->output](std::string_view bytes) {
    return FromArrow(output->Write(bytes.data(), static_cast<int64_t>(bytes.size())));
  };
  FIRN_ASSIGN(const int64_t sample, VariantSampleRows(settings_.options.properties));
  FIRN_ASSIGN(parquet->shredding, ColumnShredding::Learn(first_rows, sample));
  std::optional<io::StreamKey> key;
  FIRN_ASSIGN(const auto encryption, table::EncryptionOf(settings_.options.properties));
  if (encryption) {
    parquet->key = table::NewKeyMetadata(encryption->data_key_bytes);
    key = parquet->key->stream_key();
  }
  FIRN_ASSIGN(parquet->encoder,
              ParquetEncoder::Open(parquet->shredding.Apply(*first_rows.schema()), settings_.schema,
                                   settings_.options, sink, key));
  parquet_ = std::move(parquet);
  return Ok();
}

Status DataFileWriter::WriteRowGroup() {
  FIRN_TRY(JoinSmall());
  const bool begins_empty_file = ends_ && parquet_ == nullptr;
  if (waiting_.empty() && !begins_empty_file) return Ok();
  FIRN_ASSIGN(const auto rows,
              FromArrow(arrow::Table::FromRecordBatches(settings_.layout, std::move(waiting_))));
  waiting_.clear();
  waiting_bytes_ = 0;
  return WriteTable(*rows);
}

Status DataFileWriter::WriteTable(const arrow::Table& rows) {
  if (parquet_ == nullptr) FIRN_TRY(Start(rows));
  if (rows.num_rows() == 0) return Ok();
  arrow::TableBatchReader reader(rows);
  FIRN_ASSIGN(auto batches, FromArrow(reader.ToRecordBatches()));
  for (auto& batch : batches) {
    FIRN_ASSIGN(batch, parquet_->shredding.Apply(batch));
  }
  return parquet_->encoder->WriteRowGroup(batches, ends_);
}

Result<table::DataFile> DataFileWriter::Finish() {
  ends_ = true;
  FIRN_TRY(WriteRowGroup());
  table::DataFile file;
  FIRN_TRY(WriteFooter(file));
  file.file_path = location_;
  file.file_size_bytes = file_->position();
  bounds_.Fill(file);
  return file;
}

Status DataFileWriter::WriteFooter(table::DataFile& file) {
  FIRN_TRY(parquet_->encoder->WriteFooter());
  FIRN_TRY(FromArrow(parquet_->output.Flush()));
  Describe(parquet_->encoder->file(), settings_, file);
  FillBounds(parquet_->encoder->file(), settings_, file);
  if (parquet_->key) {
    parquet_->key->file_length = file_->position();
    file.key_metadata = table::EncodeKeyMetadata(*parquet_->key);
  }
  parquet_.reset();
  return Ok();
}

std::unique_ptr<io::OutputFile> DataFileWriter::TakeFile() {
  return std::move(file_);
}

}  // namespace firn::datafile
