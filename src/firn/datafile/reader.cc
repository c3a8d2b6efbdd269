// SPDX-License-Identifier: Apache-2.0
//
// A file is read row group by row group, so that positions of rows are known and memory is bounded
// by one row group's compressed columns and one batch. Field ids decide everything: a file without
// gets them from the name mapping first.

#include "firn/datafile/reader.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include "firn/datafile/arrow_file.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/conform.h"
#include "firn/datafile/default_values.h"
#include "firn/datafile/file_leaves.h"
#include "firn/datafile/literal_array.h"
#include "firn/datafile/metadata_values.h"
#include "firn/datafile/parquet_decryption.h"
#include "firn/datafile/row_groups.h"
#include "firn/datafile/take_rows.h"
#include "firn/table/evaluator.h"
#include "firn/table/metadata_columns.h"

namespace firn::datafile {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using BatchPtr = std::shared_ptr<arrow::RecordBatch>;
using ParquetReader = std::unique_ptr<parquet::arrow::FileReader>;

constexpr int64_t kReadBytes = int64_t{1} << 20;

Result<ParquetReader> OpenParquet(io::FileIO& files, std::string_view location,
                                  const std::optional<std::string>& key_metadata,
                                  bool use_threads) {
  FIRN_ASSIGN(std::shared_ptr<const io::InputFile> input, files.Open(location));
  FIRN_ASSIGN(parquet::ReaderProperties properties, ReaderPropertiesFor(key_metadata));
  properties.enable_buffered_stream();
  properties.set_buffer_size(kReadBytes);
  parquet::ArrowReaderProperties arrow_properties;
  arrow_properties.set_use_threads(use_threads);
  arrow_properties.set_pre_buffer(false);
  arrow_properties.set_arrow_extensions_enabled(true);
  arrow_properties.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MICRO);
  parquet::arrow::FileReaderBuilder builder;
  FIRN_TRY(FromArrow(builder.Open(std::make_shared<ArrowInput>(std::move(input)), properties)));
  return FromArrow(builder.properties(arrow_properties)->Build());
}

// Gives what a file lacks: the partition's identity value, the initial default, or null.
class MissingValues {
 public:
  MissingValues(const table::DataFile& file, const table::Schema& projection,
                const std::optional<table::PartitionSpec>& spec)
      : projection_(projection) {
    for (size_t i = 0; spec && i < spec->fields.size() && i < file.partition.size(); ++i) {
      const table::PartitionField& field = spec->fields[i];
      if (field.transform == table::Transform::Identity()) {
        identity_.insert_or_assign(field.source_id, file.partition[i]);
      }
    }
  }

  Result<ArrayPtr> Make(const arrow::Field& wanted, int64_t rows) const {
    const auto id = FieldIdOf(wanted);
    const table::NestedField* field = id ? projection_.FindField(*id) : nullptr;
    if (field == nullptr)
      return Internal("a wanted column is not in the projection", wanted.name());
    const auto found = identity_.find(*id);
    if (found == identity_.end()) {
      auto made = DefaultArray(*field, DefaultKind::kInitial, rows);
      if (!made && made.error().kind == ErrorKind::kInvalidArgument) {
        return Corrupt("the file lacks a required column", wanted.name());
      }
      return made;
    }
    if (found->second) {
      FIRN_ASSIGN(const table::Literal constant, found->second->CastTo(field->type));
      return RepeatLiteral(constant, rows);
    }
    if (field->required) return Corrupt("the file lacks a required column", wanted.name());
    return FromArrow(arrow::MakeArrayOfNull(wanted.type(), rows));
  }

  // The fields whose value the partition tells.
  std::set<table::FieldId> identity_fields() const {
    std::set<table::FieldId> ids;
    for (const auto& [id, value] : identity_)
      ids.insert(id);
    return ids;
  }

 private:
  table::Schema projection_;
  std::map<table::FieldId, std::optional<table::Literal>> identity_;
};

class ParquetBatchReader : public BatchReader {
 public:
  ParquetBatchReader(const table::DataFile& file, const table::Schema& projection,
                     ReadOptions options)
      : location_(file.file_path),
        options_(std::move(options)),
        missing_(file, projection, options_.spec),
        metadata_(file, options_.sequence_number, options_.deleted) {
    // Flagged, not left out.
    if (projection.FindField(table::kIsDeletedColumn) != nullptr) options_.deleted = nullptr;
    rules_.match_names = false;
    rules_.refuse_unknown = false;
    rules_.missing = [this](const arrow::Field& wanted, int64_t rows) {
      return Missing(wanted, rows);
    };
  }

  Status Open(ParquetReader reader, const table::Schema& projection);

  const std::shared_ptr<arrow::Schema>& schema() const override { return layout_; }
  Result<BatchPtr> Next() override;

