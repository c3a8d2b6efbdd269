// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "firn/base/time.h"

namespace firn::conversations {

using JsonElement = simdjson::dom::element;
using JsonObject = simdjson::dom::object;
using JsonArray = simdjson::dom::array;

/// Reads the JSON objects of one unit of a file: usually one, sometimes two without a newline
/// between. Repairs what can be repaired without guessing (bytes that are no UTF-8, lone surrogate
/// escapes, bare control characters). Only for source files of platforms. Not thread-safe.
class JsonRecordReader {
 public:
  /// Calls `use(object, text)` for each object and `unreadable(text)` for each stretch that is
  /// none. At least `simdjson::SIMDJSON_PADDING` bytes behind `unit` are readable.
  template <typename Use, typename Unreadable>
  void ForEach(std::string_view unit, Use use, Unreadable unreadable) {
    const std::string_view text = Trim(unit);
    if (text.empty()) return;
    if (std::optional<JsonObject> object = Parse(text)) return use(*object, text);
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::string_view piece = CutPiece(rest);
      if (std::optional<JsonObject> object = ParseRepaired(piece)) {
        use(*object, piece);
      } else {
        unreadable(piece);
      }
    }
  }

 private:
  static std::string_view Trim(std::string_view unit);
  static std::string_view CutPiece(std::string_view& rest);
  std::optional<JsonObject> Parse(std::string_view padded);
  std::optional<JsonObject> ParseRepaired(std::string_view text);

  simdjson::dom::parser parser_;
  std::string repaired_;
};

/// Members of an object; null, absent or of another type is nothing.
std::optional<JsonElement> FindElement(const JsonObject& object, std::string_view key);
std::optional<JsonObject> FindObject(const JsonObject& object, std::string_view key);
std::optional<JsonArray> FindArray(const JsonObject& object, std::string_view key);
std::optional<std::string_view> FindString(const JsonObject& object, std::string_view key);
/// As `FindString`, but an empty text is nothing, too.
std::optional<std::string_view> FindText(const JsonObject& object, std::string_view key);
std::optional<bool> FindBool(const JsonObject& object, std::string_view key);
/// A whole number, or text that is one.
std::optional<int64_t> FindInt(const JsonObject& object, std::string_view key);
/// A count of tokens: nothing where the figure is negative or beyond 2^40, which no answer has; so
/// sums over all answers of a lake fit 64 bits, whatever one file claims.
std::optional<int64_t> FindTokenCount(const JsonObject& object, std::string_view key);
std::optional<double> FindNumber(const JsonObject& object, std::string_view key);
/// An ISO 8601 instant.
std::optional<TimeUs> FindTime(const JsonObject& object, std::string_view key);
/// Text, or a number as text: ids are both.
std::optional<std::string> FindId(const JsonObject& object, std::string_view key);

/// Reads ISO 8601; nothing if it is not.
std::optional<TimeUs> ToTime(std::string_view text);
/// Seconds since the epoch as a fraction; nothing if not finite or out of range.
std::optional<TimeUs> ToTime(double seconds);

/// Writes a value without blanks.
std::string ToJsonText(const JsonElement& element);
/// Writes `text` as a JSON string.
std::string ToJsonText(std::string_view text);

/// Copies what may be absent.
inline std::optional<std::string> Copy(std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  return std::string(*text);
}

}  // namespace firn::conversations
