// SPDX-License-Identifier: Apache-2.0
//
// One pass over simdjson's parsed document, members in the order of the text. Rows of one file
// mostly name their members in one order, so the column of a member is first looked for behind that
// of the member before.

#include "firn/ingest/json/json_rows.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <arrow/api.h>
#include <simdjson.h>

namespace firn::ingest {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;
using table::NestedField;
using table::Type;
using table::TypeId;
using MaybeViolation = std::optional<Violation>;

// More significant digits than this and a double may have lost some of those in the text.
constexpr size_t kExactDigitsMax = 15;

std::string_view NameOf(element_type type) {
  switch (type) {
    case element_type::ARRAY:
      return "an array";
    case element_type::OBJECT:
      return "an object";
    case element_type::INT64:
    case element_type::UINT64:
    case element_type::DOUBLE:
      return "a number";
    case element_type::STRING:
      return "a string";
    case element_type::BOOL:
      return "a boolean";
    default:
      return "null";
  }
}

MaybeViolation WrongKind(const Type& type, element value) {
  const std::string text = simdjson::minify(value);
  return Violation{"type", QuoteValue(text) + " is " + std::string(NameOf(value.type())) +
                               ", the column holds " + type.ToString()};
}

std::string ShortestDigits(double number) {
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
  return std::string(digits, end);
}

// The number as decimal digits; empty where the double may not be what the text said.
std::string DecimalDigits(element value) {
  if (value.type() != element_type::DOUBLE) return simdjson::minify(value);
  std::string digits = ShortestDigits(value.get_double().value_unsafe());
  size_t significant = 0;
  for (const char digit : digits) {
    if (digit == 'e') break;
    significant += digit >= '0' && digit <= '9';
  }
  return significant > kExactDigitsMax + 1 ? std::string() : digits;
}

MaybeViolation Appended(const arrow::Status& status) {
  if (status.ok()) return std::nullopt;
  return Violation{"size", "the value does not fit into memory"};
}

// Whether a number was one that its column holds as it was parsed, without its text; it is then
// appended, or `violation` says why not.
bool AppendedAsParsed(const Type& type, element value, arrow::ArrayBuilder& builder,
                      MaybeViolation& violation) {
  const bool is_long = value.type() == element_type::INT64;
  if (is_long && type.id() == TypeId::kLong) {
    violation = Appended(
        static_cast<arrow::Int64Builder&>(builder).Append(value.get_int64().value_unsafe()));
    return true;
  }
  if (type.id() != TypeId::kDouble || value.type() == element_type::UINT64) return false;
  const double number = is_long ? static_cast<double>(value.get_int64().value_unsafe())
                                : value.get_double().value_unsafe();
  violation = Appended(static_cast<arrow::DoubleBuilder&>(builder).Append(number));
  return true;
}

MaybeViolation AppendNumber(const Type& type, element value, arrow::ArrayBuilder& builder) {
  MaybeViolation violation;
  if (AppendedAsParsed(type, value, builder, violation)) return violation;
  const bool whole = value.type() == element_type::INT64 || value.type() == element_type::UINT64;
  switch (type.id()) {
    case TypeId::kInt:
    case TypeId::kLong:
    case TypeId::kTimestampTz:  // Since the epoch.
    case TypeId::kTimestampTzNs:
      if (!whole) return WrongKind(type, value);
      break;
    case TypeId::kDecimal: {
      const std::string digits = DecimalDigits(value);
      if (!digits.empty()) return AppendText(type, digits, builder);
      return Violation{"range", QuoteValue(std::string(simdjson::minify(value))) +
                                    " has too many digits for a JSON number; write it in quotes"};
    }
    case TypeId::kFloat:
    case TypeId::kDouble:
      if (!whole)
        return AppendText(type, ShortestDigits(value.get_double().value_unsafe()), builder);
      break;
    default:
      return WrongKind(type, value);
  }
  return AppendText(type, std::string(simdjson::minify(value)), builder);
}

MaybeViolation AppendScalar(const Type& type, element value, arrow::ArrayBuilder& builder) {
  if (value.is_bool()) {
    if (type.id() != TypeId::kBoolean) return WrongKind(type, value);
    return Appended(
        static_cast<arrow::BooleanBuilder&>(builder).Append(value.get_bool().value_unsafe()));
  }
  if (value.is_number()) return AppendNumber(type, value, builder);
  if (!value.is_string()) return WrongKind(type, value);
  switch (type.id()) {
    case TypeId::kBoolean:
    case TypeId::kInt:
    case TypeId::kLong:
    case TypeId::kFloat:
    case TypeId::kDouble:
      return WrongKind(type, value);
    default:
      return AppendText(type, value.get_string().value_unsafe(), builder);
  }
}

MaybeViolation AppendValue(const NestedField& field, element value, arrow::ArrayBuilder& builder);

MaybeViolation AppendNull(const NestedField& field, arrow::ArrayBuilder& builder) {
  if (field.required) return Violation{"required", "no value for \"" + field.name + "\""};
  if (builder.AppendNull().ok()) return std::nullopt;
  return Violation{"size", "out of memory"};
}

// Appends as many values to `child` as it lacks of `length`: every builder of a struct must grow
// alike, also when one of its values was refused.
void Level(arrow::ArrayBuilder& child, int64_t length) {
  while (child.length() < length && child.AppendNull().ok()) {
  }
}

class StructAppender {
 public:
  StructAppender(const Type& type, arrow::StructBuilder& builder)
      : fields_(type.fields()), builder_(builder), length_(builder.length()) {}

