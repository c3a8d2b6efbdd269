// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/infer.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <arrow/api.h>

#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/reader.h"
#include "firn/ingest/csv/csv_infer.h"
#include "firn/ingest/decoded_file_io.h"
#include "firn/ingest/json/json_infer.h"
#include "firn/ingest/parquet/parquet_source.h"
#include "firn/ingest/path_values.h"
#include "firn/ingest/source_reader.h"
#include "firn/ingest/type_guess.h"
#include "firn/io/file_io.h"
#include "firn/io/location.h"
#include "firn/table/nested_field.h"

namespace firn::ingest {
namespace {

Result<int64_t> SeeFile(const FoundFile& file, FileFormat format, const TextOptions& text,
                        io::FileIO& source_io, int64_t share, TypeGuess& row) {
  FIRN_ASSIGN(std::shared_ptr<const io::InputFile> input,
              source_io.Open(io::FileLocation(file.path)));
  const int64_t size_bytes = IsDecoded(*input) ? input->size_bytes() : file.size_bytes;
  FIRN_ASSIGN(const auto reader,
              SourceReader::Open(std::move(input), 0, std::min(share, size_bytes)));
  const bool whole = share >= size_bytes;
  if (format == FileFormat::kCsv) return SeeCsv(*reader, whole, text.csv, row);
  return SeeJson(*reader,
                 format == FileFormat::kJsonLines ? JsonFraming::kLines : JsonFraming::kDocument,
                 text.json, row);
}

// The columns of all files by name, each as the first file has it.
Result<InferredSchema> InferParquet(std::span<const FoundFile> files, io::FileIO& source_io) {
  arrow::FieldVector fields;
  std::optional<Error> first_error;
  for (const FoundFile& file : files) {
    const auto found = datafile::ReadSchema(source_io, io::FileLocation(file.path));
    if (!found && !first_error) first_error = AboutSource(found.error());
    if (!found) continue;
    for (const auto& field : (*found)->fields()) {
      const auto same = [&](const auto& known) { return known->name() == field->name(); };
      if (std::any_of(fields.begin(), fields.end(), same)) continue;
      fields.push_back(field->WithNullable(true)->RemoveMetadata());
    }
  }
  if (fields.empty() && first_error) return *first_error;
  if (fields.empty()) return InvalidArgument("no column was found in the data");
  InferredSchema inferred;
  FIRN_ASSIGN(inferred.schema, datafile::FromArrow(*arrow::schema(std::move(fields))));
  return inferred;
}

Result<InferredSchema> InferText(std::span<const FoundFile> files, FileFormat format,
                                 const TextOptions& text, io::FileIO& source_io,
                                 int64_t bytes_max) {
  int64_t total_bytes = 0;
  for (const FoundFile& file : files)
    total_bytes += file.size_bytes;
  const auto count = static_cast<int64_t>(std::max<size_t>(files.size(), 1));
  const bool all = total_bytes <= bytes_max;
  const int64_t share = all ? total_bytes : std::max<int64_t>(bytes_max / count, 64 * 1024);
  TypeGuess row;
  InferredSchema inferred;
  inferred.all_seen = all;
  std::optional<Error> first_error;
  for (const FoundFile& file : files) {
    const auto rows = SeeFile(file, format, text, source_io, share, row);
    if (rows) inferred.rows_seen += *rows;
    if (!rows && !first_error) first_error = rows.error();
  }
  if (row.member_count() == 0 && first_error) return *first_error;
  FIRN_ASSIGN(inferred.schema, SchemaOf(row));
  return inferred;
}

void SeeFolders(std::string_view path, TypeGuess& folders) {
  for (const PathValue& value : PathValuesOf(path)) {
    TypeGuess& guess = folders.Member(value.name);
    if (!value.value) {
      guess.SeeNull();
      continue;
    }
    std::string_view text = *value.value;
    if (text.find_first_not_of("0123456789") == text.npos) {
      while (text.size() > 1 && text.starts_with('0'))
        text.remove_prefix(1);
    }
    guess.SeeText(text);
  }
}

// The columns of the folders' names behind those of the files.
Result<table::Schema> WithFolders(const table::Schema& schema, std::span<const FoundFile> files) {
  TypeGuess folders;
  for (const FoundFile& file : files)
    SeeFolders(file.path, folders);
  std::vector<table::NestedField> fields = schema.fields();
  int32_t next_id = schema.highest_field_id().value + 1;
  for (const std::string& name : folders.member_names()) {
    if (name.empty() || schema.FindByName(name, false) != nullptr) continue;
    const int32_t id = next_id++;
    fields.push_back(
        table::NestedField::Optional(id, name, folders.FindMember(name)->ToType(next_id)));
  }
  return table::Schema::Make(schema.id(), std::move(fields));
}

}  // namespace

Result<FileFormat> ParseFileFormat(std::string_view name) {
  for (const FileFormat format :
       {FileFormat::kCsv, FileFormat::kJson, FileFormat::kJsonLines, FileFormat::kParquet}) {
    if (name == FileFormatName(format)) return format;
  }
  return InvalidArgument("not a file format", name).WithHint("csv, json, jsonl or parquet");
}

std::string_view FileFormatName(FileFormat format) {
  switch (format) {
    case FileFormat::kCsv:
      return "csv";
    case FileFormat::kJson:
      return "json";
    case FileFormat::kJsonLines:
      return "jsonl";
    case FileFormat::kParquet:
      return "parquet";
  }
  return "";
}

Result<InferredSchema> InferSchema(std::span<const FoundFile> files, FileFormat format,
                                   const TextOptions& text, io::FileIO& source_io,
                                   int64_t bytes_max) {
  FIRN_ASSIGN(InferredSchema inferred, format == FileFormat::kParquet
                                           ? InferParquet(files, source_io)
                                           : InferText(files, format, text, source_io, bytes_max));
  FIRN_ASSIGN(inferred.schema, WithFolders(inferred.schema, files));
  return inferred;
}

}  // namespace firn::ingest