 private:
  Status LabelFile();
  void ChooseRowGroups();
  bool HasWantedRows(const RowGroup& group) const;
  Status NextBatch(BatchPtr& out);
  Status OpenRowGroup();
  Result<BatchPtr> ReadSome();
  Result<ArrayPtr> Missing(const arrow::Field& wanted, int64_t rows) const;
  Result<BatchPtr> Shape(const BatchPtr& raw, int64_t first_row);
  std::vector<int64_t> WantedRows(int64_t first_row, int64_t rows) const;
  Result<BatchPtr> OnlyWanted(const BatchPtr& batch, int64_t first_row);

  std::string location_;
  ReadOptions options_;
  MissingValues missing_;
  MetadataValues metadata_;
  ConformRules rules_;
  ParquetReader reader_;
  bool named_ = false;                          // The file has no ids; they come from names.
  std::shared_ptr<arrow::Schema> file_schema_;  // Of the whole file, with ids.
  std::shared_ptr<arrow::Schema> layout_;
  std::vector<int> leaves_;
  std::vector<RowGroup> row_groups_;
  size_t next_group_ = 0;
  int64_t row_ = 0;         // Position of the next row in the file.
  int64_t shaped_row_ = 0;  // Position of the first row of the batch in hand.
  int64_t left_ = 0;        // Rows of the row group still to come.
  std::shared_ptr<arrow::RecordBatchReader> group_;
  std::shared_ptr<arrow::Schema> labelled_;  // Of the batches, where ids come from names.
  bool failed_ = false;
};

Status ParquetBatchReader::Open(ParquetReader reader, const table::Schema& projection) {
  reader_ = std::move(reader);
  FIRN_ASSIGN(layout_, ToArrow(projection));
  FIRN_TRY(FromArrow(reader_->GetSchema(&file_schema_)));
  named_ = !HasFieldIds(*file_schema_);
  if (named_ && options_.name_mapping == nullptr) {
    options_.name_mapping = std::make_shared<NameMapping>(NameMappingOf(projection));
  }
  if (named_) {
    // Without ids every column is absent at first: then the partition's value comes before a
    // name's.
    options_.name_mapping =
        std::make_shared<NameMapping>(Without(*options_.name_mapping, missing_.identity_fields()));
  }
  if (named_) file_schema_ = WithFieldIds(*file_schema_, *options_.name_mapping);
  leaves_ = LeavesOf(*file_schema_, StoredFields(projection));
  ChooseRowGroups();
  return Ok();
}

// Keeps the row groups whose statistics allow a match and that hold rows which are wanted.
void ParquetBatchReader::ChooseRowGroups() {
  const auto footer = reader_->parquet_reader()->metadata();
  const auto tested = ColumnsOf(options_.filter);
  auto leaves = PlainLeaves(*file_schema_);
  std::erase_if(leaves, [&](const auto& leaf) {
    return std::find(tested.begin(), tested.end(), leaf.first) == tested.end();
  });
  int64_t first_row = 0;
  for (int i = 0; i < footer->num_row_groups(); ++i) {
    const auto group = footer->RowGroup(i);
    RowGroup chosen{i, first_row, group->num_rows(), 0};
    first_row += chosen.rows;
    for (const int leaf : leaves_) {
      chosen.bytes += group->ColumnChunk(leaf)->total_uncompressed_size();
    }
    const bool may_match =
        options_.filter.is_true() ||
        table::FileMightMatch(RowGroupMetrics(*group, leaves, options_.filter_schema),
                              options_.filter, options_.filter_schema);
    if (may_match && chosen.rows > 0 && HasWantedRows(chosen)) row_groups_.push_back(chosen);
  }
}

bool ParquetBatchReader::HasWantedRows(const RowGroup& group) const {
  const int64_t end = group.first_row + group.rows;
  if (options_.only && options_.only->CountWithin(group.first_row, end) == 0) return false;
  return !options_.deleted || options_.deleted->CountWithin(group.first_row, end) < group.rows;
}

Result<BatchPtr> ParquetBatchReader::Next() {
  BatchPtr batch;
  if (failed_) return batch;
  failed_ = true;
  const Status read = WithoutExceptions([&] { return NextBatch(batch); });
  if (!read.ok()) return WhileReading(read.error(), location_);
  failed_ = false;
  return batch;
}

Status ParquetBatchReader::NextBatch(BatchPtr& out) {
  for (;;) {
    if (left_ == 0) {
      if (next_group_ == row_groups_.size()) return Ok();
      FIRN_TRY(OpenRowGroup());
    }
    FIRN_ASSIGN(const BatchPtr raw, ReadSome());
    const int64_t first_row = row_;
    row_ += raw->num_rows();
    left_ -= raw->num_rows();
    FIRN_ASSIGN(const BatchPtr shaped, Shape(raw, first_row));
    FIRN_ASSIGN(out, OnlyWanted(shaped, first_row));
    if (out->num_rows() > 0) return Ok();
  }
}

