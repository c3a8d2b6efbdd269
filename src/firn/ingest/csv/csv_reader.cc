// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/csv/csv_reader.h"

#include <algorithm>
#include <utility>

#include "firn/ingest/csv/csv_rows.h"
#include "firn/ingest/reject.h"
#include "firn/ingest/source_reader.h"

namespace firn::ingest {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kTooLong = "the line is longer than a record may be";
constexpr std::string_view kBrokenQuote =
    "a quoted field is not closed, or goes on after its closing quote";

// Lines outside quotes end at LF, CR LF or CR.
int64_t CountLineEnds(std::string_view bytes) {
  int64_t lines = CountByte(bytes, '\n');
  for (size_t at = bytes.find('\r'); at != bytes.npos; at = bytes.find('\r', at + 1)) {
    lines += at + 1 == bytes.size() || bytes[at + 1] != '\n';
  }
  return lines;
}

}  // namespace

CsvReader::CsvReader(SourceReader& reader, const CsvDialect& dialect, int64_t line,
                     size_t record_bytes_max)
    : reader_(reader), dialect_(dialect), line_(line), record_bytes_max_(record_bytes_max) {}

Result<const CsvRecord*> CsvReader::Next() {
  while (true) {
    if (reader_.window().empty()) {
      FIRN_ASSIGN(const bool more, reader_.More());
      if (!more) return nullptr;
    }
    if (reader_.offset() == 0 && reader_.window().starts_with(kByteOrderMark)) {
      reader_.Consume(kByteOrderMark.size());
      continue;
    }
    const std::string_view window = reader_.window();
    const CsvParse parse = ParseCsvRecord(window, reader_.at_end(), dialect_, fields_);
    if (parse.outcome == CsvOutcome::kBrokenQuote) {
      FIRN_TRY(TakeLine("quote", kBrokenQuote));
      return &record_;
    }
    if (parse.outcome == CsvOutcome::kNeedMore) {
      if (window.size() < record_bytes_max_) {
        FIRN_TRY(reader_.More());
        continue;
      }
      const bool in_quotes = window.substr(0, record_bytes_max_).find('\n') != window.npos;
      FIRN_TRY(in_quotes ? TakeLine("quote", kBrokenQuote) : TakeLine("record_size", kTooLong));
      return &record_;
    }
    record_ = {.fields = &fields_,
               .raw = window.substr(0, parse.length),
               .offset = reader_.offset(),
               .line = line_,
               .ended = parse.ended,
               .rule = {},
               .message = {}};
    line_ += parse.lines;
    reader_.Consume(parse.length);
    return &record_;
  }
}

bool CsvReader::NextRows(CsvRows& rows) {
  if (reader_.offset() == 0) return false;
  rows.Find(reader_.window(), line_);
  line_ += rows.line_count();
  reader_.Consume(rows.bytes().size());
  return !rows.bytes().empty();
}

Result<size_t> CsvReader::WholeRecords(size_t size_bytes) {
  FIRN_TRY(reader_.Fill(size_bytes));
  std::string_view window = reader_.window();
  lines_measured_ = 0;
  const bool marked = reader_.offset() == 0 && window.starts_with(kByteOrderMark);
  const size_t begin = marked ? kByteOrderMark.size() : 0;
  window.remove_prefix(begin);
  const std::string_view front = window.substr(0, size_bytes);
  const bool quotes = dialect_.quote != 0 && front.find(dialect_.quote) != front.npos;
  size_t length = 0;
  if (quotes) {
    length = EndOfRecords(window, size_bytes);
  } else {
    length = front.rfind('\n') + 1;  // 0 where there is none.
    lines_measured_ = CountLineEnds(front.substr(0, length));
  }
  return length == 0 ? 0 : begin + length;
}

// The same by reading the records: a line end within quotes ends none.
size_t CsvReader::EndOfRecords(std::string_view bytes, size_t size_bytes) {
  const std::string_view front = bytes.substr(0, size_bytes);
  CsvRows records(dialect_, CsvRows::kAnyColumns);
  size_t length = 0;
  while (length < front.size()) {
    records.Find(front.substr(length), 0);
    length += records.bytes().size();
    lines_measured_ += records.line_count();
    if (!records.bytes().empty()) continue;
    const std::string_view rest = bytes.substr(length);
    const CsvParse parse = ParseCsvRecord(rest, reader_.at_end(), dialect_, fields_);
    if (parse.outcome == CsvOutcome::kRecord && parse.ended) {
      length += parse.length;
      lines_measured_ += parse.lines;
      continue;
    }
    const size_t line_end = rest.find('\n');
    if (parse.outcome != CsvOutcome::kBrokenQuote || line_end == rest.npos) break;
    length += line_end + 1;
    ++lines_measured_;
  }
  return length;
}

void CsvReader::Skip(size_t size_bytes) {
  reader_.Consume(size_bytes);
  line_ += std::exchange(lines_measured_, 0);
}

// Gives up the line at the front, however long it is.
Status CsvReader::TakeLine(std::string_view rule, std::string_view message) {
  record_ = {.fields = nullptr,
             .raw = {},
             .offset = reader_.offset(),
             .line = line_,
             .ended = true,
             .rule = rule,
             .message = message};
  cut_.clear();
  FIRN_TRY(SkipLine());
  record_.raw = cut_;
  return Ok();
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
