// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/collect/text_reading.h"

#include "firn/ingest/json/json_path.h"

namespace firn::lakehouse {
namespace {

Result<std::optional<char>> ByteOf(std::string_view what, const std::string& text) {
  if (text.empty()) return std::nullopt;
  if (text == "\\t" || text == "tab") return '\t';
  if (text.size() == 1 && text != "\n" && text != "\r") return text.front();
  return InvalidArgument("one character is expected for " + std::string(what), text);
}

Result<ingest::CsvOptions> CsvOptionsOf(const TextReading& reading) {
  ingest::CsvOptions options;
  FIRN_ASSIGN(options.hints.delimiter, ByteOf("--delimiter", reading.delimiter));
  FIRN_ASSIGN(const std::optional<char> quote, ByteOf("--quote", reading.quote));
  FIRN_ASSIGN(options.hints.escape, ByteOf("--escape", reading.escape));
  options.hints.quote = quote.value_or('\0');
  options.hints.has_header = reading.header;
  options.null_text = reading.null_text;
  if (quote && options.hints.delimiter == quote) {
    return InvalidArgument("the delimiter and the quote are the same", reading.quote);
  }
  if (options.hints.escape == quote) options.hints.escape.reset();  // Doubled quotes, as always.
  return options;
}

bool SaysAnythingOfCsv(const TextReading& reading) {
  const TextReading silent;
  return reading.delimiter != silent.delimiter || reading.quote != silent.quote ||
         reading.escape != silent.escape || reading.header || reading.null_text;
}

}  // namespace

Result<ingest::TextOptions> TextOptionsOf(const TextReading& reading, ingest::FileFormat format) {
  using ingest::FileFormat;
  const std::string source(ingest::FileFormatName(format));
  if (SaysAnythingOfCsv(reading) && format != FileFormat::kCsv) {
    return InvalidArgument("delimiters, quotes, headers and texts for null are of CSV, not",
                           source);
  }
  if (!reading.records.empty() && format != FileFormat::kJson) {
    return InvalidArgument("--records goes with the source json, not", source);
  }
  if (reading.flatten && format != FileFormat::kJson && format != FileFormat::kJsonLines) {
    return InvalidArgument("--flatten goes with the sources json and jsonl, not", source);
  }
  ingest::TextOptions options;
  FIRN_ASSIGN(options.csv, CsvOptionsOf(reading));
  options.json.flatten = reading.flatten;
  if (!reading.records.empty()) {
    FIRN_ASSIGN(options.json.records, ingest::ParseJsonPath(reading.records));
  }
  return options;
}

}  // namespace firn::lakehouse
