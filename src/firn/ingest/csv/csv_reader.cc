// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/csv/csv_reader.h"

#include <algorithm>

#include "firn/ingest/reject.h"
#include "firn/ingest/source_reader.h"

namespace firn::ingest {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kTooLong = "the line is longer than a record may be";
constexpr std::string_view kBrokenQuote =
    "a quoted field is not closed, or goes on after its closing quote";

}  // namespace

CsvReader::CsvReader(SourceReader& reader, const CsvDialect& dialect, int64_t line,
                     size_t record_bytes_max)
    : reader_(reader), dialect_(dialect), line_(line), record_bytes_max_(record_bytes_max) {}

Result<std::optional<CsvRecord>> CsvReader::Next() {
  while (true) {
    if (reader_.window().empty()) {
      FIRN_ASSIGN(const bool more, reader_.More());
      if (!more) return std::nullopt;
    }
    if (reader_.offset() == 0 && reader_.window().starts_with(kByteOrderMark)) {
      reader_.Consume(kByteOrderMark.size());
      continue;
    }
    const std::string_view window = reader_.window();
    const CsvParse parse = ParseCsvRecord(window, reader_.at_end(), dialect_, fields_);
    if (parse.outcome == CsvOutcome::kBrokenQuote) {
      FIRN_ASSIGN(const CsvRecord broken, TakeLine("quote", kBrokenQuote));
      return broken;
    }
    if (parse.outcome == CsvOutcome::kNeedMore) {
      if (window.size() < record_bytes_max_) {
        FIRN_TRY(reader_.More());
        continue;
      }
      const bool in_quotes = window.substr(0, record_bytes_max_).find('\n') != window.npos;
      FIRN_ASSIGN(const CsvRecord broken,
                  in_quotes ? TakeLine("quote", kBrokenQuote) : TakeLine("record_size", kTooLong));
      return broken;
    }
    CsvRecord record{.fields = &fields_,
                     .raw = window.substr(0, parse.length),
                     .offset = reader_.offset(),
                     .line = line_,
                     .ended = parse.ended,
                     .rule = {},
                     .message = {}};
    line_ += parse.lines;
    reader_.Consume(parse.length);
    return record;
  }
}

// Gives up the line at the front, however long it is.
Result<CsvRecord> CsvReader::TakeLine(std::string_view rule, std::string_view message) {
  CsvRecord record{.fields = nullptr,
                   .raw = {},
                   .offset = reader_.offset(),
                   .line = line_,
                   .ended = true,
                   .rule = rule,
                   .message = message};
  cut_.clear();
  FIRN_TRY(SkipLine());
  record.raw = cut_;
  return record;
}

Status CsvReader::SkipLine() {
  while (true) {
    const std::string_view window = reader_.window();
    const size_t end = window.find('\n');
    const size_t taken = end == window.npos ? window.size() : end + 1;
    if (cut_.size() < kRejectRawBytesMax) {
      cut_.append(window.substr(0, std::min(taken, kRejectRawBytesMax - cut_.size())));
    }
    reader_.Consume(taken);
    if (end != window.npos) {
      ++line_;
      return Ok();
    }
    FIRN_ASSIGN(const bool more, reader_.More());
    if (!more) return Ok();
  }
}

}  // namespace firn::ingest
