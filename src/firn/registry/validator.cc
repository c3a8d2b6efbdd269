// SPDX-License-Identifier: Apache-2.0
//
// JSON Schema draft-07 (draft-handrews-json-schema-validation-01), interpreted. Compiling walks the
// whole schema once: it looks whether keywords have values they may have, and compiles patterns, so
// that validating meets no surprise but schemas that refer to each other for ever.

#include "firn/registry/validator.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include "firn/base/bytes.h"
#include "firn/base/time.h"
#include "firn/base/uuid.h"

namespace firn::registry {
namespace {

constexpr int kDepthMax = 200;
constexpr size_t kViolationsMax = 20;
constexpr size_t kShownBytesMax = 60;

using Patterns = std::map<std::string, Pattern, std::less<>>;

std::string Shown(const Json& value) {
  std::string text = value.Dump();
  if (text.size() > kShownBytesMax) text = text.substr(0, kShownBytesMax) + "...";
  return ReplaceInvalidUtf8(text);
}

bool IsWhole(const Json& value) {
  if (!value.is_number()) return false;
  if (value.ToInt64().has_value()) return true;
  const auto number = value.ToDouble();
  return number && std::isfinite(*number) && std::floor(*number) == *number;
}

bool IsOfType(const Json& value, std::string_view type) {
  if (type == "null") return value.is_null();
  if (type == "boolean") return value.as_bool() != nullptr;
  if (type == "string") return value.as_string() != nullptr;
  if (type == "array") return value.as_array() != nullptr;
  if (type == "object") return value.as_object() != nullptr;
  if (type == "number") return value.is_number();
  return type == "integer" && IsWhole(value);
}

bool IsTypeWord(const Json& word) {
  static const std::set<std::string_view> kWords = {"null",   "boolean", "string", "array",
                                                    "object", "number",  "integer"};
  return word.as_string() != nullptr && kWords.contains(*word.as_string());
}

size_t CharactersIn(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// Numbers are equal whatever they are written as.
bool AreEqual(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) {
    const auto x = a.ToInt64(), y = b.ToInt64();
    if (x && y) return *x == *y;
    return a.ToDouble().value_or(0.0) == b.ToDouble().value_or(1.0);
  }
  if (a.as_array() != nullptr && b.as_array() != nullptr) {
    return std::ranges::equal(*a.as_array(), *b.as_array(), AreEqual);
  }
  if (a.as_object() == nullptr || b.as_object() == nullptr) return a == b;
  if (a.as_object()->size() != b.as_object()->size()) return false;
  return std::ranges::all_of(*a.as_object(), [&b](const Json::Member& member) {
    const Json* other = b.Find(member.first);
    return other != nullptr && AreEqual(member.second, *other);
  });
}

bool IsDigits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool IsIpv4(std::string_view text) {
  int parts = 0;
  while (true) {
    const size_t dot = std::min(text.find('.'), text.size());
    const std::string_view part = text.substr(0, dot);
    if (!IsDigits(part) || part.size() > 3 || std::stoi(std::string(part)) > 255) return false;
    ++parts;
    if (dot == text.size()) return parts == 4;
    text.remove_prefix(dot + 1);
  }
}

bool IsTimeOfDay(std::string_view text) {
  return ParseTimestamp("2000-01-01T" + std::string(text)).has_value();
}

// Whether a text has a format; unset for formats that are not held.
std::optional<bool> HasFormat(std::string_view text, std::string_view format) {
  if (format == "date") return ParseDate(text).has_value();
  if (format == "time") return IsTimeOfDay(text);
  if (format == "date-time") {
    return text.size() > 10 && (text[10] == 'T' || text[10] == 't' || text[10] == ' ') &&
           ParseTimestamp(text).has_value();
  }
  if (format == "uuid") return Uuid::Parse(text).has_value();
  if (format == "email") {
    const size_t at = text.find('@');
    return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
           text.find_first_of(" \t\n") == std::string_view::npos;
  }
  if (format == "ipv4") return IsIpv4(text);
  if (format == "uri") {
    const size_t colon = text.find(':');
    return colon != std::string_view::npos && colon > 0 &&
           text.find_first_of(" \t\n<>\"") == std::string_view::npos;
  }
  return std::nullopt;
}

// What a JSON pointer ("#/definitions/x") names within a document.
const Json* Resolve(const Json& document, std::string_view reference) {
  if (!reference.starts_with('#')) return nullptr;
  reference.remove_prefix(1);
  const Json* at = &document;
  while (!reference.empty() && at != nullptr) {
    if (reference.front() != '/') return nullptr;
    reference.remove_prefix(1);
    const size_t end = std::min(reference.find('/'), reference.size());
    std::string key;
    for (size_t i = 0; i < end; ++i) {
      const bool escaped = reference[i] == '~' && i + 1 < end;
      key += !escaped ? reference[i] : reference[i + 1] == '1' ? '/' : '~';
      i += escaped ? 1 : 0;
    }
    reference.remove_prefix(end);
    if (const Json::Array* items = at->as_array()) {
      const size_t index = IsDigits(key) && key.size() < 7 ? std::stoul(key) : items->size();
      at = index < items->size() ? &(*items)[index] : nullptr;
    } else {
      at = at->Find(key);
    }
  }
  return at;
}

// Looks at a schema as such.
class Compiler {
 public:
  Compiler(const Json& document, Patterns& patterns) : document_(document), patterns_(patterns) {}

