// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/export/row_file.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <arrow/api.h>

#include "firn/base/json.h"
#include "firn/datafile/arrow_export.h"
#include "firn/datafile/parquet_export.h"
#include "firn/datafile/reader.h"
#include "firn/ingest/csv/csv_reader.h"
#include "firn/ingest/source_reader.h"
#include "firn/io/file_io.h"
#include "firn/lakehouse/questions/arrow_rows.h"

namespace firn::lakehouse {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 20;

class ParquetFile : public RowFile {
 public:
  explicit ParquetFile(std::unique_ptr<datafile::ParquetExport> file) : file_(std::move(file)) {}
  Status Write(const std::shared_ptr<arrow::RecordBatch>& rows) override {
    return file_->Write(rows);
  }
  Status Close() override { return file_->Close(); }

 private:
  std::unique_ptr<datafile::ParquetExport> file_;
};

class ArrowFile : public RowFile {
 public:
  explicit ArrowFile(std::unique_ptr<datafile::ArrowExport> file) : file_(std::move(file)) {}
  Status Write(const std::shared_ptr<arrow::RecordBatch>& rows) override {
    return file_->Write(rows);
  }
  Status Close() override { return file_->Close(); }

 private:
  std::unique_ptr<datafile::ArrowExport> file_;
};

// Text that goes out in pieces of a megabyte.
class TextFile : public RowFile {
 public:
  explicit TextFile(ByteSink sink) : sink_(std::move(sink)) {}

  Status Write(const std::shared_ptr<arrow::RecordBatch>& rows) override {
    for (int64_t row = 0; row < rows->num_rows(); ++row) {
      AddRow(*rows, row);
      if (text_.size() >= kBufferBytes) FIRN_TRY(Flush());
    }
    return Ok();
  }
  Status Close() override { return Flush(); }

 protected:
  virtual void AddRow(const arrow::RecordBatch& rows, int64_t row) = 0;
  std::string text_;

 private:
  Status Flush() {
    if (text_.empty()) return Ok();
    FIRN_TRY(sink_(text_));
    text_.clear();
    return Ok();
  }

  ByteSink sink_;
};

class CsvFile : public TextFile {
 public:
  CsvFile(const arrow::Schema& schema, ByteSink sink) : TextFile(std::move(sink)) {
    for (int column = 0; column < schema.num_fields(); ++column) {
      if (column > 0) text_ += ',';
      AddField(schema.field(column)->name());
    }
    text_ += '\n';
  }

 protected:
  void AddRow(const arrow::RecordBatch& rows, int64_t row) override {
    for (int column = 0; column < rows.num_columns(); ++column) {
      if (column > 0) text_ += ',';
      const Cell cell = CellOf(*rows.column(column), row);
      // A line with nothing on it would be no record.
      const bool alone = rows.num_columns() == 1;
      if (cell.kind != Cell::Kind::kNull || alone) AddField(cell.text);
    }
    text_ += '\n';
  }

 private:
  void AddField(std::string_view field) {
    const bool plain = !field.empty() && field.find_first_of("\",\r\n") == field.npos;
    if (plain) {
      text_ += field;
      return;
    }
    text_ += '"';
    for (const char c : field) {
      if (c == '"') text_ += '"';
      text_ += c;
    }
    text_ += '"';
  }
};

class JsonLinesFile : public TextFile {
 public:
  JsonLinesFile(const arrow::Schema& schema, ByteSink sink) : TextFile(std::move(sink)) {
    for (const auto& field : schema.fields())
      keys_.push_back(Json(field->name()).Dump());
  }

 protected:
  void AddRow(const arrow::RecordBatch& rows, int64_t row) override {
    text_ += '{';
    for (int column = 0; column < rows.num_columns(); ++column) {
      if (column > 0) text_ += ',';
      text_ += keys_[static_cast<size_t>(column)];
      text_ += ':';
      AddCell(CellOf(*rows.column(column), row));
    }
    text_ += "}\n";
  }

