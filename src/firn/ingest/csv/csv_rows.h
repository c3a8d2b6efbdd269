// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "firn/ingest/csv/csv_record.h"

namespace firn::ingest {

/// Rows of a CSV file as a grid: where each field of a run of records stands. Not thread-safe.
class CsvRows {
 public:
  /// Of `columns`: records of any number of fields are passed over, none is kept as a row.
  static constexpr size_t kAnyColumns = 0;

  CsvRows(const CsvDialect& dialect, size_t columns);

  /// Finds the rows at the front of `bytes`, which they refer to, the first of which is in `line`.
  ///
  /// These are the records of as many fields as there are columns, each with its line end, up to
  /// one that is none of these, or to what one grid holds. Blank lines are skipped.
  void Find(std::string_view bytes, int64_t line);

  size_t count() const { return rows_.size(); }
  std::string_view bytes() const { return bytes_; }  ///< Of the rows and the blank lines.
  int64_t line_count() const { return lines_; }      ///< Line ends in `bytes`.

  CsvField field(size_t row, size_t column) const {
    const Span& span = spans_[row * columns_ + column];
    return {bytes_.substr(span.begin, span.marked_length & kLengthMax),
            (span.marked_length & kQuoted) != 0, (span.marked_length & kEscaped) != 0};
  }
  size_t offset(size_t row) const { return rows_[row].begin; }  ///< In `bytes`.
  int64_t line(size_t row) const { return line_ + rows_[row].line; }
  std::string_view raw(size_t row) const {  ///< With its line end.
    return bytes_.substr(rows_[row].begin, rows_[row].end - rows_[row].begin);
  }

 private:
  class Finder;

  static constexpr uint32_t kQuoted = uint32_t{1} << 31;
  static constexpr uint32_t kEscaped = uint32_t{1} << 30;
  static constexpr uint32_t kLengthMax = kEscaped - 1;

  struct Span {
    uint32_t begin, marked_length;
  };
  struct Row {
    uint32_t begin, end, line;
  };

  const CsvDialect dialect_;
  const size_t columns_;
  const size_t rows_max_;
  std::vector<Span> spans_;  // Row by row.
  std::vector<Row> rows_;
  std::string_view bytes_;
  int64_t line_ = 1, lines_ = 0;
};

}  // namespace firn::ingest