  Status Check(const Json& schema, const std::string& place, int depth) {
    if (schema.as_bool() != nullptr) return Ok();
    if (schema.as_object() == nullptr || depth == kDepthMax) return Wrong(place, "is no schema");
    for (const auto& [keyword, value] : *schema.as_object())
      FIRN_TRY(CheckKeyword(keyword, value, place + "/" + keyword, depth));
    return Ok();
  }

 private:
  static Error Wrong(const std::string& place, std::string_view what) {
    return InvalidArgument("schema: #" + place + " " + std::string(what));
  }

  static bool IsIn(std::string_view keyword, const std::set<std::string_view>& set) {
    return set.contains(keyword);
  }

  Status CheckKeyword(std::string_view keyword, const Json& value, const std::string& place,
                      int depth) {
    static const std::set<std::string_view> kSchemas = {"additionalItems",
                                                        "contains",
                                                        "additionalProperties",
                                                        "propertyNames",
                                                        "not",
                                                        "if",
                                                        "then",
                                                        "else"};
    static const std::set<std::string_view> kLists = {"allOf", "anyOf", "oneOf"};
    static const std::set<std::string_view> kMaps = {"properties", "patternProperties",
                                                     "definitions"};
    static const std::set<std::string_view> kCounts = {
        "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"};
    static const std::set<std::string_view> kNumbers = {"minimum", "maximum", "exclusiveMinimum",
                                                        "exclusiveMaximum", "multipleOf"};
    if (IsIn(keyword, kSchemas)) return Check(value, place, depth + 1);
    if (IsIn(keyword, kLists)) return CheckList(value, place, depth);
    if (IsIn(keyword, kMaps)) return CheckMap(keyword, value, place, depth);
    if (keyword == "items") {
      return value.as_array() != nullptr ? CheckList(value, place, depth)
                                         : Check(value, place, depth + 1);
    }
    if (keyword == "dependencies") return CheckDependencies(value, place, depth);
    if (IsIn(keyword, kCounts)) {
      const auto count = value.ToInt64();
      return IsWhole(value) && count && *count >= 0 ? Ok() : Status(Wrong(place, "is no count"));
    }
    if (IsIn(keyword, kNumbers)) {
      const bool right =
          value.is_number() && (keyword != "multipleOf" || value.ToDouble().value_or(0.0) > 0);
      return right ? Ok() : Status(Wrong(place, "is no number it can be"));
    }
    if (keyword == "type") return CheckType(value, place);
    if (keyword == "enum") {
      return value.as_array() != nullptr ? Ok() : Status(Wrong(place, "is no list"));
    }
    if (keyword == "required") return CheckNames(value, place);
    if (keyword == "pattern") return CheckPattern(value, place);
    if (keyword == "format") {
      return value.as_string() != nullptr ? Ok() : Status(Wrong(place, "is no text"));
    }
    if (keyword == "uniqueItems") {
      return value.as_bool() != nullptr ? Ok() : Status(Wrong(place, "is neither true nor false"));
    }
    if (keyword == "$ref") {
      const bool known =
          value.as_string() != nullptr && Resolve(document_, *value.as_string()) != nullptr;
      return known ? Ok() : Status(Wrong(place, "refers to nothing in this document"));
    }
    return Ok();
  }

