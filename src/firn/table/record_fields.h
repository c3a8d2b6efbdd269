// SPDX-License-Identifier: Apache-2.0
//
// Rows for the tables of `record_codec.h`, made of the members of a struct: what a member is in C++
// says how it lies in Avro.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firn/table/ids.h"
#include "firn/table/record_codec.h"

namespace firn::table {

/// How a value of a C++ type lies in Avro: `Type()`, `Encode(value, out)`, `Decode(type, in,
/// value)`.
template <typename Value>
struct AvroValue;

template <>
struct AvroValue<bool> {
  static Json Type() { return "boolean"; }
  static void Encode(bool value, std::string& out) { avro::AppendBoolean(out, value); }
  static Status Decode(const avro::Schema& type, avro::Decoder& in, bool& value) {
    FIRN_ASSIGN(value, DecodeBoolean(type, in));
    return Ok();
  }
};

template <>
struct AvroValue<int32_t> {
  static Json Type() { return "int"; }
  static void Encode(int32_t value, std::string& out) { avro::AppendLong(out, value); }
  static Status Decode(const avro::Schema& type, avro::Decoder& in, int32_t& value) {
    FIRN_ASSIGN(value, DecodeInt32(type, in));
    return Ok();
  }
};

template <>
struct AvroValue<int64_t> {
  static Json Type() { return "long"; }
  static void Encode(int64_t value, std::string& out) { avro::AppendLong(out, value); }
  static Status Decode(const avro::Schema& type, avro::Decoder& in, int64_t& value) {
    FIRN_ASSIGN(value, DecodeInteger(type, in));
    return Ok();
  }
};

template <>
struct AvroValue<std::string> {
  static Json Type() { return "string"; }
  static void Encode(const std::string& value, std::string& out) { avro::AppendBytes(out, value); }
  static Status Decode(const avro::Schema& type, avro::Decoder& in, std::string& value) {
    FIRN_ASSIGN(value, DecodeBytes(type, in));
    return Ok();
  }
};

/// An id: the number it holds.
template <typename Tag, typename Number>
struct AvroValue<Typed<Tag, Number>> {
  static Json Type() { return AvroValue<Number>::Type(); }
  static void Encode(Typed<Tag, Number> value, std::string& out) {
    AvroValue<Number>::Encode(value.value, out);
  }
  static Status Decode(const avro::Schema& type, avro::Decoder& in, Typed<Tag, Number>& value) {
    return AvroValue<Number>::Decode(type, in, value.value);
  }
};

/// Bytes that are no text.
struct AsBytes : AvroValue<std::string> {
  static Json Type() { return "bytes"; }
};

/// A number that fits 32 bits, though its member is wider.
struct AsInt : AvroValue<int64_t> {
  static Json Type() { return "int"; }
};

/// A count: never negative.
struct AsCount : AvroValue<int64_t> {
  static Status Decode(const avro::Schema& type, avro::Decoder& in, int64_t& value) {
    FIRN_ASSIGN(value, DecodeInteger(type, in));
    return value < 0 ? Status(Corrupt("count is negative", value)) : Ok();
  }
};

/// An enumeration from 0 to `last`, as a number.
template <typename Enum, Enum last>
struct AsNumber {
  static Json Type() { return "int"; }
  static void Encode(Enum value, std::string& out) {
    avro::AppendLong(out, static_cast<int64_t>(value));
  }
  static Status Decode(const avro::Schema& type, avro::Decoder& in, Enum& value) {
    FIRN_ASSIGN(const int64_t number, DecodeInteger(type, in));
    if (number < 0 || number > static_cast<int64_t>(last)) {
      return Corrupt("number that means nothing", number);
    }
    value = static_cast<Enum>(number);
    return Ok();
  }
};

/// A list with the element's field id; null where it is empty.
template <typename Item, int32_t element_id>
struct ListOf {
  static Json Type() { return ArrayType(AvroValue<Item>::Type(), element_id); }
  static void Encode(const std::vector<Item>& items, std::string& out) {
    avro::AppendLong(out, static_cast<int64_t>(items.size()));
    for (const Item& item : items) {
      AvroValue<Item>::Encode(item, out);
    }
    avro::AppendLong(out, 0);
  }
  static Status Decode(const avro::Schema& type, avro::Decoder& in, std::vector<Item>& items) {
    return DecodeArray(type, in, [&](const avro::Schema& item) {
      return AvroValue<Item>::Decode(item, in, items.emplace_back());
    });
  }
};

/// A map from field ids; null where it is empty. Avro's own maps have text keys, so it is a list of
/// pairs: {"type":"array","items":{"type":"record","name":"k117_v118",...},"logicalType":"map"}.
template <typename Codec, int32_t key_id, int32_t value_id>
struct PairsOf {
  static Json Type() {
    const auto part = [](std::string_view name, Json type, int32_t id) {
      Json json;
      json.Set("name", name);
      json.Set("type", std::move(type));
      json.Set("field-id", id);
      return json;
    };
    Json entry;
    entry.Set("type", "record");
    entry.Set("name", "k" + std::to_string(key_id) + "_v" + std::to_string(value_id));
    entry.Set("fields",
              Json::Array{part("key", "int", key_id), part("value", Codec::Type(), value_id)});
    Json json;
    json.Set("type", "array");
    json.Set("items", std::move(entry));
    json.Set("logicalType", "map");
    return json;
  }
  template <typename Value>
  static void Encode(const std::map<FieldId, Value>& pairs, std::string& out) {
    avro::AppendLong(out, static_cast<int64_t>(pairs.size()));
    for (const auto& [key, value] : pairs) {
      avro::AppendLong(out, key.value);
      Codec::Encode(value, out);
    }
    avro::AppendLong(out, 0);
  }
  template <typename Value>
  static Status Decode(const avro::Schema& type, avro::Decoder& in,
                       std::map<FieldId, Value>& pairs) {
    return DecodeArray(type, in, [&](const avro::Schema& item) -> Status {
      if (item.kind != avro::Kind::kRecord || item.fields.size() != 2) {
        return Corrupt("map entry is not a key and a value");
      }
      FIRN_ASSIGN(const int32_t key, DecodeInt32(*item.fields[0].schema, in));
      FIRN_ASSIGN(const avro::Schema* value, in.ReadBranch(*item.fields[1].schema));
      if (value->kind == avro::Kind::kNull) return Ok();
      return Codec::Decode(*value, in, pairs[FieldId(key)]);
    });
  }
};

namespace internal {

template <typename Member>
struct MemberPointer;
template <typename R, typename V>
struct MemberPointer<V R::*> {
  using Record = R;
  using Value = V;
};

template <typename Value>
struct Unwrapped {
  using Type = Value;
};
template <typename Value>
struct Unwrapped<std::optional<Value>> {
  using Type = Value;
};

template <auto member>
using RecordOf = typename MemberPointer<decltype(member)>::Record;
template <auto member>
using DefaultCodec =
    AvroValue<typename Unwrapped<typename MemberPointer<decltype(member)>::Value>::Type>;

template <typename Codec, typename Value>
bool EncodeMember(const Value& value, std::string& out) {
  Codec::Encode(value, out);
  return true;
}
template <typename Codec, typename Value>
bool EncodeMember(const std::optional<Value>& value, std::string& out) {
  if (value) Codec::Encode(*value, out);
  return value.has_value();
}
template <typename Codec, typename Item>
bool EncodeMember(const std::vector<Item>& items, std::string& out) {
  if (!items.empty()) Codec::Encode(items, out);
  return !items.empty();
}
template <typename Codec, typename Value>
bool EncodeMember(const std::map<FieldId, Value>& pairs, std::string& out) {
  if (!pairs.empty()) Codec::Encode(pairs, out);
  return !pairs.empty();
}

template <typename Codec, typename Value>
Status DecodeMember(const avro::Schema& type, avro::Decoder& in, Value& value) {
  return Codec::Decode(type, in, value);
}
template <typename Codec, typename Value>
Status DecodeMember(const avro::Schema& type, avro::Decoder& in, std::optional<Value>& value) {
  return Codec::Decode(type, in, value.emplace());
}

}  // namespace internal

/// Whether a field is written without a null branch, and whether files without it are corrupt.
enum class Rule : uint8_t { kMustExist, kAlwaysWritten, kOptional };

/// The row of a member; optional ones and empty lists and maps are written as null.
template <typename Context, auto member, typename Codec = internal::DefaultCodec<member>>
constexpr RecordField<internal::RecordOf<member>, Context> FieldOf(int32_t id,
                                                                   std::string_view name, Rule rule,
                                                                   int version_min = 1) {
  using Record = internal::RecordOf<member>;
  return {id,
          name,
          rule != Rule::kOptional,
          rule == Rule::kMustExist,
          version_min,
          [](const Context&) { return Codec::Type(); },
          [](const Context&, const Record& record, std::string& out) {
            return internal::EncodeMember<Codec>(record.*member, out);
          },
          [](const Context&, const avro::Schema& type, avro::Decoder& in, Record& record) {
            return internal::DecodeMember<Codec>(type, in, record.*member);
          }};
}

}  // namespace firn::table
