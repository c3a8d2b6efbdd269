// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/collect/text_reading.h"

#include "firn/base/testing.h"

namespace firn::lakehouse {
namespace {

using ingest::FileFormat;

TEST(TextOptionsOf, ReadsSingleCharacters) {
  TextReading reading;
  reading.delimiter = "\\t";
  reading.quote = "";
  reading.escape = "\\";
  const auto options = TextOptionsOf(reading, FileFormat::kCsv);
  ASSERT_THAT(options, IsOk());
  EXPECT_EQ(options->csv.hints.delimiter, '\t');
  EXPECT_EQ(options->csv.hints.quote, '\0');
  EXPECT_EQ(options->csv.hints.escape, '\\');
  reading.delimiter = ";;";
  EXPECT_THAT(TextOptionsOf(reading, FileFormat::kCsv), HasMessage("--delimiter: ;;"));
}

TEST(TextOptionsOf, TakesAQuoteAsEscapeForWhatItAlwaysIs) {
  TextReading reading;
  reading.escape = "\"";
  EXPECT_EQ(TextOptionsOf(reading, FileFormat::kCsv)->csv.hints.escape, std::nullopt);
  reading.delimiter = "\"";
  EXPECT_THAT(TextOptionsOf(reading, FileFormat::kCsv), IsError(ErrorKind::kInvalidArgument));
}

TEST(TextOptionsOf, RefusesWhatDoesNotGoWithTheFormat) {
  TextReading csv, json, flat;
  csv.header = false;
  json.records = "$.a";
  flat.flatten = true;
  EXPECT_THAT(TextOptionsOf(csv, FileFormat::kJson), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(TextOptionsOf(json, FileFormat::kJsonLines), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(TextOptionsOf(flat, FileFormat::kParquet), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(TextOptionsOf(json, FileFormat::kJson), IsOk());
  EXPECT_THAT(TextOptionsOf(flat, FileFormat::kJsonLines), IsOk());
}

}  // namespace
}  // namespace firn::lakehouse