  Status CheckList(const Json& value, const std::string& place, int depth) {
    const Json::Array* schemas = value.as_array();
    if (schemas == nullptr || schemas->empty()) return Wrong(place, "is no list of schemas");
    for (size_t at = 0; at < schemas->size(); ++at)
      FIRN_TRY(Check((*schemas)[at], place + "/" + std::to_string(at), depth + 1));
    return Ok();
  }

  Status CheckMap(std::string_view keyword, const Json& value, const std::string& place,
                  int depth) {
    if (value.as_object() == nullptr) return Wrong(place, "is no object of schemas");
    for (const auto& [name, schema] : *value.as_object()) {
      if (keyword == "patternProperties") FIRN_TRY(CheckPattern(Json(name), place));
      FIRN_TRY(Check(schema, place + "/" + name, depth + 1));
    }
    return Ok();
  }

  Status CheckDependencies(const Json& value, const std::string& place, int depth) {
    if (value.as_object() == nullptr) return Wrong(place, "is no object");
    for (const auto& [name, needs] : *value.as_object()) {
      const std::string own = place + "/" + name;
      FIRN_TRY(needs.as_array() != nullptr ? CheckNames(needs, own) : Check(needs, own, depth + 1));
    }
    return Ok();
  }

  static Status CheckType(const Json& value, const std::string& place) {
    const Json::Array* words = value.as_array();
    const bool right = words == nullptr
                           ? IsTypeWord(value)
                           : !words->empty() && std::ranges::all_of(*words, IsTypeWord);
    return right ? Ok() : Status(Wrong(place, "names no type of JSON"));
  }

  static Status CheckNames(const Json& value, const std::string& place) {
    const auto is_text = [](const Json& item) { return item.as_string() != nullptr; };
    const Json::Array* names = value.as_array();
    const bool right = names != nullptr && std::ranges::all_of(*names, is_text);
    return right ? Ok() : Status(Wrong(place, "is no list of names"));
  }

  Status CheckPattern(const Json& value, const std::string& place) {
    if (value.as_string() == nullptr) return Wrong(place, "is no text");
    const std::string& text = *value.as_string();
    if (patterns_.contains(text)) return Ok();
    auto pattern = Pattern::Compile(text);
    if (!pattern) return std::move(pattern).error().Within("schema: #" + place);
    patterns_.emplace(text, std::move(*pattern));
    return Ok();
  }

  const Json& document_;
  Patterns& patterns_;
};

// Holds one value against the schema.
class Holding {
 public:
  Holding(const Json& document, const Patterns& patterns)
      : document_(document), patterns_(patterns) {}

