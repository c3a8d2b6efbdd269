// SPDX-License-Identifier: Apache-2.0
//
// The wall around simdjson, which reads what is right, and nlohmann::json, which says what is wrong
// with the rest (and reads it, where only simdjson is too strict). Metadata of tables is read at
// each commit, and simdjson is several times faster.

#include "firn/base/json.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <nlohmann/json.hpp>
#include <simdjson.h>

namespace firn {
namespace {

// simdjson's own memory is some twenty times the text, though little of it is touched.
constexpr size_t kFastBytesMax = size_t{64} << 20;

bool HasEqualKeys(const Json::Object& object) {
  constexpr size_t kAllPairsMax = 16;  // Up to here comparing all is cheaper than sorting.
  if (object.size() <= kAllPairsMax) {
    for (size_t at = 1; at < object.size(); ++at) {
      for (size_t before = 0; before < at; ++before) {
        if (object[at].first == object[before].first) return true;
      }
    }
    return false;
  }
  std::vector<std::string_view> keys;
  keys.reserve(object.size());
  for (const auto& [key, value] : object)
    keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

// Of equal keys the last stays, in its place.
void KeepLastOfEqualKeys(Json::Object& object) {
  if (!HasEqualKeys(object)) return;
  std::vector<std::pair<std::string_view, size_t>> order;
  order.reserve(object.size());
  for (size_t at = 0; at < object.size(); ++at)
    order.emplace_back(object[at].first, at);
  std::sort(order.begin(), order.end());
  std::vector<bool> drop(object.size(), false);
  for (size_t at = 0; at + 1 < order.size(); ++at)
    drop[order[at].second] = order[at].first == order[at + 1].first;
  Json::Object kept;
  for (size_t at = 0; at < object.size(); ++at) {
    if (!drop[at]) kept.push_back(std::move(object[at]));
  }
  object = std::move(kept);
}

// Turns what simdjson read into values, `values_max` at most. Its parser has bounded the depth.
class Taker {
 public:
  explicit Taker(size_t values_max) : left_(values_max) {}

  // Nothing where there are more values.
  std::optional<Json> Take(simdjson::dom::element element) {
    if (left_ == 0) return std::nullopt;
    --left_;
    using Type = simdjson::dom::element_type;
    switch (element.type()) {
      case Type::ARRAY:
        return TakeArray(element.get_array().value_unsafe());
      case Type::OBJECT:
        return TakeObject(element.get_object().value_unsafe());
      case Type::INT64:
        return Json(int64_t{element.get_int64().value_unsafe()});
      case Type::UINT64:
        return Json(uint64_t{element.get_uint64().value_unsafe()});
      case Type::DOUBLE:
        return Json(element.get_double().value_unsafe());
      case Type::STRING:
        return Json(element.get_string().value_unsafe());
      case Type::BOOL:
        return Json(element.get_bool().value_unsafe());
      case Type::NULL_VALUE:
        break;
    }
    return Json();
  }

 private:
  std::optional<Json> TakeArray(simdjson::dom::array array) {
    Json::Array items;
    items.reserve(array.size());
    for (const simdjson::dom::element element : array) {
      auto item = Take(element);
      if (!item) return std::nullopt;
      items.push_back(*std::move(item));
    }
    return Json(std::move(items));
  }

  std::optional<Json> TakeObject(simdjson::dom::object object) {
    Json::Object members;
    members.reserve(object.size());
    for (const auto [key, element] : object) {
      auto value = Take(element);
      if (!value) return std::nullopt;
      members.emplace_back(key, *std::move(value));
    }
    KeepLastOfEqualKeys(members);
    return Json(std::move(members));
  }

  size_t left_;
};

// Nothing where simdjson refuses the text, or it is beyond a limit.
std::optional<Json> ParseFast(std::string_view text, const JsonLimits& limits) {
  if (text.size() > kFastBytesMax) return std::nullopt;
  simdjson::dom::parser parser;
  if (parser.allocate(text.size(), limits.depth_max) != simdjson::SUCCESS) return std::nullopt;
  const auto root = parser.parse(text.data(), text.size());
  if (root.error() != simdjson::SUCCESS) return std::nullopt;
  return Taker(limits.values_max).Take(root.value_unsafe());
}

// Reads through nlohmann's SAX interface, so that depth is bounded before anything recurses.
class Builder {
 public:
  using number_integer_t = int64_t;
  using number_unsigned_t = uint64_t;
  using number_float_t = double;
  using string_t = std::string;
  using binary_t = nlohmann::json::binary_t;

  explicit Builder(JsonLimits limits) : limits_(limits) {}

  bool null() { return Add(Json()); }
  bool boolean(bool value) { return Add(Json(value)); }
  bool number_integer(int64_t value) { return Add(Json(value)); }
  bool number_unsigned(uint64_t value) {
    constexpr auto kSignedMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    return Add(value <= kSignedMax ? Json(static_cast<int64_t>(value)) : Json(value));
  }
  bool number_float(double value, const std::string&) { return Add(Json(value)); }
  bool string(std::string& value) { return Add(Json(std::move(value))); }
  bool binary(binary_t&) { return false; }
  bool start_object(size_t) { return Open(Json(Json::Object())); }
  bool end_object() { return Close(); }
  bool start_array(size_t) { return Open(Json(Json::Array())); }
  bool end_array() { return Close(); }
  bool key(std::string& name) {
    keys_.back() = std::move(name);
    return true;
  }
  bool parse_error(size_t position, const std::string&, const nlohmann::json::exception& error) {
    error_ = InvalidArgument("not JSON at byte " + std::to_string(position), Plain(error.what()));
    return false;
  }

  Result<Json> Finish() && {
    if (error_) return *std::move(error_);
    return std::move(root_);
  }
  bool failed() const { return error_.has_value(); }
  void Fail(Error error) { error_ = std::move(error); }

 private:
  // Without the library's number of the error, and without the place, which is told in bytes here.
  static std::string_view Plain(std::string_view what) {
    for (const std::string_view before : {"[", "parse error"}) {
      const size_t end =
          what.starts_with(before) ? what.find(before == "[" ? "] " : ": ") : what.npos;
      if (end != what.npos) what.remove_prefix(end + 2);
    }
    return what;
  }

  bool Add(Json value) {
    if (++values_ > limits_.values_max) {
      error_ = ResourceExhausted("JSON of too many values", limits_.values_max);
      return false;
    }
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (Json::Array* array = open_.back().as_array()) {
      array->push_back(std::move(value));
    } else {
      open_.back().as_object()->emplace_back(std::move(keys_.back()), std::move(value));
    }
    return true;
  }

  bool Open(Json container) {
    if (open_.size() >= limits_.depth_max) {
      error_ = ResourceExhausted("JSON nested too deeply", limits_.depth_max);
      return false;
    }
    open_.push_back(std::move(container));
    keys_.emplace_back();
    return true;
  }

  bool Close() {
    Json done = std::move(open_.back());
    open_.pop_back();
    keys_.pop_back();
    if (Json::Object* object = done.as_object()) KeepLastOfEqualKeys(*object);
    return Add(std::move(done));
  }

  JsonLimits limits_;
  size_t values_ = 0;
  std::vector<Json> open_;
  std::vector<std::string> keys_;
  Json root_;
  std::optional<Error> error_;
};

std::string QuoteOdd(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// A byte that a string holds as it is, in JSON text and in memory.
bool IsPlain(char byte) {
  const auto code = static_cast<unsigned char>(byte);
  return code >= 0x20 && code < 0x80 && byte != '"' && byte != '\\';
}

void AppendQuoted(const std::string& text, std::string& out) {
  if (std::all_of(text.begin(), text.end(), IsPlain)) {
    out += '"';
    out += text;
    out += '"';
    return;
  }
  out += QuoteOdd(text);
}

std::string NumberText(double number) {
  if (!std::isfinite(number)) return "null";  // JSON has no word for these.
  return nlohmann::json(number).dump();
}

class Writer {
 public:
  explicit Writer(int indent) : indent_(indent) {}

  void Write(const Json& value) {
    if (value.is_null()) {
      out_ += "null";
    } else if (const bool* flag = value.as_bool()) {
      out_ += *flag ? "true" : "false";
    } else if (const std::string* text = value.as_string()) {
      AppendQuoted(*text, out_);
    } else if (const Json::Array* array = value.as_array()) {
      WriteArray(*array);
    } else if (const Json::Object* object = value.as_object()) {
      WriteObject(*object);
    } else {
      out_ += value.NumberTextOf();
    }
  }
  std::string Finish() && { return std::move(out_); }

 private:
  void NewLine() {
    if (indent_ < 0) return;
    out_ += '\n';
    out_.append(depth_ * static_cast<size_t>(indent_), ' ');
  }

  void WriteArray(const Json::Array& array) {
    out_ += '[';
    ++depth_;
    for (size_t at = 0; at < array.size(); ++at) {
      if (at > 0) out_ += ',';
      NewLine();
      Write(array[at]);
    }
    --depth_;
    if (!array.empty()) NewLine();
    out_ += ']';
  }

  void WriteObject(const Json::Object& object) {
    out_ += '{';
    ++depth_;
    for (size_t at = 0; at < object.size(); ++at) {
      if (at > 0) out_ += ',';
      NewLine();
      AppendQuoted(object[at].first, out_);
      out_ += indent_ < 0 ? ":" : ": ";
      Write(object[at].second);
    }
    --depth_;
    if (!object.empty()) NewLine();
    out_ += '}';
  }

  int indent_;
  size_t depth_ = 0;
  std::string out_;
};

}  // namespace

Result<Json> Json::Parse(std::string_view text, JsonLimits limits) {
  if (text.size() > limits.size_bytes_max) {
    return ResourceExhausted("JSON text too large, bytes", text.size());
  }
  if (auto json = ParseFast(text, limits)) return *std::move(json);
  Builder builder(limits);
  try {
    const bool done = nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
    if (!done && !builder.failed()) return InvalidArgument("not JSON");
  } catch (const std::exception& error) {
    builder.Fail(InvalidArgument("not JSON", error.what()));
  }
  return std::move(builder).Finish();
}

std::string Json::Dump(int indent) const {
  Writer writer(indent);
  writer.Write(*this);
  return std::move(writer).Finish();
}

std::string Json::NumberTextOf() const {
  if (const auto* whole = std::get_if<int64_t>(&value_)) return std::to_string(*whole);
  if (const auto* large = std::get_if<uint64_t>(&value_)) return std::to_string(*large);
  return NumberText(std::get<double>(value_));
}

bool Json::is_number() const {
  return std::holds_alternative<int64_t>(value_) || std::holds_alternative<uint64_t>(value_) ||
         std::holds_alternative<double>(value_);
}

Result<int64_t> Json::ToInt64() const {
  if (const auto* whole = std::get_if<int64_t>(&value_)) return *whole;
  if (const auto* real = std::get_if<double>(&value_)) {
    if (std::nearbyint(*real) == *real && std::fabs(*real) < 9.0e15) {
      return static_cast<int64_t>(*real);
    }
  }
  return InvalidArgument("not a whole number of 64 bits", Dump());
}

Result<double> Json::ToDouble() const {
  if (const auto* whole = std::get_if<int64_t>(&value_)) return static_cast<double>(*whole);
  if (const auto* large = std::get_if<uint64_t>(&value_)) return static_cast<double>(*large);
  if (const auto* real = std::get_if<double>(&value_)) return *real;
  return InvalidArgument("not a number", Dump());
}

const Json* Json::Find(std::string_view key) const {
  const Object* object = as_object();
  if (object == nullptr) return nullptr;
  for (const auto& [name, value] : *object) {
    if (name == key) return &value;
  }
  return nullptr;
}

Json* Json::Find(std::string_view key) {
  return const_cast<Json*>(static_cast<const Json*>(this)->Find(key));
}

Json& Json::Set(std::string_view key, Json value) {
  if (is_null()) value_ = Object();
  FIRN_ASSERT(as_object() != nullptr);
  if (Json* present = Find(key)) return *present = std::move(value);
  return as_object()->emplace_back(std::string(key), std::move(value)).second;
}

Json Json::Take(std::string_view key) {
  Object* object = as_object();
  if (object == nullptr) return {};
  for (auto at = object->begin(); at != object->end(); ++at) {
    if (at->first != key) continue;
    Json taken = std::move(at->second);
    object->erase(at);
    return taken;
  }
  return {};
}

namespace {

Result<const Json*> Required(const Json& json, std::string_view key) {
  const Json* member = json.Find(key);
  if (member == nullptr) return Corrupt("JSON has no member", key);
  return member;
}

Error WrongType(std::string_view key, std::string_view wanted) {
  return Corrupt("JSON member '" + std::string(key) + "' is not " + std::string(wanted));
}

}  // namespace

Result<std::string> Json::GetString(std::string_view key) const {
  FIRN_ASSIGN(const Json* member, Required(*this, key));
  if (member->as_string() == nullptr) return WrongType(key, "a string");
  return *member->as_string();
}

Result<int64_t> Json::GetInt64(std::string_view key) const {
  FIRN_ASSIGN(const Json* member, Required(*this, key));
  auto number = member->ToInt64();
  if (!number) return WrongType(key, "a whole number");
  return number;
}

Result<bool> Json::GetBool(std::string_view key) const {
  FIRN_ASSIGN(const Json* member, Required(*this, key));
  if (member->as_bool() == nullptr) return WrongType(key, "true or false");
  return *member->as_bool();
}

Result<const Json::Array*> Json::GetArray(std::string_view key) const {
  FIRN_ASSIGN(const Json* member, Required(*this, key));
  if (member->as_array() == nullptr) return WrongType(key, "an array");
  return member->as_array();
}

Result<const Json::Object*> Json::GetObject(std::string_view key) const {
  FIRN_ASSIGN(const Json* member, Required(*this, key));
  if (member->as_object() == nullptr) return WrongType(key, "an object");
  return member->as_object();
}

}  // namespace firn
