// SPDX-License-Identifier: Apache-2.0
//
// Lines are found by their ends. The values of a document are found by counting brackets outside
// strings, each byte once however often the window grows; whether they are JSON is the parser's
// question. What is no object, array or string goes up to the next comma or line end.

#include "firn/ingest/json/json_framer.h"

#include <algorithm>

#include "firn/ingest/reject.h"
#include "firn/ingest/source_reader.h"

namespace firn::ingest {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr size_t kNone = std::string_view::npos;

bool IsBlank(char byte) {
  return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

int64_t CountLines(std::string_view bytes) {
  return std::count(bytes.begin(), bytes.end(), '\n');
}

}  // namespace

JsonFramer::JsonFramer(SourceReader& reader, JsonFraming framing, const JsonPlace& place,
                       size_t record_bytes_max)
    : reader_(reader), framing_(framing), place_(place), record_bytes_max_(record_bytes_max) {}

// Moves to the next byte that is not blank; false at the end of the file.
Result<bool> JsonFramer::SkipBlanks() {
  while (true) {
    std::string_view window = reader_.window();
    if (reader_.offset() == 0 && window.starts_with(kByteOrderMark)) {
      reader_.Consume(kByteOrderMark.size());
      window = reader_.window();
    }
    size_t blanks = 0;
    while (blanks < window.size() && IsBlank(window[blanks]))
      ++blanks;
    place_.line += CountLines(window.substr(0, blanks));
    const bool found = blanks < window.size();
    reader_.Consume(blanks);
    if (found) return true;
    FIRN_ASSIGN(const bool more, reader_.More());
    if (!more) return false;
  }
}

Result<std::optional<JsonPiece>> JsonFramer::Next() {
  while (true) {
    FIRN_ASSIGN(const bool any, SkipBlanks());
    if (!any) return std::nullopt;
    if (framing_ == JsonFraming::kLines) return NextLine();
    if (!StepOverPunctuation()) return NextValue();
  }
}

// Steps over what is around the values of an outermost array.
bool JsonFramer::StepOverPunctuation() {
  const char first = reader_.window().front();
  if (place_.in_array ? first != ',' && first != ']' : first != '[') return false;
  place_.in_array = first != ']';
  reader_.Consume(1);
  return true;
}

JsonPiece JsonFramer::Take(size_t length) {
  JsonPiece piece;
  piece.bytes = reader_.window().substr(0, length);
  piece.offset = reader_.offset();
  piece.line = place_.line;
  place_.line += CountLines(piece.bytes);
  reader_.Consume(length);
  scanned_ = depth_ = 0;
  in_string_ = escaped_ = false;
  return piece;
}

Result<std::optional<JsonPiece>> JsonFramer::NextLine() {
  size_t searched = 0;
  while (true) {
    const std::string_view window = reader_.window();
    const size_t end = window.find('\n', searched);
    if (end != kNone) {
      JsonPiece piece = Take(end + 1);
      while (!piece.bytes.empty() && IsBlank(piece.bytes.back()))
        piece.bytes.remove_suffix(1);
      return piece;
    }
    searched = window.size();
    if (searched >= record_bytes_max_) {
      JsonPiece piece;
      FIRN_ASSIGN(piece, SkipLongLine(piece));
      return piece;
    }
    FIRN_ASSIGN(const bool more, reader_.More());
    if (more) continue;
    JsonPiece piece;
    piece.bytes = reader_.window();
    piece.offset = reader_.offset();
    piece.line = place_.line;
    piece.unfinished = true;
    return piece;
  }
}

Result<JsonPiece> JsonFramer::SkipLongLine(JsonPiece piece) {
  piece.offset = reader_.offset();
  piece.line = place_.line;
  piece.too_long = true;
  cut_.assign(reader_.window().substr(0, kRejectRawBytesMax));
  piece.bytes = cut_;
  while (true) {
    const size_t end = reader_.window().find('\n');
    reader_.Consume(end == kNone ? reader_.window().size() : end + 1);
    place_.line += end != kNone;
    if (end != kNone) return piece;
    FIRN_ASSIGN(const bool more, reader_.More());
    if (!more) return piece;
  }
}

// Scans on through the value at the front; its length once its end is seen, else `kNone`.
size_t JsonFramer::ScanValue(std::string_view window) {
  for (; scanned_ < window.size(); ++scanned_) {
    const char byte = window[scanned_];
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (byte == '\\') {
        escaped_ = true;
      } else if (byte == '"') {
        in_string_ = false;
        if (depth_ == 0) return scanned_ + 1;
      }
    } else if (byte == '"') {
      if (depth_ == 0 && scanned_ > 0) return scanned_;
      in_string_ = true;
    } else if (byte == '{' || byte == '[') {
      if (depth_ == 0 && scanned_ > 0) return scanned_;
      ++depth_;
    } else if (byte == '}' || byte == ']') {
      if (depth_ == 0) return scanned_ == 0 ? 1 : scanned_;
      if (--depth_ == 0) return scanned_ + 1;
    } else if (depth_ == 0 && (byte == ',' || byte == '\n')) {
      return std::max<size_t>(scanned_, 1);
    }
  }
  return kNone;
}

Result<std::optional<JsonPiece>> JsonFramer::NextValue() {
  while (true) {
    const size_t length = ScanValue(reader_.window());
    if (length != kNone) return Take(length);
    if (scanned_ >= record_bytes_max_) {
      return ResourceExhausted("a record is longer than may be: line, bytes", place_.line,
                               record_bytes_max_);
    }
    FIRN_ASSIGN(const bool more, reader_.More());
    if (more) continue;
    const bool is_word = depth_ == 0 && !in_string_;
    if (is_word) return Take(scanned_);
    JsonPiece piece;
    piece.bytes = reader_.window();
    piece.offset = reader_.offset();
    piece.line = place_.line;
    piece.unfinished = true;
    scanned_ = depth_ = 0;
    in_string_ = false;
    return piece;
  }
}

}  // namespace firn::ingest