  Status Hold(const Json& value, const Json& schema, const std::string& path, int depth) {
    if (depth == kDepthMax) return ResourceExhausted("schemas refer to each other without an end");
    if (found.size() >= kViolationsMax) return Ok();
    if (const bool* anything = schema.as_bool()) {
      if (!*anything) Break(path, "false", "nothing may stand here: " + Shown(value));
      return Ok();
    }
    if (const Json* reference = schema.Find("$ref")) {  // Its neighbours do not count.
      return Hold(value, *Resolve(document_, *reference->as_string()), path, depth + 1);
    }
    if (!HoldType(value, schema, path)) return Ok();
    HoldChoice(value, schema, path);
    HoldNumber(value, schema, path);
    FIRN_TRY(HoldText(value, schema, path));
    FIRN_TRY(HoldItems(value, schema, path, depth));
    FIRN_TRY(HoldMembers(value, schema, path, depth));
    return HoldCombined(value, schema, path, depth);
  }

  std::vector<Violation> found;

 private:
  void Break(const std::string& path, std::string_view keyword, std::string message) {
    found.push_back({path, std::string(keyword), std::move(message)});
  }

  // Whether a value is right, without a word about it.
  Result<bool> Fits(const Json& value, const Json& schema, int depth) {
    Holding other(document_, patterns_);
    FIRN_TRY(other.Hold(value, schema, "", depth + 1));
    return other.found.empty();
  }

  bool HoldType(const Json& value, const Json& schema, const std::string& path) {
    const Json* type = schema.Find("type");
    if (type == nullptr) return true;
    const auto fits = [&value](const Json& word) { return IsOfType(value, *word.as_string()); };
    const Json::Array* words = type->as_array();
    if (words != nullptr ? std::ranges::any_of(*words, fits) : fits(*type)) return true;
    Break(path, "type", "is not of type " + Shown(*type) + ": " + Shown(value));
    return false;
  }

  void HoldChoice(const Json& value, const Json& schema, const std::string& path) {
    const Json* choices = schema.Find("enum");
    const auto same = [&value](const Json& choice) { return AreEqual(choice, value); };
    if (choices != nullptr && std::ranges::none_of(*choices->as_array(), same)) {
      Break(path, "enum", "is none of " + Shown(*choices) + ": " + Shown(value));
    }
    const Json* constant = schema.Find("const");
    if (constant != nullptr && !same(*constant)) {
      Break(path, "const", "is not " + Shown(*constant) + ": " + Shown(value));
    }
  }

  // Of two numbers, exact where both are whole.
  static int Compare(const Json& a, const Json& b) {
    const auto x = a.ToInt64(), y = b.ToInt64();
    if (x && y) return *x < *y ? -1 : *x > *y ? 1 : 0;
    const double u = a.ToDouble().value_or(0.0), v = b.ToDouble().value_or(0.0);
    return u < v ? -1 : u > v ? 1 : 0;
  }

  void HoldNumber(const Json& value, const Json& schema, const std::string& path) {
    if (!value.is_number()) return;
    const auto bound = [&](std::string_view keyword, auto&& broken, std::string_view words) {
      const Json* limit = schema.Find(keyword);
      if (limit == nullptr || !broken(Compare(value, *limit))) return;
      Break(path, keyword, std::string(words) + Shown(*limit) + ": " + Shown(value));
    };
    bound(
        "minimum", [](int order) { return order < 0; }, "is less than ");
    bound(
        "maximum", [](int order) { return order > 0; }, "is more than ");
    bound(
        "exclusiveMinimum", [](int order) { return order <= 0; }, "is not more than ");
    bound(
        "exclusiveMaximum", [](int order) { return order >= 0; }, "is not less than ");
    const Json* step = schema.Find("multipleOf");
    if (step == nullptr) return;
    const double ratio = value.ToDouble().value_or(0.0) / step->ToDouble().value_or(1.0);
    if (std::abs(ratio - std::round(ratio)) > 1e-9 * std::max(1.0, std::abs(ratio))) {
      Break(path, "multipleOf", "is no multiple of " + Shown(*step) + ": " + Shown(value));
    }
  }

