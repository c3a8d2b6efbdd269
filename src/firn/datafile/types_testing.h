// SPDX-License-Identifier: Apache-2.0
//
// Files of one batch, written and read; include only from tests.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <arrow/api.h>
#include <arrow/extension_type.h>
#include <parquet/file_reader.h>
#include <parquet/schema.h>

#include "firn/base/testing.h"
#include "firn/datafile/arrow_file.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/reader.h"
#include "firn/datafile/table_writer.h"
#include "firn/io/memory_file_io.h"
#include "firn/table/variant_json.h"

namespace firn::datafile {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;
using ArrayPtr = std::shared_ptr<arrow::Array>;

inline table::Schema SchemaOf(std::vector<table::NestedField> fields) {
  return table::Schema::Make(table::SchemaId(0), std::move(fields)).value();
}

/// A version 3 table of `schema`, whose ids it keeps, and its files.
struct FileWorld {
  explicit FileWorld(const table::Schema& schema) {
    table::NewTable wanted;
    wanted.schema = SchemaOf({});
    wanted.location = "file:///lake/t";
    wanted.properties = {{"format-version", "3"}};
    metadata = table::NewTableMetadata(wanted, env).value();
    metadata.schemas = {schema};
  }

  Result<table::DataFile> Write(const BatchPtr& rows) {
    FIRN_ASSIGN(auto writer, TableWriter::Open(metadata, "t", files, env, WriterOptions{}));
    FIRN_TRY(writer->Write(rows));
    FIRN_ASSIGN(auto written, writer->Close());
    return written.at(0);
  }

  Result<BatchPtr> Read(const table::DataFile& file, const table::Schema& projection,
                        ReadOptions options = {}) {
    return ReadFrom(files, file, projection, std::move(options));
  }

  static Result<BatchPtr> ReadFrom(io::FileIO& io, const table::DataFile& file,
                                   const table::Schema& projection, ReadOptions options = {}) {
    FIRN_ASSIGN(auto reader, ReadFile(io, file, projection, std::move(options)));
    std::vector<BatchPtr> batches;
    for (;;) {
      FIRN_ASSIGN(auto batch, reader->Next());
      if (batch == nullptr) break;
      EXPECT_TRUE(batch->ValidateFull().ok());
      batches.push_back(batch);
    }
    const auto rows = arrow::Table::FromRecordBatches(reader->schema(), batches).ValueOrDie();
    return rows->CombineChunksToBatch().ValueOrDie();
  }

  std::shared_ptr<parquet::FileMetaData> Footer(const table::DataFile& file) {
    std::shared_ptr<const io::InputFile> input = files.Open(file.file_path).value();
    return parquet::ParquetFileReader::Open(std::make_shared<ArrowInput>(std::move(input)))
        ->metadata();
  }

  FixedEnv env;
  io::MemoryFileIO files;
  table::TableMetadata metadata;
};

template <typename Builder, typename Value>
ArrayPtr ArrayOf(const std::vector<std::optional<Value>>& values, Builder builder = Builder()) {
  for (const auto& value : values) {
    EXPECT_TRUE((value ? builder.Append(*value) : builder.AppendNull()).ok());
  }
  return builder.Finish().ValueOrDie();
}

inline BatchPtr BatchOf(const std::vector<std::pair<std::string, ArrayPtr>>& columns) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const auto& [name, array] : columns) {
    fields.push_back(arrow::field(name, array->type()));
    arrays.push_back(array);
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), arrays.at(0)->length(), arrays);
}

/// A column of variants, unset where there is no JSON.
inline ArrayPtr VariantColumn(const std::vector<std::optional<std::string>>& jsons) {
  arrow::BinaryBuilder metadata, value;
  arrow::TypedBufferBuilder<bool> valid;
  for (const auto& json : jsons) {
    const auto bytes = table::VariantFromJson(json ? *Json::Parse(*json) : Json());
    EXPECT_TRUE(metadata.Append(bytes.metadata).ok() && value.Append(bytes.value).ok() &&
                valid.Append(json.has_value()).ok());
  }
  const auto rows = static_cast<int64_t>(jsons.size());
  return std::make_shared<arrow::StructArray>(
      arrow::struct_(
          {arrow::field("metadata", arrow::binary()), arrow::field("value", arrow::binary())}),
      rows, arrow::ArrayVector{metadata.Finish().ValueOrDie(), value.Finish().ValueOrDie()},
      valid.Finish().ValueOrDie());
}

}  // namespace firn::datafile
