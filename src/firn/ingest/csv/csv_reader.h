// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/ingest/csv/csv_record.h"

namespace firn::ingest {

class CsvRows;
class SourceReader;

/// A record longer than this is no record.
inline constexpr size_t kRecordBytesMax = size_t{32} << 20;

/// One piece of a CSV file: a record, or a line that is none.
struct CsvRecord {
  const std::vector<CsvField>* fields = nullptr;  ///< Null where it is broken.
  std::string_view raw;      ///< With its line end; of a line that is too long, the first bytes.
  int64_t offset = 0;        ///< Of its first byte.
  int64_t line = 0;          ///< Of its first byte, from 1.
  bool ended = true;         ///< A line end closed it.
  std::string_view rule;     ///< Of a broken one.
  std::string_view message;  ///< Of a broken one.
};

/// Reads the records of a CSV file and gets over what is broken: of a quote that closes nowhere (or
/// in the middle of a field) and of a line that is too long, just that line is lost. Memory is
/// bounded by `record_bytes_max`. Not thread-safe.
class CsvReader {
 public:
  /// `line` is the number of the line that begins at the reader's offset.
  CsvReader(SourceReader& reader, const CsvDialect& dialect, int64_t line,
            size_t record_bytes_max = kRecordBytesMax);

  /// Takes the next piece over; null at the end. It stays valid until the next call.
  /// A byte order mark at the beginning of the file is skipped. Errors: those of reading.
  Result<const CsvRecord*> Next();

  /// Finds the rows that are next and takes them over; they stay valid until the next call. False
  /// where the next piece is one for `Next`: the first of the file, one that is no such row, or one
  /// that was not read to its end yet.
  bool NextRows(CsvRows& rows);

  /// How far whole records, and lines that are none, reach within the next `size_bytes`: up to what
  /// `Next` would come to in some calls. 0 where the first is longer, or not ended.
  Result<size_t> WholeRecords(size_t size_bytes);
  /// Takes over what `WholeRecords` gave.
  void Skip(size_t size_bytes);

  int64_t line() const { return line_; }  ///< Of the byte at the reader's offset.
  /// Says that the reader stands elsewhere now.
  void set_line(int64_t line) { line_ = line; }

 private:
  Status TakeLine(std::string_view rule, std::string_view message);
  Status SkipLine();
  size_t EndOfRecords(std::string_view bytes, size_t size_bytes);

  SourceReader& reader_;
  CsvDialect dialect_;
  int64_t line_;
  size_t record_bytes_max_;
  std::vector<CsvField> fields_;
  CsvRecord record_;            // What `Next` gave.
  std::string cut_;             // The first bytes of a line that was skipped.
  int64_t lines_measured_ = 0;  // Line ends in what `WholeRecords` gave.
};

}  // namespace firn::ingest
