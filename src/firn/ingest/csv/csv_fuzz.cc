// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a CSV file: reading ends, the pieces tile the file in order, lines count up, and
// rows found together are the records that are read one by one.

#include <memory>
#include <string_view>

#include "firn/base/assert.h"
#include "firn/ingest/csv/csv_reader.h"
#include "firn/ingest/csv/csv_rows.h"
#include "firn/ingest/csv/csv_sniff.h"
#include "firn/ingest/source_reader.h"
#include "firn/io/memory_file_io.h"

namespace firn {
namespace {

using ingest::CsvDialect;
using ingest::CsvRecord;
using ingest::CsvRows;
using ingest::SourceReader;

std::unique_ptr<SourceReader> ReaderOf(std::string_view bytes) {
  constexpr char kLocation[] = "file:///fuzz";
  io::MemoryFileIO files;
  files.Replace(kLocation, std::string(bytes));
  auto input = files.Open(kLocation);
  FIRN_ASSERT(input.has_value());
  auto reader = SourceReader::Open(std::move(*input), 0, static_cast<int64_t>(bytes.size()));
  FIRN_ASSERT(reader.has_value());
  return std::move(*reader);
}

bool IsBlank(const CsvRecord& record) {
  return record.fields != nullptr && record.fields->size() == 1 &&
         record.fields->front().text.empty() && !record.fields->front().quoted;
}

// A file that is read record by record.
class Records {
 public:
  Records(std::string_view bytes, const CsvDialect& dialect)
      : reader_(ReaderOf(bytes)), records_(*reader_, dialect, 1, 64) {}

  // Null at the end.
  const CsvRecord* Next() {
    const auto record = records_.Next();
    FIRN_ASSERT(record.has_value());
    return *record;
  }
  const CsvRecord* NextThatIsNotBlank() {
    const CsvRecord* record = Next();
    while (record != nullptr && IsBlank(*record))
      record = Next();
    return record;
  }
  bool NextRows(CsvRows& rows) { return records_.NextRows(rows); }
  int64_t offset() const { return reader_->offset(); }
  int64_t line() const { return records_.line(); }

 private:
  std::unique_ptr<SourceReader> reader_;
  ingest::CsvReader records_;
};

void CheckTiles(std::string_view bytes, const CsvDialect& dialect) {
  Records records(bytes, dialect);
  const bool marked = bytes.starts_with("\xef\xbb\xbf");
  int64_t end = marked ? 3 : 0;
  while (const CsvRecord* record = records.Next()) {
    FIRN_ASSERT(record->offset == end);
    end = records.offset();
    FIRN_ASSERT(end > record->offset);
    FIRN_ASSERT(records.line() >= record->line);
  }
  FIRN_ASSERT(records.offset() == static_cast<int64_t>(bytes.size()));
}

void CheckRow(const CsvRows& rows, size_t row, int64_t begin, const CsvRecord& record) {
  FIRN_ASSERT(record.fields != nullptr && record.ended);
  FIRN_ASSERT(record.offset == begin + static_cast<int64_t>(rows.offset(row)));
  FIRN_ASSERT(record.line == rows.line(row) && record.raw == rows.raw(row));
  for (size_t column = 0; column < record.fields->size(); ++column) {
    const ingest::CsvField& expected = (*record.fields)[column];
    const ingest::CsvField found = rows.field(row, column);
    FIRN_ASSERT(found.text == expected.text && found.quoted == expected.quoted &&
                found.escaped == expected.escaped);
  }
}

void CheckRows(std::string_view bytes, const CsvDialect& dialect, size_t columns) {
  Records together(bytes, dialect), one_by_one(bytes, dialect);
  CsvRows rows(dialect, columns);
  while (true) {
    const int64_t begin = together.offset();
    if (together.NextRows(rows)) {
      for (size_t row = 0; row < rows.count(); ++row) {
        const CsvRecord* expected = one_by_one.NextThatIsNotBlank();
        FIRN_ASSERT(expected != nullptr && expected->fields != nullptr);
        FIRN_ASSERT(expected->fields->size() == columns);
        CheckRow(rows, row, begin, *expected);
      }
      continue;
    }
    const CsvRecord* found = together.NextThatIsNotBlank();
    const CsvRecord* expected = one_by_one.NextThatIsNotBlank();
    FIRN_ASSERT((found == nullptr) == (expected == nullptr));
    if (found == nullptr) break;
    FIRN_ASSERT(found->offset == expected->offset && found->line == expected->line);
    FIRN_ASSERT(found->raw == expected->raw && found->rule == expected->rule);
  }
  FIRN_ASSERT(together.line() == one_by_one.line());
}

}  // namespace

void FuzzOne(std::string_view bytes) {
  const auto layout = ingest::SniffCsv(bytes.substr(0, 65536), true);
  const CsvDialect dialect = layout ? layout->dialect : CsvDialect{};
  CheckTiles(bytes, dialect);
  CheckRows(bytes, dialect, layout ? layout->columns.size() : 1);
  CsvDialect escaping = dialect;
  escaping.escape = '\\';
  CheckRows(bytes, escaping, 2);
}

}  // namespace firn
