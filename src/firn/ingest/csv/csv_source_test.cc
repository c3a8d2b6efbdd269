// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/csv/csv_source.h"

#include <random>

#include <arrow/api.h>

#include "firn/base/testing.h"
#include "firn/ingest/csv/csv_reader.h"
#include "firn/ingest/source_reader.h"
#include "firn/io/location.h"
#include "firn/io/memory_file_io.h"
#include "firn/table/nested_field.h"

namespace firn::ingest {
namespace {

using table::NestedField;
using table::Type;
using Random = std::mt19937;

// The file gives the first columns; the last two are filled in.
table::Schema Columns() {
  return table::Schema::Make(table::SchemaId(0),
                             {NestedField::Optional(1, "text", Type::String()),
                              NestedField::Required(2, "id", Type::Long()),
                              NestedField::Optional(3, "ratio", Type::Double()),
                              NestedField::Optional(4, "price", Type::Decimal(9, 2)),
                              NestedField::Optional(5, "day", Type::Date()),
                              NestedField::Optional(6, "at", Type::TimestampTz()),
                              NestedField::Optional(7, "done", Type::Boolean()),
                              NestedField::Optional(8, "record_hash", Type::String()),
                              NestedField::Optional(9, "left_out", Type::Int())})
      .value();
}

constexpr size_t kGiven = 7;

std::unique_ptr<SourceReader> ReaderOf(const std::string& bytes) {
  io::MemoryFileIO files;
  files.Replace("file:///data", bytes);
  auto input = files.Open("file:///data").value();
  return SourceReader::Open(std::move(input), 0, static_cast<int64_t>(bytes.size())).value();
}

// Rows and rejects as text.
struct Outcome {
  std::vector<std::string> rows, rejects;
};

void Take(const SourceBatch& batch, Outcome& outcome) {
  for (int64_t row = 0; batch.rows != nullptr && row < batch.rows->num_rows(); ++row) {
    std::string text;
    for (const auto& column : batch.rows->columns())
      text += "|" + column->GetScalar(row).ValueOrDie()->ToString();
    outcome.rows.push_back(std::move(text));
  }
  for (const Reject& reject : batch.rejects) {
    outcome.rejects.push_back(std::to_string(reject.offset) + ":" +
                              std::to_string(reject.line.value_or(-1)) + " " + reject.column + " " +
                              reject.rule + " " + reject.message + " " + reject.raw);
  }
}

Outcome Read(const std::string& bytes, const CsvOptions& options) {
  const auto reader = ReaderOf(bytes);
  const auto source = OpenCsv(FileTask(), *reader, Columns(), {}, options);
  EXPECT_THAT(source, IsOk());
  Outcome outcome;
  while (const auto batch = (*source)->Next().value())
    Take(*batch, outcome);
  EXPECT_EQ(reader->offset(), static_cast<int64_t>(bytes.size()));
  return outcome;
}

void AddRecord(const CsvRecord& record, const CsvDialect& dialect, const CsvOptions& options,
               RowBuilder& rows) {
  const RowPlace place{record.offset, record.line, record.raw};
  if (record.fields == nullptr) {
    return rows.AddReject(place, std::string(record.rule), std::string(record.message));
  }
  const std::vector<CsvField>& fields = *record.fields;
  if (fields.size() == 1 && fields[0].text.empty() && !fields[0].quoted) return;
  if (fields.size() != kGiven) {
    return rows.AddReject(place, "field_count",
                          std::to_string(fields.size()) + " fields instead of 7");
  }
  std::string scratch;
  for (size_t column = 0; column < kGiven; ++column) {
    const CsvField& field = fields[column];
    const bool is_null = field.text.empty() ? !(field.quoted && column == 0)
                                            : !field.quoted && field.text == options.null_text;
    rows.AppendText(column, is_null ? std::nullopt : std::optional(field.Value(dialect, scratch)));
  }
  EXPECT_THAT(rows.EndRow(place), IsOk());
}

// The same, record by record and value by value.
Outcome ReadOneByOne(const std::string& bytes, const CsvOptions& options) {
  const auto reader = ReaderOf(bytes);
  const CsvDialect dialect{.delimiter = *options.hints.delimiter,
                           .quote = options.hints.quote,
                           .escape = options.hints.escape};
  CsvReader records(*reader, dialect, 1);
  auto rows = RowBuilder::Make(Columns(), {}).value();
  EXPECT_NE(records.Next().value(), nullptr) << "the header";
  while (const CsvRecord* record = records.Next().value())
    AddRecord(*record, dialect, options, rows);
  Outcome outcome;
  Take(rows.Finish().value(), outcome);
  return outcome;
}

std::string OneOf(Random& random, std::initializer_list<const char*> choices) {
  return *(choices.begin() + random() % choices.size());
}

std::string RandomValue(Random& random, size_t column) {
  if (random() % 60 == 0) return OneOf(random, {"", "NULL", "x", "1e999", "\xff", " 5 ", "-"});
  switch (column) {
    case 0:
      return OneOf(random, {"", "a", "some longer text of words", "t\xc3\xa9xt", "NULL"});
    case 1:
      return std::to_string(static_cast<int64_t>(random()) - 1'000'000'000);
    case 2:
      return std::to_string(random() % 1000) + "." + std::to_string(random());
    case 3:
      return std::to_string(random() % 12'000'000) + OneOf(random, {"", ".5", ".25", ".125"});
    case 4:
      return "20" + std::to_string(10 + random() % 90) +
             OneOf(random, {"-02-28", "-02-29", "-12-01"});
    case 5:
      return "2024-02-29" + OneOf(random, {"", "T10:00:00Z", " 10:00:00.125", "T24:00:00"});
    default:
      return OneOf(random, {"true", "false", "1", "NULL"});
  }
}

std::string RandomField(Random& random, const CsvDialect& dialect, size_t column) {
  std::string value = RandomValue(random, column);
  if (dialect.quote == 0 || random() % 6 != 0) return value;
  if (column == 0) value += OneOf(random, {"", "\n", "\r\n", ",", "\\", "|"});
  if (column == 0 && random() % 3 == 0) value += std::string(2, dialect.quote);
  if (dialect.escape == '\\' && random() % 3 == 0) value = "\\" + value;
  return dialect.quote + value + dialect.quote + (random() % 80 == 0 ? "x" : "");
}

std::string RandomCsv(Random& random, const CsvDialect& dialect) {
  const std::string line_end = OneOf(random, {"\n", "\r\n", "\r"});
  const std::string delimiter(1, dialect.delimiter);
  std::string bytes = OneOf(random, {"", "\xef\xbb\xbf"});
  const table::Schema schema = Columns();
  for (size_t column = 0; column < kGiven; ++column)
    bytes += (column == 0 ? "" : delimiter) + schema.fields()[column].name;
  bytes += line_end;
  for (size_t rows = random() % 300; rows > 0; --rows) {
    for (size_t column = 0; column < kGiven; ++column)
      bytes += (column == 0 ? "" : delimiter) + RandomField(random, dialect, column);
    if (random() % 50 == 0) bytes += delimiter;
    bytes += line_end + (random() % 30 == 0 ? line_end : "");
  }
  return bytes + OneOf(random, {"", "x", "\"", "\r"});
}

TEST(OpenCsv, MakesTheRowsAndRejectsThatRecordsMakeOneByOne) {
  Random random(9);
  size_t rows = 0, rejects = 0;
  for (int file = 0; file < 150; ++file) {
    CsvOptions options;
    options.hints.delimiter = OneOf(random, {",", "|", "\t"})[0];
    options.hints.quote = OneOf(random, {"\"", "'", ""})[0];
    options.hints.has_header = true;
    if (random() % 2 == 0) options.hints.escape = '\\';
    if (random() % 2 == 0) options.null_text = "NULL";
    const std::string bytes =
        RandomCsv(random, {*options.hints.delimiter, options.hints.quote, options.hints.escape});
    const Outcome seen = Read(bytes, options);
    const Outcome expected = ReadOneByOne(bytes, options);
    ASSERT_EQ(seen.rows, expected.rows) << bytes;
    ASSERT_EQ(seen.rejects, expected.rejects) << bytes;
    rows += seen.rows.size();
    rejects += seen.rejects.size();
  }
  EXPECT_GT(rows, 3000U);
  EXPECT_GT(rejects, 500U);
}

}  // namespace
}  // namespace firn::ingest
