// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/csv/csv_infer.h"

#include <string>
#include <utility>
#include <vector>

#include "firn/ingest/csv/csv_reader.h"
#include "firn/ingest/csv/csv_rows.h"
#include "firn/ingest/csv/csv_sniff.h"
#include "firn/ingest/source_reader.h"
#include "firn/ingest/type_guess.h"

namespace firn::ingest {
namespace {

constexpr size_t kSniffBytes = size_t{64} * 1024;

void SeeField(const CsvField& field, const CsvDialect& dialect, const CsvOptions& options,
              std::string& scratch, TypeGuess& guess) {
  const bool is_null = !field.quoted && options.null_text && field.text == *options.null_text;
  if (is_null || field.text.empty()) return guess.SeeNull();
  guess.SeeText(field.Value(dialect, scratch));
}

}  // namespace

Result<int64_t> SeeCsv(SourceReader& reader, bool whole, const CsvOptions& options,
                       TypeGuess& row) {
  while (reader.window().size() < kSniffBytes) {
    FIRN_ASSIGN(const bool more, reader.More());
    if (!more) break;
  }
  const bool complete = whole && reader.at_end() && reader.window().size() <= kSniffBytes;
  FIRN_ASSIGN(const CsvLayout layout,
              SniffCsv(reader.window().substr(0, kSniffBytes), complete, options.hints));
  // The guesses stay where they are while no member is added.
  for (const std::string& name : layout.columns)
    row.Member(name);
  std::vector<TypeGuess*> columns;
  for (const std::string& name : layout.columns)
    columns.push_back(&row.Member(name));

  CsvReader records(reader, layout.dialect, 1);
  CsvRows found(layout.dialect, columns.size());
  bool skip = layout.has_header;
  int64_t rows = 0;
  std::string scratch;
  while (true) {
    if (!skip && records.NextRows(found)) {
      for (size_t at = 0; at < columns.size(); ++at) {
        for (size_t number = 0; number < found.count(); ++number)
          SeeField(found.field(number, at), layout.dialect, options, scratch, *columns[at]);
      }
      rows += static_cast<int64_t>(found.count());
      continue;
    }
    FIRN_ASSIGN(const CsvRecord* record, records.Next());
    if (record == nullptr || (!record->ended && !whole)) return rows;
    if (record->fields == nullptr || record->fields->size() != columns.size()) continue;
    if (std::exchange(skip, false)) continue;
    for (size_t at = 0; at < columns.size(); ++at) {
      SeeField((*record->fields)[at], layout.dialect, options, scratch, *columns[at]);
    }
    ++rows;
  }
}

}  // namespace firn::ingest
