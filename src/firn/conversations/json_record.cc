// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/json_record.h"

#include <charconv>
#include <cmath>
#include <sstream>

#include "firn/base/bytes.h"
#include "firn/conversations/framer.h"
#include "firn/conversations/platform.h"

namespace firn::conversations {
namespace {

static_assert(kPadding >= simdjson::SIMDJSON_PADDING);

// A parser keeps buffers of several times the largest record; beyond this it is made anew.
constexpr size_t kKeepCapacityBytes = size_t{8} << 20;

// The four hexadecimal digits at `position`, or -1.
int32_t HexDigits(std::string_view text, size_t position) {
  uint32_t number = 0;
  if (position + 4 > text.size()) return -1;
  const char* begin = text.data() + position;
  const auto [end, error] = std::from_chars(begin, begin + 4, number, 16);
  return error == std::errc() && end == begin + 4 ? static_cast<int32_t>(number) : -1;
}

bool IsHighSurrogate(int32_t unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}
bool IsLowSurrogate(int32_t unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

// Copies the escape at `position`, a lone surrogate as U+FFFD; returns how many bytes it took.
size_t CopyEscape(std::string_view text, size_t position, std::string& out) {
  if (position + 1 >= text.size() || text[position + 1] != 'u') {
    out.append(text.substr(position, 2));
    return 2;
  }
  const int32_t unit = HexDigits(text, position + 2);
  const bool pair = IsHighSurrogate(unit) && text.substr(position + 6, 2) == "\\u" &&
                    IsLowSurrogate(HexDigits(text, position + 8));
  if (pair) {
    out.append(text.substr(position, 12));
    return 12;
  }
  const bool lone = IsHighSurrogate(unit) || IsLowSurrogate(unit);
  out.append(lone ? std::string_view("\\ufffd") : text.substr(position, 6));
  return std::min<size_t>(6, text.size() - position);
}

// Escapes bare control characters inside strings and replaces lone surrogates.
std::string RepairStrings(std::string_view text) {
  std::string out;
  out.reserve(text.size() + kPadding);
  bool in_string = false;
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (in_string && c == '\\') {
      i += CopyEscape(text, i, out);
      continue;
    }
    if (c == '"') in_string = !in_string;
    if (in_string && static_cast<unsigned char>(c) < 0x20) {
      constexpr char kHex[] = "0123456789abcdef";
      out.append("\\u00");
      out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
      out.push_back(kHex[static_cast<unsigned char>(c) & 15]);
    } else {
      out.push_back(c);
    }
    ++i;
  }
  return out;
}

}  // namespace

std::string_view JsonRecordReader::Trim(std::string_view unit) {
  unit = TrimRecord(unit);
  while (!unit.empty() && (unit.back() == ',' || unit.front() == ',')) {
    if (unit.back() == ',') unit.remove_suffix(1);
    if (!unit.empty() && unit.front() == ',') unit.remove_prefix(1);
    unit = TrimRecord(unit);
  }
  return unit;
}

std::string_view JsonRecordReader::CutPiece(std::string_view& rest) {
  size_t length = rest.size();
  if (rest.front() == '{') {
    length = EndOfValue(rest).value_or(rest.size());
  } else if (const size_t next = rest.find('{'); next != std::string_view::npos && next > 0) {
    length = next;
  }
  const std::string_view piece = TrimRecord(rest.substr(0, length));
  rest = Trim(rest.substr(length));
  return piece;
}

std::optional<JsonObject> JsonRecordReader::Parse(std::string_view padded) {
  if (parser_.capacity() > kKeepCapacityBytes && padded.size() < kKeepCapacityBytes) {
    parser_ = simdjson::dom::parser();
  }
  JsonObject object;
  if (padded.front() != '{') return std::nullopt;
  if (parser_.parse(padded.data(), padded.size(), false).get(object) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  return object;
}

std::optional<JsonObject> JsonRecordReader::ParseRepaired(std::string_view text) {
  if (text.empty() || text.front() != '{') return std::nullopt;
  repaired_.assign(text);
  repaired_.reserve(repaired_.size() + kPadding);
  if (std::optional<JsonObject> object = Parse(repaired_)) return object;
  repaired_ = RepairStrings(ReplaceInvalidUtf8(text));
  repaired_.reserve(repaired_.size() + kPadding);
  return Parse(repaired_);
}

std::optional<JsonElement> FindElement(const JsonObject& object, std::string_view key) {
  JsonElement element;
  if (object.at_key(key).get(element) != simdjson::SUCCESS || element.is_null()) {
    return std::nullopt;
  }
  return element;
}

namespace {

template <typename T>
std::optional<T> FindAs(const JsonObject& object, std::string_view key) {
  T value;
  if (object.at_key(key).get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

}  // namespace

std::optional<JsonObject> FindObject(const JsonObject& object, std::string_view key) {
  return FindAs<JsonObject>(object, key);
}

std::optional<JsonArray> FindArray(const JsonObject& object, std::string_view key) {
  return FindAs<JsonArray>(object, key);
}

std::optional<std::string_view> FindString(const JsonObject& object, std::string_view key) {
  return FindAs<std::string_view>(object, key);
}

std::optional<std::string_view> FindText(const JsonObject& object, std::string_view key) {
  const std::optional<std::string_view> text = FindString(object, key);
  if (text && text->empty()) return std::nullopt;
  return text;
}

std::optional<bool> FindBool(const JsonObject& object, std::string_view key) {
  return FindAs<bool>(object, key);
}

std::optional<int64_t> FindInt(const JsonObject& object, std::string_view key) {
  const std::optional<JsonElement> element = FindElement(object, key);
  if (!element) return std::nullopt;
  int64_t number = 0;
  if (element->get(number) == simdjson::SUCCESS) return number;
  std::string_view text;
  if (element->get(text) == simdjson::SUCCESS) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc() && stop == end && !text.empty()) return number;
    return std::nullopt;
  }
  double fraction = 0;
  if (element->get(fraction) != simdjson::SUCCESS || fraction != std::floor(fraction) ||
      std::abs(fraction) > 9e15) {
    return std::nullopt;
  }
  return static_cast<int64_t>(fraction);
}

std::optional<int64_t> FindTokenCount(const JsonObject& object, std::string_view key) {
  constexpr int64_t kMost = int64_t{1} << 40;
  const std::optional<int64_t> count = FindInt(object, key);
  return count && *count >= 0 && *count <= kMost ? count : std::nullopt;
}

std::optional<double> FindNumber(const JsonObject& object, std::string_view key) {
  return FindAs<double>(object, key);
}

std::optional<TimeUs> FindTime(const JsonObject& object, std::string_view key) {
  const std::optional<std::string_view> text = FindString(object, key);
  return text ? ToTime(*text) : std::nullopt;
}

std::optional<std::string> FindId(const JsonObject& object, std::string_view key) {
  if (const auto text = FindText(object, key)) return std::string(*text);
  if (const auto number = FindInt(object, key)) return std::to_string(*number);
  return std::nullopt;
}

std::optional<TimeUs> ToTime(std::string_view text) {
  if (text.size() < 10 || text[4] != '-') return std::nullopt;
  const Result<ParsedTimestamp> parsed = ParseTimestamp(text);
  if (!parsed) return std::nullopt;
  return TimeUs{parsed->micros};
}

std::optional<TimeUs> ToTime(double seconds) {
  if (!std::isfinite(seconds) || std::abs(seconds) > 2.5e11) return std::nullopt;
  return TimeUs{static_cast<int64_t>(std::llround(seconds * 1e6))};
}

std::string ToJsonText(const JsonElement& element) {
  return simdjson::minify(element);
}

std::string ToJsonText(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (byte < 0x20) {
          constexpr char kHex[] = "0123456789abcdef";
          out.append("\\u00").push_back(kHex[byte >> 4]);
          out.push_back(kHex[byte & 15]);
        } else {
          out.push_back(c);
        }
    }
  }
  out.push_back('"');
  return out;
}

}  // namespace firn::conversations