  MaybeViolation Run(simdjson::dom::object object) {
    if (!builder_.Append().ok()) return Violation{"size", "out of memory"};
    MaybeViolation violation;
    for (const auto& [key, value] : object) {
      if (!violation) violation = Member(key, value);
    }
    for (size_t at = 0; at < fields_.size(); ++at) {
      arrow::ArrayBuilder& child = *builder_.field_builder(static_cast<int>(at));
      if (!violation && child.length() == length_) violation = AppendNull(fields_[at], child);
      Level(child, length_ + 1);
    }
    return violation;
  }

 private:
  MaybeViolation Member(std::string_view key, element value) {
    for (size_t at = 0; at < fields_.size(); ++at) {
      if (fields_[at].name != key) continue;
      arrow::ArrayBuilder& child = *builder_.field_builder(static_cast<int>(at));
      if (child.length() > length_) {
        return Violation{"duplicate", QuoteValue(key) + " is there twice"};
      }
      return AppendValue(fields_[at], value, child);
    }
    return Violation{"unknown_column", "the column has no field " + QuoteValue(key)};
  }

  const std::vector<NestedField>& fields_;
  arrow::StructBuilder& builder_;
  const int64_t length_;
};

MaybeViolation AppendList(const Type& type, element value, arrow::ListBuilder& builder) {
  simdjson::dom::array array;
  if (value.get(array) != simdjson::SUCCESS) return WrongKind(type, value);
  if (!builder.Append().ok()) return Violation{"size", "out of memory"};
  for (const element item : array) {
    if (auto violation = AppendValue(type.element(), item, *builder.value_builder())) {
      return violation;
    }
  }
  return std::nullopt;
}

MaybeViolation AppendMap(const Type& type, element value, arrow::MapBuilder& builder) {
  simdjson::dom::object object;
  if (value.get(object) != simdjson::SUCCESS) return WrongKind(type, value);
  if (!builder.Append().ok()) return Violation{"size", "out of memory"};
  for (const auto& [key, item] : object) {
    if (auto violation = AppendText(type.key().type, key, *builder.key_builder())) return violation;
    auto violation = AppendValue(type.value(), item, *builder.item_builder());
    if (violation) {
      Level(*builder.item_builder(), builder.key_builder()->length());
      return violation;
    }
  }
  return std::nullopt;
}

// Appends one value, or refuses it. A refused nested value may have been begun: the caller levels.
MaybeViolation AppendValue(const NestedField& field, element value, arrow::ArrayBuilder& builder) {
  const Type& type = field.type;
  if (value.is_string() && type.id() == TypeId::kString) {  // It was checked to be UTF-8.
    return Appended(static_cast<arrow::StringBuilder&>(builder).Append(
        std::string_view(value.get_string().value_unsafe())));
  }
  if (value.is_null()) return AppendNull(field, builder);
  switch (type.id()) {
    case TypeId::kStruct: {
      simdjson::dom::object object;
      if (value.get(object) != simdjson::SUCCESS) return WrongKind(type, value);
      return StructAppender(type, static_cast<arrow::StructBuilder&>(builder)).Run(object);
    }
    case TypeId::kList:
      return AppendList(type, value, static_cast<arrow::ListBuilder&>(builder));
    case TypeId::kMap:
      return AppendMap(type, value, static_cast<arrow::MapBuilder&>(builder));
    case TypeId::kString:
      return AppendText(type, std::string(simdjson::minify(value)), builder);
    default:
      break;
  }
  return AppendScalar(type, value, builder);
}

}  // namespace

