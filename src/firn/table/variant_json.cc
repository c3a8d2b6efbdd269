// SPDX-License-Identifier: Apache-2.0

#include "firn/table/variant_json.h"

#include <bit>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "firn/base/bytes.h"
#include "firn/table/literal.h"
#include "firn/table/variant.h"

namespace firn::table {
namespace {

std::string Base64(std::string_view bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t at = 0; at < bytes.size(); at += 3) {
    uint32_t group = 0;
    for (size_t i = 0; i < 3; ++i) {
      group = (group << 8) | (at + i < bytes.size() ? static_cast<uint8_t>(bytes[at + i]) : 0u);
    }
    for (size_t i = 0; i < 4; ++i) {
      text += at + i > bytes.size() ? '=' : kDigits[(group >> (18 - 6 * i)) & 63];
    }
  }
  return text;
}

std::string Quoted(std::string_view text) {
  return Json(text).Dump();
}

template <typename Number>
std::string RealText(Number value) {
  const Literal literal = [value] {
    if constexpr (std::is_same_v<Number, float>) return Literal::Float(value);
    if constexpr (std::is_same_v<Number, double>) return Literal::Double(value);
  }();
  if (std::isnan(value)) return "\"NaN\"";
  if (std::isinf(value)) return value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  return literal.ToString();
}

// Little-endian two's complement of 4, 8 or 16 bytes.
Int128 Unscaled(std::string_view payload) {
  std::string big_endian(payload.rbegin(), payload.rend());
  return DecimalFromBytes(big_endian).value();
}

std::string TimeText(const VariantValue& value) {
  const auto number = [&] { return ReadLittleEndian<int64_t>(value.payload()); };
  switch (value.primitive()) {
    case VariantPrimitive::kDate:
      return Literal::Date(ReadLittleEndian<int32_t>(value.payload())).ToString();
    case VariantPrimitive::kTime:
      return Literal::Time(number()).ToString();
    case VariantPrimitive::kTimestamp:
      return Literal::Timestamp(number()).ToString();
    case VariantPrimitive::kTimestampTz:
      return Literal::TimestampTz(number()).ToString();
    case VariantPrimitive::kTimestampNs:
      return Literal::TimestampNs(number()).ToString();
    default:
      return Literal::TimestampTzNs(number()).ToString();
  }
}

std::string PrimitiveText(const VariantValue& value) {
  const std::string_view payload = value.payload();
  switch (value.primitive()) {
    case VariantPrimitive::kNull:
      return "null";
    case VariantPrimitive::kTrue:
      return "true";
    case VariantPrimitive::kFalse:
      return "false";
    case VariantPrimitive::kInt8:
      return std::to_string(static_cast<int8_t>(payload.front()));
    case VariantPrimitive::kInt16:
      return std::to_string(ReadLittleEndian<int16_t>(payload));
    case VariantPrimitive::kInt32:
      return std::to_string(ReadLittleEndian<int32_t>(payload));
    case VariantPrimitive::kInt64:
      return std::to_string(ReadLittleEndian<int64_t>(payload));
    case VariantPrimitive::kFloat:
      return RealText(ReadLittleEndian<float>(payload));
    case VariantPrimitive::kDouble:
      return RealText(ReadLittleEndian<double>(payload));
    case VariantPrimitive::kDecimal4:
    case VariantPrimitive::kDecimal8:
    case VariantPrimitive::kDecimal16:
      return DecimalToString(Unscaled(payload), value.scale());
    case VariantPrimitive::kString:
      return Quoted(payload);
    case VariantPrimitive::kBinary:
      return Quoted(Base64(payload));
    case VariantPrimitive::kUuid:
      return Quoted(Literal::FromBytes(Type::Uuid(), payload).value().ToString());
    default:
      return Quoted(TimeText(value));
  }
}

// `value` passed CheckVariant.
Status Append(const VariantMetadata& metadata, const VariantValue& value, std::string& out) {
  if (!value.is_object() && !value.is_array()) {
    out += PrimitiveText(value);
    return Ok();
  }
  out += value.is_object() ? '{' : '[';
  for (size_t at = 0; at < value.size(); ++at) {
    if (at > 0) out += ',';
    if (value.is_object()) {
      FIRN_ASSIGN(const std::string_view name, value.FieldName(at, metadata));
      out += Quoted(name) + ":";
    }
    FIRN_ASSIGN(const VariantValue element, value.Element(at));
    FIRN_TRY(Append(metadata, element, out));
  }
  out += value.is_object() ? '}' : ']';
  return Ok();
}

void CollectNames(const Json& json, std::set<std::string>& names) {
  if (const Json::Object* object = json.as_object()) {
    for (const auto& [name, value] : *object) {
      names.insert(name);
      CollectNames(value, names);
    }
  } else if (const Json::Array* array = json.as_array()) {
    for (const Json& item : *array)
      CollectNames(item, names);
  }
}

std::string EncodeNumber(const Json& json) {
  constexpr int32_t kUint64Digits = 20;
  const std::string text = json.NumberTextOf();
  const bool whole = text.find_first_of(".eE") == std::string::npos;
  if (whole) {
    if (const auto number = json.ToInt64()) return EncodeVariantInteger(*number);
    if (const auto large = ParseDecimal(text, kUint64Digits, 0)) {
      return EncodeVariantDecimal(*large, kUint64Digits, 0);
    }
  }
  std::string payload;
  AppendLittleEndian(payload, json.ToDouble().value());
  return EncodeVariantPrimitive(VariantPrimitive::kDouble, payload);
}

std::string Encode(const VariantMetadata& metadata, const Json& json) {
  if (json.is_null()) return EncodeVariantPrimitive(VariantPrimitive::kNull);
  if (const bool* flag = json.as_bool()) {
    return EncodeVariantPrimitive(*flag ? VariantPrimitive::kTrue : VariantPrimitive::kFalse);
  }
  if (const std::string* text = json.as_string()) return EncodeVariantString(*text);
  if (const Json::Array* array = json.as_array()) {
    std::vector<std::string> elements;
    for (const Json& item : *array)
      elements.push_back(Encode(metadata, item));
    return EncodeVariantArray(elements);
  }
  if (json.as_object() == nullptr) return EncodeNumber(json);
  std::map<std::string, std::string> fields;
  for (const auto& [name, value] : *json.as_object()) {
    fields.insert_or_assign(name, Encode(metadata, value));
  }
  return EncodeVariantObject(metadata, fields).value();  // Every name was collected before.
}

}  // namespace

Result<std::string> VariantToJson(std::string_view metadata, std::string_view value) {
  FIRN_TRY(CheckVariant(metadata, value));
  FIRN_ASSIGN(const VariantMetadata names, VariantMetadata::Parse(metadata));
  FIRN_ASSIGN(const VariantValue root, VariantValue::Parse(value));
  std::string text;
  FIRN_TRY(Append(names, root, text));
  return text;
}

VariantBytes VariantFromJson(const Json& json) {
  std::set<std::string> names;
  CollectNames(json, names);
  VariantBytes bytes;
  bytes.metadata = EncodeVariantMetadata({names.begin(), names.end()});
  const VariantMetadata metadata = VariantMetadata::Parse(bytes.metadata).value();
  bytes.value = Encode(metadata, json);
  return bytes;
}

}  // namespace firn::table
