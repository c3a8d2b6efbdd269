// SPDX-License-Identifier: Apache-2.0
//
// RFC 4180 as files in the wild keep it: any delimiter, any line end, spaces are text, and a quote
// counts as one only at the beginning of a field.

#include "firn/ingest/csv/csv_record.h"

#include <algorithm>
#include <cstring>

namespace firn::ingest {
namespace {

class RecordParser {
 public:
  RecordParser(std::string_view bytes, bool at_end, const CsvDialect& dialect,
               std::vector<CsvField>& fields)
      : bytes_(bytes), at_end_(at_end), dialect_(dialect), fields_(fields) {}

  CsvParse Run() {
    fields_.clear();
    while (true) {
      const bool quoted = at_ < bytes_.size() && bytes_[at_] == dialect_.quote;
      if (quoted ? !ParseQuoted() : !ParsePlain()) return parse_;
      if (!EndField()) return parse_;
    }
  }

 private:
  // Each of these returns false once `parse_` holds the outcome.
  bool ParsePlain() {
    const size_t from = at_;
    while (at_ < bytes_.size() && !IsSpecial(bytes_[at_]))
      ++at_;
    if (at_ == bytes_.size() && !at_end_) return Fail(CsvOutcome::kNeedMore);
    fields_.push_back({bytes_.substr(from, at_ - from), false, false});
    return true;
  }

  bool ParseQuoted() {
    const size_t from = ++at_;
    bool escaped = false;
    while (true) {
      const size_t close = FindQuote(at_);
      if (close == bytes_.size()) {
        return Fail(at_end_ ? CsvOutcome::kBrokenQuote : CsvOutcome::kNeedMore);
      }
      at_ = close + 1;
      if (at_ == bytes_.size() && !at_end_) return Fail(CsvOutcome::kNeedMore);
      if (at_ == bytes_.size() || bytes_[at_] != dialect_.quote) break;
      escaped = true;
      ++at_;
    }
    const std::string_view text = bytes_.substr(from, at_ - 1 - from);
    parse_.lines += std::count(text.begin(), text.end(), '\n');
    fields_.push_back({text, true, escaped});
    if (at_ < bytes_.size() && !IsSpecial(bytes_[at_])) return Fail(CsvOutcome::kBrokenQuote);
    return true;
  }

  // Steps over what follows a field; true if that is another field.
  bool EndField() {
    if (at_ == bytes_.size()) return Finish(false);
    const char special = bytes_[at_++];
    if (special == dialect_.delimiter) return true;
    if (special == '\r') {
      if (at_ == bytes_.size() && !at_end_) return Fail(CsvOutcome::kNeedMore);
      if (at_ < bytes_.size() && bytes_[at_] == '\n') ++at_;
    }
    ++parse_.lines;
    return Finish(true);
  }

  bool Finish(bool ended) {
    parse_.outcome = CsvOutcome::kRecord;
    parse_.length = at_;
    parse_.ended = ended;
    return false;
  }

  bool Fail(CsvOutcome outcome) {
    parse_.outcome = outcome;
    return false;
  }

  bool IsSpecial(char byte) const {
    return byte == dialect_.delimiter || byte == '\n' || byte == '\r';
  }

  size_t FindQuote(size_t from) const {
    const size_t found = bytes_.find(dialect_.quote, from);
    return found == std::string_view::npos ? bytes_.size() : found;
  }

  std::string_view bytes_;
  bool at_end_;
  const CsvDialect& dialect_;
  std::vector<CsvField>& fields_;
  CsvParse parse_;
  size_t at_ = 0;
};

}  // namespace

std::string_view CsvField::Value(char quote, std::string& scratch) const {
  if (!escaped) return text;
  scratch.clear();
  for (size_t at = 0; at < text.size(); ++at) {
    scratch += text[at];
    if (text[at] == quote) ++at;
  }
  return scratch;
}

CsvParse ParseCsvRecord(std::string_view bytes, bool at_end, const CsvDialect& dialect,
                        std::vector<CsvField>& fields) {
  return RecordParser(bytes, at_end, dialect, fields).Run();
}

}  // namespace firn::ingest