 private:
  // Numbers keep their exact digits: a cell's text is JSON already where it is no plain text.
  void AddCell(const Cell& cell) {
    if (cell.kind == Cell::Kind::kNull) {
      text_ += "null";
    } else {
      text_ += cell.kind == Cell::Kind::kText ? Json(cell.text).Dump() : cell.text;
    }
  }

  std::vector<std::string> keys_;
};

Result<std::unique_ptr<ingest::SourceReader>> OpenSource(io::FileIO& files,
                                                         std::string_view location) {
  FIRN_ASSIGN(std::shared_ptr<const io::InputFile> input, files.Open(location));
  const int64_t size = input->size_bytes();
  return ingest::SourceReader::Open(std::move(input), 0, size);
}

Result<int64_t> CountRecords(io::FileIO& files, std::string_view location) {
  FIRN_ASSIGN(const auto source, OpenSource(files, location));
  ingest::CsvReader records(*source, ingest::CsvDialect(), 1);
  int64_t count = -1;  // The header is none.
  while (true) {
    FIRN_ASSIGN(const auto record, records.Next());
    if (!record) return count;
    if (record->fields == nullptr) return Corrupt("a record that is broken: line", record->line);
    ++count;
  }
}

Result<int64_t> CountLines(io::FileIO& files, std::string_view location) {
  FIRN_ASSIGN(const auto source, OpenSource(files, location));
  int64_t count = 0;
  while (true) {
    FIRN_ASSIGN(const bool more, source->More());
    if (!more) return count;
    const std::string_view window = source->window();
    count += std::count(window.begin(), window.end(), '\n');
    source->Consume(window.size());
  }
}

}  // namespace

Result<RowFormat> ParseRowFormat(std::string_view name) {
  for (const RowFormat format :
       {RowFormat::kParquet, RowFormat::kCsv, RowFormat::kJsonLines, RowFormat::kArrow}) {
    if (name == RowFormatName(format)) return format;
  }
  return InvalidArgument("not a format of files", name).WithHint("parquet, csv, jsonl or arrow");
}

std::string_view RowFormatName(RowFormat format) {
  switch (format) {
    case RowFormat::kParquet:
      return "parquet";
    case RowFormat::kCsv:
      return "csv";
    case RowFormat::kJsonLines:
      return "jsonl";
    case RowFormat::kArrow:
      return "arrow";
  }
  return "";
}

Result<std::unique_ptr<RowFile>> OpenRowFile(RowFormat format,
                                             const std::shared_ptr<arrow::Schema>& schema,
                                             ByteSink sink, datafile::Codec codec) {
  std::unique_ptr<RowFile> file;
  switch (format) {
    case RowFormat::kParquet: {
      FIRN_ASSIGN(auto rows, datafile::ParquetExport::Open(schema, std::move(sink), codec));
      file = std::make_unique<ParquetFile>(std::move(rows));
      break;
    }
    case RowFormat::kArrow: {
      FIRN_ASSIGN(auto rows, datafile::ArrowExport::Open(schema, std::move(sink)));
      file = std::make_unique<ArrowFile>(std::move(rows));
      break;
    }
    case RowFormat::kCsv:
      file = std::make_unique<CsvFile>(*schema, std::move(sink));
      break;
    case RowFormat::kJsonLines:
      file = std::make_unique<JsonLinesFile>(*schema, std::move(sink));
      break;
  }
  return file;
}

Result<int64_t> CountRows(RowFormat format, io::FileIO& files, std::string_view location) {
  switch (format) {
    case RowFormat::kParquet:
      return datafile::CountParquetRows(files, location);
    case RowFormat::kArrow:
      return datafile::CountArrowRows(files, location);
    case RowFormat::kCsv:
      return CountRecords(files, location);
    case RowFormat::kJsonLines:
      return CountLines(files, location);
  }
  return Internal("unknown format");
}

}  // namespace firn::lakehouse
