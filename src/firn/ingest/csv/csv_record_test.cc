// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/csv/csv_record.h"

#include <random>

#include "firn/base/testing.h"

namespace firn::ingest {
namespace {

using testing::ElementsAre;

std::vector<std::string> Values(const std::vector<CsvField>& fields, const CsvDialect& dialect) {
  std::vector<std::string> values;
  std::string scratch;
  for (const CsvField& field : fields)
    values.emplace_back(field.Value(dialect, scratch));
  return values;
}

struct Parsed {
  CsvParse parse;
  std::vector<std::string> values;
};

Parsed Parse(std::string_view bytes, bool at_end = true, const CsvDialect& dialect = {}) {
  std::vector<CsvField> fields;
  Parsed parsed;
  parsed.parse = ParseCsvRecord(bytes, at_end, dialect, fields);
  parsed.values = Values(fields, dialect);
  return parsed;
}

TEST(ParseCsvRecord, EndsAtEveryKindOfLineEnd) {
  for (const std::string_view end : {"\n", "\r\n", "\r"}) {
    const std::string bytes = "a,b" + std::string(end) + "c,d";
    const Parsed parsed = Parse(bytes);
    EXPECT_THAT(parsed.values, ElementsAre("a", "b"));
    EXPECT_EQ(parsed.parse.length, 3 + end.size());
    EXPECT_EQ(parsed.parse.lines, 1);
    EXPECT_TRUE(parsed.parse.ended);
  }
}

TEST(ParseCsvRecord, KeepsLineEndsAndQuotesWithinQuotes) {
  const Parsed parsed = Parse("\"a\nb\",\"say \"\"hi\"\"\",,\"\"\nnext");
  EXPECT_THAT(parsed.values, ElementsAre("a\nb", "say \"hi\"", "", ""));
  EXPECT_EQ(parsed.parse.lines, 2);
}

TEST(ParseCsvRecord, TakesAQuoteInsideAPlainFieldAsText) {
  EXPECT_THAT(Parse("6\" pipe,x\n").values, ElementsAre("6\" pipe", "x"));
}

TEST(ParseCsvRecord, CountsAnEmptyFieldAfterTheLastDelimiter) {
  EXPECT_THAT(Parse("a,\n").values, ElementsAre("a", ""));
  EXPECT_THAT(Parse("a,").values, ElementsAre("a", ""));
}

TEST(ParseCsvRecord, NeedsMoreUntilTheRecordIsDecided) {
  for (const std::string_view bytes : {"a,b", "a,\"b", "a,\"b\"", "a,b\r", "", "a,"}) {
    EXPECT_EQ(Parse(bytes, false).parse.outcome, CsvOutcome::kNeedMore) << bytes;
  }
}

TEST(ParseCsvRecord, CallsAQuoteBrokenThatEndsInTheMiddleOrNever) {
  EXPECT_EQ(Parse("\"a\"b,c\n").parse.outcome, CsvOutcome::kBrokenQuote);
  EXPECT_EQ(Parse("a,\"b\nc\n").parse.outcome, CsvOutcome::kBrokenQuote);
}

// Fields of every length, with bytes that differ from a delimiter in one bit or in the highest.
TEST(ParseCsvRecord, FindsTheEndOfAFieldOfAnyLength) {
  for (size_t length = 0; length < 140; ++length) {
    for (const char filler : {'x', '-', '\x0b', '\x0e', '\xac', '\x8a', '\0', '\xff'}) {
      const std::string field(length, filler);
      for (const char* end : {",b\n", "\n", "\r\n"}) {
        const Parsed parsed = Parse("1," + field + end + std::string(20, 'y'));
        ASSERT_GE(parsed.values.size(), 2U);
        EXPECT_EQ(parsed.values[1], field);
        EXPECT_EQ(parsed.parse.length, 2 + length + std::string_view(end).size());
      }
    }
  }
}

TEST(ParseCsvRecord, TakesAnEscapedByteAsItIs) {
  const CsvDialect dialect{.delimiter = ',', .quote = '"', .escape = '\\'};
  EXPECT_THAT(Parse(R"("say \"hi\", \\ and ""bye""",\x)"
                    "\n",
                    true, dialect)
                  .values,
              ElementsAre(R"(say "hi", \ and "bye")", "\\x"));
  EXPECT_EQ(Parse(R"("a\")", false, dialect).parse.outcome, CsvOutcome::kNeedMore);
  EXPECT_EQ(Parse(R"("a\")", true, dialect).parse.outcome, CsvOutcome::kBrokenQuote);
  EXPECT_EQ(Parse(R"("a\)", true, dialect).parse.outcome, CsvOutcome::kBrokenQuote);
}

TEST(ParseCsvRecord, TakesQuotesAsTextWhereNothingIsQuoted) {
  const CsvDialect dialect{.delimiter = '\t', .quote = '\0', .escape = std::nullopt};
  EXPECT_THAT(Parse("\"a\tb\"\n", true, dialect).values, ElementsAre("\"a", "b\""));
  EXPECT_THAT(Parse(std::string_view("a\0\tb\n", 5), true, dialect).values,
              ElementsAre(std::string("a\0", 2), "b"));
}

std::string RandomField(std::mt19937& random) {
  static constexpr std::string_view kBytes = "ab,\"\n\r ;x";
  std::string field;
  for (size_t left = random() % 6; left > 0; --left)
    field += kBytes[random() % kBytes.size()];
  return field;
}

std::string Quoted(const std::string& field) {
  std::string quoted = "\"";
  for (const char byte : field)
    quoted += byte == '"' ? "\"\"" : std::string(1, byte);
  return quoted + '"';
}

// What was written with RFC 4180's quoting is read back, and a cut anywhere only asks for more.
TEST(ParseCsvRecord, ReadsBackWhatWasQuoted) {
  std::mt19937 random(11);
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::string> fields(1 + random() % 5);
    std::string line;
    for (std::string& field : fields) {
      field = RandomField(random);
      line += (&field == fields.data() ? "" : ",") + Quoted(field);
    }
    line += '\n';
    const Parsed parsed = Parse(line + "tail", false);
    ASSERT_EQ(parsed.parse.outcome, CsvOutcome::kRecord) << line;
    EXPECT_EQ(parsed.values, fields);
    EXPECT_EQ(parsed.parse.length, line.size());
    const std::string cut = line.substr(0, random() % line.size());
    EXPECT_EQ(Parse(cut, false).parse.outcome, CsvOutcome::kNeedMore) << cut;
  }
}

}  // namespace
}  // namespace firn::ingest
