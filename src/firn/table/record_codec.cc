// SPDX-License-Identifier: Apache-2.0

#include "firn/table/record_codec.h"

namespace firn::table {
namespace {

Error WrongType(std::string_view wanted) {
  return Corrupt("Avro value is not " + std::string(wanted));
}

}  // namespace

Result<int64_t> DecodeInteger(const avro::Schema& type, avro::Decoder& in) {
  if (type.kind != avro::Kind::kInt && type.kind != avro::Kind::kLong) {
    return WrongType("a whole number");
  }
  return in.ReadLong();
}

Result<int32_t> DecodeInt32(const avro::Schema& type, avro::Decoder& in) {
  FIRN_ASSIGN(const int64_t number, DecodeInteger(type, in));
  if (number < INT32_MIN || number > INT32_MAX) return Corrupt("number out of range", number);
  return static_cast<int32_t>(number);
}

Result<bool> DecodeBoolean(const avro::Schema& type, avro::Decoder& in) {
  if (type.kind != avro::Kind::kBoolean) return WrongType("a boolean");
  return in.ReadBoolean();
}

Result<std::string> DecodeBytes(const avro::Schema& type, avro::Decoder& in) {
  if (type.kind != avro::Kind::kString && type.kind != avro::Kind::kBytes) {
    return WrongType("text or bytes");
  }
  FIRN_ASSIGN(const std::string_view bytes, in.ReadBytes());
  return std::string(bytes);
}

Status DecodeArray(const avro::Schema& type, avro::Decoder& in,
                   const std::function<Status(const avro::Schema& item)>& read) {
  if (type.kind != avro::Kind::kArray) return WrongType("an array");
  return in.ReadItems([&]() -> Status {
    FIRN_ASSIGN(const avro::Schema* item, in.ReadBranch(type.item()));
    return read(*item);
  });
}

Json ArrayType(Json items, int32_t element_id) {
  Json type;
  type.Set("type", "array");
  type.Set("items", std::move(items));
  type.Set("element-id", element_id);
  return type;
}

}  // namespace firn::table
