// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/csv/csv_sniff.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <utility>

#include "firn/base/time.h"

namespace firn::ingest {
namespace {

constexpr std::string_view kDelimiters = ",;\t|";
constexpr size_t kRecordsMax = 200;

using Records = std::vector<std::vector<std::string>>;

Records FirstRecords(std::string_view head, bool at_end, const CsvDialect& dialect) {
  Records records;
  std::vector<CsvField> fields;
  std::string scratch;
  while (!head.empty() && records.size() < kRecordsMax) {
    const CsvParse parse = ParseCsvRecord(head, at_end, dialect, fields);
    if (parse.outcome != CsvOutcome::kRecord) break;
    head.remove_prefix(parse.length);
    if (fields.size() == 1 && fields[0].text.empty()) continue;
    auto& record = records.emplace_back();
    for (const CsvField& field : fields)
      record.emplace_back(field.Value(dialect, scratch));
  }
  return records;
}

// How well a delimiter explains the records: those with the most common field count, if that is
// more than one; of equals the larger count.
std::pair<size_t, size_t> Fit(const Records& records) {
  std::map<size_t, size_t> counts;
  for (const auto& record : records)
    ++counts[record.size()];
  std::pair<size_t, size_t> best{0, 0};
  for (const auto& [fields, count] : counts) {
    if (fields > 1) best = std::max(best, {count, fields});
  }
  return best;
}

CsvDialect GuessDialect(std::string_view head, bool at_end, const CsvHints& hints) {
  CsvDialect best{.delimiter = ',', .quote = hints.quote, .escape = hints.escape};
  if (hints.delimiter) best.delimiter = *hints.delimiter;
  if (hints.delimiter) return best;
  std::pair<size_t, size_t> best_fit{0, 0};
  for (const char delimiter : kDelimiters) {
    CsvDialect dialect = best;
    dialect.delimiter = delimiter;
    const auto fit = Fit(FirstRecords(head, at_end, dialect));
    if (fit > best_fit) {
      best = dialect;
      best_fit = fit;
    }
  }
  return best;
}

bool LooksLikeData(const std::string& field) {
  double number = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), number);
  const bool is_number = error == std::errc() && end == field.data() + field.size();
  return field.empty() || is_number || ParseTimestamp(field).has_value();
}

bool LooksLikeHeader(const std::vector<std::string>& record) {
  const std::set<std::string> names(record.begin(), record.end());
  return names.size() == record.size() && std::none_of(record.begin(), record.end(), LooksLikeData);
}

}  // namespace

Result<CsvLayout> SniffCsv(std::string_view head, bool at_end, const CsvHints& hints) {
  if (head.starts_with("\xff\xfe") || head.starts_with("\xfe\xff")) {
    return Unsupported("the file is UTF-16").WithHint("convert it: iconv -f UTF-16 -t UTF-8");
  }
  if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
  CsvLayout layout;
  layout.dialect = GuessDialect(head, at_end, hints);
  const Records records = FirstRecords(head, at_end, layout.dialect);
  if (records.empty()) return InvalidArgument("the file has no record that could be its header");
  const auto& first = records.front();
  layout.has_header = hints.has_header.value_or(LooksLikeHeader(first));
  for (size_t column = 0; column < first.size(); ++column) {
    layout.columns.push_back(layout.has_header ? first[column]
                                               : "column_" + std::to_string(column + 1));
  }
  return layout;
}

}  // namespace firn::ingest