  void HoldCount(size_t count, const Json& schema, const std::string& path, std::string_view least,
                 std::string_view most) {
    for (const std::string_view keyword : {least, most}) {
      const Json* limit = schema.Find(keyword);
      if (limit == nullptr) continue;
      const auto bound = static_cast<size_t>(limit->ToInt64().value_or(0));
      if (keyword == least ? count >= bound : count <= bound) continue;
      Break(path, keyword, "has " + std::to_string(count) + ", the limit is " + Shown(*limit));
    }
  }

  Status HoldText(const Json& value, const Json& schema, const std::string& path) {
    const std::string* text = value.as_string();
    if (text == nullptr) return Ok();
    HoldCount(CharactersIn(*text), schema, path, "minLength", "maxLength");
    if (const Json* pattern = schema.Find("pattern")) {
      FIRN_ASSIGN(const bool fits, patterns_.at(*pattern->as_string()).OccursIn(*text));
      if (!fits) {
        Break(path, "pattern", "does not match " + Shown(*pattern) + ": " + Shown(value));
      }
    }
    if (const Json* format = schema.Find("format")) {
      if (!HasFormat(*text, *format->as_string()).value_or(true)) {
        Break(path, "format", "is no " + *format->as_string() + ": " + Shown(value));
      }
    }
    return Ok();
  }

  Status HoldItems(const Json& value, const Json& schema, const std::string& path, int depth) {
    const Json::Array* items = value.as_array();
    if (items == nullptr) return Ok();
    HoldCount(items->size(), schema, path, "minItems", "maxItems");
    HoldUnique(*items, schema, path);
    const Json* of = schema.Find("items");
    const Json::Array* listed = of != nullptr ? of->as_array() : nullptr;
    const Json* rest = listed != nullptr ? schema.Find("additionalItems") : of;
    for (size_t at = 0; at < items->size(); ++at) {
      const Json* own = listed != nullptr && at < listed->size() ? &(*listed)[at] : rest;
      const std::string place = path + "[" + std::to_string(at) + "]";
      if (own != nullptr) FIRN_TRY(Hold((*items)[at], *own, place, depth + 1));
    }
    return HoldContains(*items, schema, path, depth);
  }

  void HoldUnique(const Json::Array& items, const Json& schema, const std::string& path) {
    const Json* unique = schema.Find("uniqueItems");
    if (unique == nullptr || !*unique->as_bool()) return;
    std::set<std::string> seen;
    for (const Json& item : items) {
      if (!seen.insert(item.Dump()).second) {
        Break(path, "uniqueItems", "has this twice: " + Shown(item));
        return;
      }
    }
  }

  Status HoldContains(const Json::Array& items, const Json& schema, const std::string& path,
                      int depth) {
    const Json* wanted = schema.Find("contains");
    if (wanted == nullptr) return Ok();
    for (const Json& item : items) {
      FIRN_ASSIGN(const bool fits, Fits(item, *wanted, depth));
      if (fits) return Ok();
    }
    Break(path, "contains", "has no item as it must have");
    return Ok();
  }

  Status HoldMembers(const Json& value, const Json& schema, const std::string& path, int depth) {
    const Json::Object* members = value.as_object();
    if (members == nullptr) return Ok();
    HoldCount(members->size(), schema, path, "minProperties", "maxProperties");
    HoldRequired(value, schema.Find("required"), path, "required");
    for (const auto& [name, member] : *members)
      FIRN_TRY(HoldMember(name, member, schema, path.empty() ? name : path + "." + name, depth));
    return HoldDependencies(value, schema, path, depth);
  }

  void HoldRequired(const Json& value, const Json* names, const std::string& path,
                    std::string_view keyword) {
    if (names == nullptr) return;
    for (const Json& name : *names->as_array()) {
      if (value.Find(*name.as_string()) != nullptr) continue;
      const std::string place = path.empty() ? *name.as_string() : path + "." + *name.as_string();
      Break(place, keyword, "is missing");
    }
  }

