// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/ingest/csv/csv_record.h"

namespace firn::ingest {

/// What the beginning of a CSV file tells of the rest.
struct CsvLayout {
  CsvDialect dialect;
  bool has_header = true;
  std::vector<std::string> columns;  ///< The header's names, or column_1, column_2, ...
};

/// What is known of CSV files beforehand; what is not is sniffed from each file.
struct CsvHints {
  std::optional<char> delimiter = std::nullopt;
  char quote = '"';
  std::optional<char> escape = std::nullopt;
  std::optional<bool> has_header = std::nullopt;
};

/// Looks at the first bytes of a file (64 KiB are plenty).
///
/// The delimiter, where it is not known, is the one of comma, semicolon, tab and bar that gives the
/// most records the same number of fields, more than one. The first record is a header unless one
/// of its fields is empty, a number, a date, or there twice. Errors: `kUnsupported` for UTF-16;
/// `kInvalidArgument` where there is no record.
Result<CsvLayout> SniffCsv(std::string_view head, bool at_end, const CsvHints& hints = {});

}  // namespace firn::ingest
