// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace firn::ingest {

/// How a CSV file is written.
struct CsvDialect {
  char delimiter = ',';
  char quote = '"';                           ///< 0: nothing is quoted.
  std::optional<char> escape = std::nullopt;  ///< Within quotes it takes the next byte as it is.

  friend bool operator==(const CsvDialect&, const CsvDialect&) = default;
};

/// A field as it stands in the file.
struct CsvField {
  std::string_view text;  ///< Without the quotes around it; doubled quotes still doubled.
  bool quoted = false;
  bool escaped = false;  ///< Holds doubled quotes, or escapes.

  /// The field's value; uses `scratch` where it differs from `text`.
  std::string_view Value(const CsvDialect& dialect, std::string& scratch) const;
  /// Appends the field's value.
  void AppendTo(std::string& out, const CsvDialect& dialect) const;
};

/// What the beginning of some bytes is.
enum class CsvOutcome {
  kRecord,       ///< A record, with its line end.
  kNeedMore,     ///< Not decided: more bytes must be looked at.
  kBrokenQuote,  ///< A quoted field that ends in the middle, or never.
};

struct CsvParse {
  CsvOutcome outcome = CsvOutcome::kNeedMore;
  size_t length = 0;   ///< Of the record with its line end.
  int64_t lines = 0;   ///< Line ends in it.
  bool ended = false;  ///< A line end closed it; else the end of the file did.
};

/// Reads one record (RFC 4180) from the front of `bytes` into `fields`, which refer to `bytes`.
///
/// Records end at LF, CR LF or CR. Quotes inside an unquoted field are text. `at_end` says that no
/// bytes follow. Never looks at a byte twice. For records one by one: `CsvRows` finds many faster.
CsvParse ParseCsvRecord(std::string_view bytes, bool at_end, const CsvDialect& dialect,
                        std::vector<CsvField>& fields);

/// Where the quoted field ends whose text begins at `from`: the place of its closing quote, or of
/// the last byte where that is a quote; `npos` where there is none. Sets `escaped` where it has to.
size_t FindClosingQuote(std::string_view bytes, size_t from, const CsvDialect& dialect,
                        bool& escaped);

}  // namespace firn::ingest
