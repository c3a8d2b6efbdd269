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
#include "firn/ingest/source_reader.h"
#include "firn/ingest/type_guess.h"
#include "firn/io/file_io.h"
#include "firn/io/location.h"

namespace firn::ingest {
namespace {

Result<int64_t> SeeFile(const FoundFile& file, FileFormat format, const CsvOptions& csv,
                        io::FileIO& source_io, int64_t share, TypeGuess& row) {
  FIRN_ASSIGN(std::shared_ptr<const io::InputFile> input,
              source_io.Open(io::FileLocation(file.path)));
  const int64_t size_bytes = IsDecoded(*input) ? input->size_bytes() : file.size_bytes;
  FIRN_ASSIGN(const auto reader,
              SourceReader::Open(std::move(input), 0, std::min(share, size_bytes)));
  const bool whole = share >= size_bytes;
  if (format == FileFormat::kCsv) return SeeCsv(*reader, whole, csv, row);
  return SeeJson(*reader,
                 format == FileFormat::kJsonLines ? JsonFraming::kLines : JsonFraming::kDocument,
                 row);
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
                                   const CsvOptions& csv, io::FileIO& source_io,
                                   int64_t bytes_max) {
  if (format == FileFormat::kParquet) return InferParquet(files, source_io);
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
    const auto rows = SeeFile(file, format, csv, source_io, share, row);
    if (rows) inferred.rows_seen += *rows;
    if (!rows && !first_error) first_error = rows.error();
  }
  if (row.member_count() == 0 && first_error) return *first_error;
  FIRN_ASSIGN(inferred.schema, SchemaOf(row));
  return inferred;
}

}  // namespace firn::ingest
