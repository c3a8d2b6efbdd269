// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/csv/csv_rows.h"

#include <random>

#include "firn/base/testing.h"

namespace firn::ingest {
namespace {

using Random = std::mt19937;

constexpr int64_t kLine = 7;  // Of the first row.

std::string ToText(const CsvField& field) {
  return std::string(field.text) + (field.quoted ? "|quoted" : "") +
         (field.escaped ? "|escaped" : "");
}

// Rows as text, with where they stand, and what they take.
struct Seen {
  std::vector<std::string> rows;
  size_t bytes = 0;
  int64_t lines = 0;
  friend bool operator==(const Seen&, const Seen&) = default;
};

void AddRow(size_t offset, int64_t line, std::string_view raw, Seen& seen) {
  seen.rows.push_back(std::to_string(offset) + ":" + std::to_string(line) + " " + std::string(raw));
}

Seen Find(std::string_view bytes, const CsvDialect& dialect, size_t columns) {
  CsvRows rows(dialect, columns);
  rows.Find(bytes, kLine);
  Seen seen;
  for (size_t row = 0; row < rows.count(); ++row) {
    AddRow(rows.offset(row), rows.line(row), rows.raw(row), seen);
    for (size_t column = 0; column < columns; ++column)
      seen.rows.back() += "/" + ToText(rows.field(row, column));
  }
  seen.bytes = rows.bytes().size();
  seen.lines = rows.line_count();
  return seen;
}

// The same, record by record.
Seen FindOneByOne(std::string_view bytes, const CsvDialect& dialect, size_t columns) {
  Seen seen;
  std::vector<CsvField> fields;
  while (true) {
    const CsvParse parse = ParseCsvRecord(bytes.substr(seen.bytes), false, dialect, fields);
    if (parse.outcome != CsvOutcome::kRecord) return seen;
    const bool is_blank = fields.size() == 1 && fields[0].text.empty() && !fields[0].quoted;
    if (!is_blank && columns > 0 && fields.size() != columns) return seen;
    if (!is_blank && columns > 0) {
      AddRow(seen.bytes, kLine + seen.lines, bytes.substr(seen.bytes, parse.length), seen);
      for (const CsvField& field : fields)
        seen.rows.back() += "/" + ToText(field);
    }
    seen.bytes += parse.length;
    seen.lines += parse.lines;
  }
}

char OneOf(Random& random, std::string_view bytes) {
  return bytes[random() % bytes.size()];
}

CsvDialect RandomDialect(Random& random) {
  CsvDialect dialect;
  dialect.delimiter = OneOf(random, ",;\t|");
  dialect.quote = OneOf(random, std::string_view("\"\"'\0", 4));
  if (random() % 3 == 0) dialect.escape = OneOf(random, "\\\"");
  return dialect;
}

std::string RandomField(Random& random, const CsvDialect& dialect) {
  const std::string special = std::string("\n\r\"'\\") + dialect.delimiter;
  const bool quoted = dialect.quote != 0 && random() % 3 == 0;
  const size_t length = random() % 12 == 0 ? random() % 200 : random() % 8;
  const bool odd = random() % (quoted ? 2 : 40) == 0;
  std::string field;
  while (field.size() < length) {
    const char byte =
        odd && random() % 4 == 0 ? OneOf(random, special) : OneOf(random, "abc 0\xc3");
    if (quoted && byte == dialect.quote && random() % 20 != 0) field += byte;
    field += byte;
  }
  return quoted ? dialect.quote + field + dialect.quote : field;
}

std::string RandomLine(Random& random, const CsvDialect& dialect, size_t columns) {
  std::string line;
  for (size_t column = 0; column < columns; ++column)
    line += (column == 0 ? "" : std::string(1, dialect.delimiter)) + RandomField(random, dialect);
  switch (random() % 100) {
    case 0:
      return line + dialect.delimiter;
    case 1:
      return line + dialect.quote;
    case 2:
    case 3:
      return "";
    default:
      return line;
  }
}

// What is found from any record on is what is found record by record.
TEST(CsvRows, FindsWhatIsReadRecordByRecord) {
  Random random(3);
  size_t found = 0;
  for (int file = 0; file < 1500; ++file) {
    const CsvDialect dialect = RandomDialect(random);
    const size_t columns = 1 + random() % 5;
    const std::string line_end = random() % 2 == 0 ? "\n" : random() % 2 == 0 ? "\r\n" : "\r";
    std::string bytes;
    for (size_t lines = random() % 30; lines > 0; --lines)
      bytes += RandomLine(random, dialect, columns) + line_end;
    for (size_t from = 0; from < bytes.size();) {
      const std::string_view rest = std::string_view(bytes).substr(from);
      const Seen seen = Find(rest, dialect, columns);
      ASSERT_EQ(seen, FindOneByOne(rest, dialect, columns)) << rest;
      found += seen.rows.size();
      ASSERT_EQ(Find(rest, dialect, CsvRows::kAnyColumns),
                FindOneByOne(rest, dialect, CsvRows::kAnyColumns))
          << rest;
      from += seen.bytes + 1 + random() % 20;
    }
  }
  EXPECT_GT(found, 10'000U);
}

// Wherever in a block of 64 bytes it happens.
TEST(CsvRows, FindsFieldsAtAnyPlace) {
  for (size_t length = 0; length < 140; ++length) {
    for (const std::string middle :
         {"plain", "\"quoted\"", "\"a\"\"b\"", "\"x\r\ny\"", "\"\"", ""}) {
      const std::string bytes = std::string(length, 'x') + "," + middle + ",1\r\n\r\n2,\"3\",4\n5,";
      const Seen seen = Find(bytes, {}, 3);
      ASSERT_EQ(seen, FindOneByOne(bytes, {}, 3)) << bytes;
      EXPECT_EQ(seen.rows.size(), 2U);
    }
  }
}

TEST(CsvRows, EndsBeforeWhatIsNoRow) {
  const auto rows = [](std::string_view bytes) { return Find(bytes, {}, 2).rows.size(); };
  EXPECT_EQ(rows("1,2\n3,4\n"), 2U);
  EXPECT_EQ(rows("1,2\n3,4"), 1U) << "no line end";
  EXPECT_EQ(rows("1,2\n3,4\r"), 1U) << "a line end that is not decided";
  EXPECT_EQ(rows("1,2\n3\n4,5\n"), 1U) << "too few fields";
  EXPECT_EQ(rows("1,2\n3,4,5\n6,7\n"), 1U) << "too many";
  EXPECT_EQ(rows("1,2\n3,\"4\"5\n"), 1U) << "text behind a quote";
  EXPECT_EQ(rows("1,2\n3,\"4\n5,6\n"), 1U) << "a quote that never closes";
  EXPECT_EQ(rows("1,2\n" + std::string(1000, ',') + "\n"), 1U) << "far too many";
  EXPECT_EQ(rows(""), 0U);
}

TEST(CsvRows, CountsTheLinesOfBlankOnesAndOfQuotedFields) {
  CsvRows rows({}, 1);
  rows.Find("\n\"a\n\nb\"\n\r\nc\n", 1);
  ASSERT_EQ(rows.count(), 2U);
  EXPECT_EQ(rows.line(0), 2);
  EXPECT_EQ(rows.line(1), 6);
  EXPECT_EQ(rows.line_count(), 6);
}

TEST(CsvRows, TakesLongInputsGridByGrid) {
  std::string bytes;
  for (int row = 0; row < 100'000; ++row)
    bytes += std::to_string(row) + ",x\n";
  CsvRows rows({}, 2);
  std::string_view rest = bytes;
  int64_t line = 1;
  int row = 0;
  while (!rest.empty()) {
    rows.Find(rest, line);
    ASSERT_GT(rows.count(), 0U);
    EXPECT_LE(rows.bytes().size(), size_t{1} << 20);
    for (size_t at = 0; at < rows.count(); ++at, ++row) {
      ASSERT_EQ(rows.field(at, 0).text, std::to_string(row));
      ASSERT_EQ(rows.line(at), row + 1);
    }
    rest.remove_prefix(rows.bytes().size());
    line += rows.line_count();
  }
  EXPECT_EQ(row, 100'000);
}

TEST(CsvRows, LeavesARowThatIsLongerThanAGridToOthers) {
  const std::string bytes = std::string(1 << 20, 'x') + ",1\n";
  EXPECT_EQ(Find(bytes, {}, 2).bytes, 0U);
}

TEST(CsvRows, TakesMoreColumnsThanAGridHasFields) {
  const std::string row = std::string(49'999, ',') + "\n";
  EXPECT_EQ(Find(row + row, {}, 50'000).bytes, row.size());
}

}  // namespace
}  // namespace firn::ingest