Status ParquetBatchReader::OpenRowGroup() {
  const RowGroup& group = row_groups_[next_group_++];
  row_ = group.first_row;
  left_ = group.rows;
  if (leaves_.empty()) return Ok();
  const int64_t row_bytes = std::max<int64_t>(1, group.bytes / group.rows);
  const int64_t rows = std::min(options_.batch_rows, options_.batch_bytes / row_bytes);
  reader_->set_batch_size(std::max<int64_t>(1, rows));
  FIRN_ASSIGN(group_, FromArrow(reader_->GetRecordBatchReader({group.index}, leaves_)));
  if (named_) labelled_ = WithFieldIds(*group_->schema(), *options_.name_mapping);
  return Ok();
}

// The next rows as they are in the file; without columns where none is wanted.
Result<BatchPtr> ParquetBatchReader::ReadSome() {
  if (leaves_.empty()) {
    const int64_t rows = std::min(left_, options_.batch_rows);
    return arrow::RecordBatch::Make(arrow::schema({}), rows, arrow::ArrayVector());
  }
  BatchPtr batch;
  FIRN_TRY(FromArrow(group_->ReadNext(&batch)));
  if (batch == nullptr || batch->num_rows() == 0 || batch->num_rows() > left_) {
    return Corrupt("a row group does not hold the rows it claims");
  }
  return batch;
}

Result<ArrayPtr> ParquetBatchReader::Missing(const arrow::Field& wanted, int64_t rows) const {
  const auto id = FieldIdOf(wanted);
  const bool made_up = id && table::FindMetadataColumn(*id) != nullptr;
  return made_up ? metadata_.Make(*id, shaped_row_, rows) : missing_.Make(wanted, rows);
}

Result<BatchPtr> ParquetBatchReader::Shape(const BatchPtr& raw, int64_t first_row) {
  const bool relabel = named_ && raw->num_columns() > 0;
  shaped_row_ = first_row;
  FIRN_ASSIGN(const BatchPtr shaped,
              Conform(relabel ? *Relabel(*raw, labelled_) : *raw, layout_, rules_));
  return metadata_.Inherit(shaped, first_row);
}

// Which of the `rows` rows from position `first_row` on are read, counted from there.
std::vector<int64_t> ParquetBatchReader::WantedRows(int64_t first_row, int64_t rows) const {
  std::vector<int64_t> wanted;
  if (options_.only) {
    wanted = options_.only->Within(first_row, first_row + rows);
  } else {
    wanted.resize(static_cast<size_t>(rows));
    std::iota(wanted.begin(), wanted.end(), first_row);
  }
  if (options_.deleted) {
    std::vector<int64_t> rest;
    std::ranges::set_difference(wanted, options_.deleted->Within(first_row, first_row + rows),
                                std::back_inserter(rest));
    wanted = std::move(rest);
  }
  for (int64_t& row : wanted)
    row -= first_row;
  return wanted;
}

Result<BatchPtr> ParquetBatchReader::OnlyWanted(const BatchPtr& batch, int64_t first_row) {
  const int64_t end = first_row + batch->num_rows();
  if (!options_.only && (!options_.deleted || options_.deleted->CountWithin(first_row, end) == 0)) {
    return batch;
  }
  return TakeRows(batch, WantedRows(first_row, batch->num_rows()));
}

Status OpenInto(io::FileIO& files, const table::DataFile& file, const table::Schema& projection,
                bool use_threads, ParquetBatchReader& out) {
  FIRN_ASSIGN(ParquetReader parquet,
              OpenParquet(files, file.file_path, file.key_metadata, use_threads));
  return out.Open(std::move(parquet), projection);
}

}  // namespace

Result<std::unique_ptr<BatchReader>> ReadFile(io::FileIO& files, const table::DataFile& file,
                                              const table::Schema& projection,
                                              ReadOptions options) {
  if (file.file_format != table::FileFormat::kParquet) {
    return Unsupported("data files of this format are not read",
                       table::FormatName(file.file_format), file.file_path);
  }
  const bool use_threads = options.use_threads;
  auto reader = std::make_unique<ParquetBatchReader>(file, projection, std::move(options));
  const Status opened =
      WithoutExceptions([&] { return OpenInto(files, file, projection, use_threads, *reader); });
  if (!opened.ok()) return WhileReading(opened.error(), file.file_path);
  return std::unique_ptr<BatchReader>(std::move(reader));
}

Result<std::shared_ptr<arrow::Schema>> ReadSchema(io::FileIO& files, std::string_view location) {
  std::shared_ptr<arrow::Schema> schema;
  const auto read = [&]() -> Status {
    FIRN_ASSIGN(const ParquetReader reader, OpenParquet(files, location, std::nullopt, false));
    return FromArrow(reader->GetSchema(&schema));
  };
  const Status done = WithoutExceptions(read);
  if (!done.ok()) return WhileReading(done.error(), location);
  return schema;
}

}  // namespace firn::datafile