struct JsonRows::Parser {
  simdjson::dom::parser parser;
  std::string padded;
  size_t next_column = 0;

  simdjson::simdjson_result<element> Parse(std::string_view json) {
    const size_t needed = json.size() + simdjson::SIMDJSON_PADDING;
    if (padded.size() < needed) padded.resize(needed);
    std::memcpy(padded.data(), json.data(), json.size());
    if (parser.capacity() < json.size() || parser.capacity() == 0) {
      const auto error = parser.allocate(std::max<size_t>(json.size(), 4096), kJsonDepthMax);
      if (error != simdjson::SUCCESS) return error;
    }
    return parser.parse(padded.data(), json.size(), false);
  }

  // The column called `key`, most likely the one after the last.
  std::optional<size_t> ColumnOf(std::string_view key, const RowBuilder& rows) {
    const auto& fields = rows.schema().fields();
    if (next_column >= fields.size()) next_column = 0;
    if (next_column < fields.size() && fields[next_column].name == key) return next_column++;
    for (size_t at = 0; at < fields.size(); ++at) {
      if (fields[at].name != key) continue;
      next_column = at + 1;
      return at;
    }
    return std::nullopt;
  }

  void AddMember(std::string_view name, element value, RowBuilder& rows) {
    const auto column = ColumnOf(name, rows);
    if (!column) return AddInner(name, value, rows);
    const NestedField& field = rows.schema().fields()[*column];
    rows.AppendWith(
        *column, [&](arrow::ArrayBuilder& builder) { return AppendValue(field, value, builder); });
  }

  // The members of an object without a column: "address": {"city": ..} is the column address_city.
  void AddInner(std::string_view name, element value, RowBuilder& rows) {
    const std::string prefix = std::string(name) + "_";
    simdjson::dom::object object;
    const auto begins = [&](const NestedField& field) { return field.name.starts_with(prefix); };
    if (value.get(object) != simdjson::SUCCESS ||
        !std::ranges::any_of(rows.schema().fields(), begins)) {
      rows.Reject("", {"unknown_column", "the table has no column " + QuoteValue(name)});
      return;
    }
    for (const auto& [key, inner] : object)
      AddMember(prefix + std::string(key), inner, rows);
  }
};

JsonRows::JsonRows() : parser_(std::make_unique<Parser>()) {}
JsonRows::~JsonRows() = default;

bool JsonRows::IsObject(std::string_view json) {
  const auto parsed = parser_->Parse(json);
  return parsed.error() == simdjson::SUCCESS && parsed.value_unsafe().is_object();
}

Status JsonRows::Add(std::string_view json, const RowPlace& place, RowBuilder& rows) {
  const auto parsed = parser_->Parse(json);
  if (parsed.error() != simdjson::SUCCESS) {
    rows.AddReject(place, "json",
                   std::string("not JSON: ") + simdjson::error_message(parsed.error()));
    return Ok();
  }
  simdjson::dom::object object;
  if (parsed.value_unsafe().get(object) != simdjson::SUCCESS) {
    rows.AddReject(place, "json", QuoteValue(json) + " is no JSON object");
    return Ok();
  }
  parser_->next_column = 0;
  for (const auto& [key, value] : object)
    parser_->AddMember(key, value, rows);
  return rows.EndRow(place);
}

}  // namespace firn::ingest
