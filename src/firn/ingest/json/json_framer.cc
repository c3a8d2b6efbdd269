// SPDX-License-Identifier: Apache-2.0
//
// Lines are found by their ends. The values of a document are found by counting brackets outside
// strings, each byte once however often the window grows; whether they are JSON is the parser's
// question. What is no object, array or string goes up to the next comma or line end.

#include "firn/ingest/json/json_framer.h"

#include <algorithm>
#include <utility>

#include "firn/base/json.h"
#include "firn/ingest/reject.h"
#include "firn/ingest/source_reader.h"

namespace firn::ingest {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr size_t kNone = std::string_view::npos;

bool IsBlank(char byte) {
  return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

}  // namespace

JsonFramer::JsonFramer(SourceReader& reader, JsonFraming framing, const JsonPlace& place,
                       size_t record_bytes_max, JsonPath records)
    : reader_(reader),
      framing_(framing),
      place_(place),
      record_bytes_max_(record_bytes_max),
      records_(std::move(records)) {}

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
    place_.line += CountByte(window.substr(0, blanks), '\n');
    const bool found = blanks < window.size();
    reader_.Consume(blanks);
    if (found) return true;
    FIRN_ASSIGN(const bool more, reader_.More());
    if (!more) return false;
  }
}

Result<std::optional<JsonPiece>> JsonFramer::Next() {
  while (true) {
    if (is_behind_records()) FIRN_TRY(CloseDocument());
    FIRN_ASSIGN(const bool any, SkipBlanks());
    if (!any) return std::nullopt;
    if (framing_ == JsonFraming::kLines) return NextLine();
    if (!records_.empty() && !place_.in_array) {
      FIRN_ASSIGN(const bool one_record, GoToRecords());
      if (one_record) return NextValue();
    } else if (!StepOverPunctuation()) {
      return NextValue();
    } else if (is_behind_records()) {
      JsonPiece end;
      end.records_end = true;
      return end;
    }
  }
}

// The next byte that is not blank. Errors: `kCorrupt` at the end of the file.
Result<char> JsonFramer::Front() {
  FIRN_ASSIGN(const bool any, SkipBlanks());
  if (any) return reader_.window().front();
  return Corrupt("the file ends within a document: line", place_.line)
      .WithHint("ingest the file again once it is complete");
}

// Goes from the beginning of a document into the array of its records; true where there is one
// record in its place.
Result<bool> JsonFramer::GoToRecords() {
  const int64_t line = place_.line;
  std::string_view wrong;
  for (const std::string& name : records_) {
    FIRN_TRY(EnterMember(name, wrong));
    if (!wrong.empty()) break;
    ++place_.open;
  }
  FIRN_ASSIGN(const char first, Front());
  if (wrong.empty() && first == '[') {
    place_.in_array = true;
    reader_.Consume(1);
    return false;
  }
  if (wrong.empty() && first == '{') return true;
  if (wrong.empty()) wrong = "neither an array nor an object";
  return InvalidArgument(
      "the document that begins in line " + std::to_string(line) + " has no records at",
      ToText(records_), wrong);
}

// Goes to the value of a member of the object at the front, or says in `wrong` why not.
Status JsonFramer::EnterMember(const std::string& name, std::string_view& wrong) {
  FIRN_ASSIGN(char first, Front());
  if (first != '{') {
    wrong = "not an object on the way";
    return Ok();
  }
  reader_.Consume(1);
  while (true) {
    FIRN_ASSIGN(first, Front());
    if (first == ',') {
      reader_.Consume(1);
      continue;
    }
    if (first != '"') {
      wrong = first == '}' ? "no such member" : "not JSON";
      return Ok();
    }
    FIRN_ASSIGN(const std::string found, ReadName());
    FIRN_ASSIGN(first, Front());
    if (first != ':') {
      wrong = "not JSON";
      return Ok();
    }
    reader_.Consume(1);
    if (found == name) return Ok();
    FIRN_TRY(PassOverValue());
  }
}

// Passes over what follows the records in their document. Blind to commas and colons: what is no
// JSON here changes no record.
Status JsonFramer::CloseDocument() {
  while (place_.open > 0) {
    FIRN_ASSIGN(const char first, Front());
    const bool closes = first == '}' || first == ']';
    if (closes || first == ',' || first == ':') {
      reader_.Consume(1);
      place_.open -= closes;
    } else {
      FIRN_TRY(PassOverValue());
    }
  }
  return Ok();
}

// The string at the front, which is the name of a member.
Result<std::string> JsonFramer::ReadName() {
  FIRN_ASSIGN(const auto piece, NextValue());
  const auto name = Json::Parse(piece->bytes);
  if (name && name->as_string() != nullptr) return *name->as_string();
  return InvalidArgument("not the name of a JSON member: line", place_.line);
}

// Passes over a value of any length, holding a block of it at a time.
Status JsonFramer::PassOverValue() {
  FIRN_ASSIGN(const char first, Front());
  const bool is_word = first != '"' && first != '{' && first != '[';
  size_t depth = 0;
  bool in_string = false, escaped = false;
  while (true) {
    const std::string_view window = reader_.window();
    for (size_t at = 0; at < window.size(); ++at) {
      const char byte = window[at];
      if (is_word && (byte == ',' || byte == '}' || byte == ']' || byte == '\n')) {
        reader_.Consume(std::max<size_t>(at, 1));
        return Ok();
      }
      place_.line += byte == '\n';
      if (escaped) {
        escaped = false;
      } else if (in_string) {
        escaped = byte == '\\';
        in_string = byte != '"';
      } else if (byte == '"') {
        in_string = true;
      } else {
        depth += byte == '{' || byte == '[';
        depth -= byte == '}' || byte == ']';
      }
      if (!is_word && depth == 0 && !in_string) {
        reader_.Consume(at + 1);
        return Ok();
      }
    }
    reader_.Consume(window.size());
    FIRN_ASSIGN(const bool more, reader_.More());
    if (!more) return Front().error();
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

JsonPiece JsonFramer::Take(size_t length, int64_t lines) {
  JsonPiece piece;
  piece.bytes = reader_.window().substr(0, length);
  piece.offset = reader_.offset();
  piece.line = place_.line;
  place_.line += lines;
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
      JsonPiece piece = Take(end + 1, 1);
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

Result<size_t> JsonFramer::WholeLines(size_t size_bytes) {
  FIRN_TRY(reader_.Fill(size_bytes));
  return reader_.window().substr(0, size_bytes).rfind('\n') + 1;
}

void JsonFramer::SkipLines(size_t size_bytes) {
  place_.line += CountByte(reader_.window().substr(0, size_bytes), '\n');
  reader_.Consume(size_bytes);
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
    if (length != kNone) return Take(length, CountByte(reader_.window().substr(0, length), '\n'));
    if (scanned_ >= record_bytes_max_) {
      return ResourceExhausted("a record is longer than may be: line, bytes", place_.line,
                               record_bytes_max_);
    }
    FIRN_ASSIGN(const bool more, reader_.More());
    if (more) continue;
    const bool is_word = depth_ == 0 && !in_string_;
    if (is_word) return Take(scanned_, CountByte(reader_.window().substr(0, scanned_), '\n'));
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