  Status HoldMember(const std::string& name, const Json& member, const Json& schema,
                    const std::string& path, int depth) {
    if (const Json* names = schema.Find("propertyNames")) {
      FIRN_TRY(Hold(Json(name), *names, path, depth + 1));
    }
    bool known = false;
    const Json* properties = schema.Find("properties");
    if (const Json* own = properties != nullptr ? properties->Find(name) : nullptr) {
      known = true;
      FIRN_TRY(Hold(member, *own, path, depth + 1));
    }
    if (const Json* patterns = schema.Find("patternProperties")) {
      for (const auto& [pattern, own] : *patterns->as_object()) {
        FIRN_ASSIGN(const bool fits, patterns_.at(pattern).OccursIn(name));
        known = known || fits;
        if (fits) FIRN_TRY(Hold(member, own, path, depth + 1));
      }
    }
    const Json* others = schema.Find("additionalProperties");
    if (known || others == nullptr) return Ok();
    if (others->as_bool() != nullptr && !*others->as_bool()) {
      Break(path, "additionalProperties", "is not known to the schema");
      return Ok();
    }
    return Hold(member, *others, path, depth + 1);
  }

  Status HoldDependencies(const Json& value, const Json& schema, const std::string& path,
                          int depth) {
    const Json* dependencies = schema.Find("dependencies");
    if (dependencies == nullptr) return Ok();
    for (const auto& [name, needs] : *dependencies->as_object()) {
      if (value.Find(name) == nullptr) continue;
      if (needs.as_array() != nullptr) {
        HoldRequired(value, &needs, path, "dependencies");
      } else {
        FIRN_TRY(Hold(value, needs, path, depth + 1));
      }
    }
    return Ok();
  }

  Status HoldCombined(const Json& value, const Json& schema, const std::string& path, int depth) {
    if (const Json* all = schema.Find("allOf")) {
      for (const Json& one : *all->as_array())
        FIRN_TRY(Hold(value, one, path, depth + 1));
    }
    for (const std::string_view keyword : {"anyOf", "oneOf"}) {
      const Json* choices = schema.Find(keyword);
      if (choices == nullptr) continue;
      size_t fitting = 0;
      for (const Json& one : *choices->as_array()) {
        FIRN_ASSIGN(const bool fits, Fits(value, one, depth));
        fitting += fits ? 1 : 0;
      }
      if (fitting == 0 || (keyword == "oneOf" && fitting > 1)) {
        Break(path, keyword,
              "fits " + std::to_string(fitting) + " of the choices: " + Shown(value));
      }
    }
    if (const Json* unwanted = schema.Find("not")) {
      FIRN_ASSIGN(const bool fits, Fits(value, *unwanted, depth));
      if (fits) Break(path, "not", "is what it must not be: " + Shown(value));
    }
    return HoldCondition(value, schema, path, depth);
  }

  Status HoldCondition(const Json& value, const Json& schema, const std::string& path, int depth) {
    const Json* condition = schema.Find("if");
    if (condition == nullptr) return Ok();
    FIRN_ASSIGN(const bool fits, Fits(value, *condition, depth));
    const Json* then = schema.Find(fits ? "then" : "else");
    return then != nullptr ? Hold(value, *then, path, depth + 1) : Ok();
  }

  const Json& document_;
  const Patterns& patterns_;
};

}  // namespace

Result<Validator> Validator::Compile(Json schema) {
  Validator validator(std::move(schema));
  Compiler compiler(validator.schema_, validator.patterns_);
  FIRN_TRY(compiler.Check(validator.schema_, "", 0));
  return validator;
}

Result<std::vector<Violation>> Validator::Validate(const Json& value) const {
  Holding holding(schema_, patterns_);
  FIRN_TRY(holding.Hold(value, schema_, "", 0));
  return std::move(holding.found);
}

}  // namespace firn::registry
