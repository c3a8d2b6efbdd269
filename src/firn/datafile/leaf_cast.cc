// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/leaf_cast.h"

#include <string>
#include <utility>

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/builder.h>
#include <arrow/compute/cast.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>

#include "firn/base/uuid.h"
#include "firn/datafile/arrow_wall.h"

namespace firn::datafile {
namespace {

using arrow::Type;
using ArrayPtr = std::shared_ptr<arrow::Array>;
using TypePtr = std::shared_ptr<arrow::DataType>;

bool IsText(Type::type id) {
  return id == Type::STRING || id == Type::LARGE_STRING || id == Type::STRING_VIEW;
}

bool IsBytes(Type::type id) {
  return id == Type::BINARY || id == Type::LARGE_BINARY || id == Type::BINARY_VIEW ||
         id == Type::FIXED_SIZE_BINARY;
}

bool IsZoned(const arrow::DataType& type) {
  return !static_cast<const arrow::TimestampType&>(type).timezone().empty();
}

bool IsExactNumber(Type::type id) {
  return arrow::is_integer(id) || arrow::is_decimal(id);
}

// The conversions that keep all information, values permitting.
bool MayCast(const arrow::DataType& from, const arrow::DataType& to) {
  switch (to.id()) {
    case Type::INT32:
    case Type::INT64:
      return IsExactNumber(from.id());
    case Type::DECIMAL128:
      return IsExactNumber(from.id());
    case Type::FLOAT:
      return from.id() == Type::HALF_FLOAT || arrow::is_integer(from.id());
    case Type::DOUBLE:
      return arrow::is_floating(from.id()) || IsExactNumber(from.id());
    case Type::DATE32:
      return arrow::is_date(from.id());
    case Type::TIME64:
      return arrow::is_time(from.id());
    case Type::TIMESTAMP:
      if (from.id() == Type::DATE32) return !IsZoned(to);  // A promotion of version 3.
      return from.id() == Type::TIMESTAMP && IsZoned(from) == IsZoned(to);
    case Type::STRING:
      return IsText(from.id());
    case Type::BINARY:
      return IsText(from.id()) || IsBytes(from.id());
    case Type::FIXED_SIZE_BINARY:
      return IsBytes(from.id());
    default:
      return false;
  }
}

ArrayPtr WithType(const arrow::Array& array, const TypePtr& type) {
  auto data = array.data()->Copy();
  data->type = type;
  return arrow::MakeArray(std::move(data));
}

Result<ArrayPtr> Cast(const arrow::Array& given, const TypePtr& type) {
  return FromArrow(arrow::compute::Cast(given, type, arrow::compute::CastOptions::Safe()));
}

// Reads the 36-character form.
Result<ArrayPtr> ParseUuids(const arrow::StringArray& texts, const TypePtr& storage) {
  arrow::FixedSizeBinaryBuilder builder(storage);
  FIRN_TRY(FromArrow(builder.Reserve(texts.length())));
  for (int64_t i = 0; i < texts.length(); ++i) {
    if (texts.IsNull(i)) {
      builder.UnsafeAppendNull();
      continue;
    }
    FIRN_ASSIGN(const Uuid uuid, Uuid::Parse(texts.GetView(i)));
    builder.UnsafeAppend(uuid.bytes.data());
  }
  return FromArrow(builder.Finish());
}

// Text is read as a uuid; all else is bytes under another name.
Result<ArrayPtr> CastToExtension(const ArrayPtr& given, const TypePtr& wanted) {
  const auto& storage = static_cast<const arrow::ExtensionType&>(*wanted).storage_type();
  ArrayPtr bytes = given;
  const bool is_uuid = storage->id() == Type::FIXED_SIZE_BINARY;
  if (!is_uuid && !IsBytes(given->type_id())) {
    return InvalidArgument("the column holds another type",
                           given->type()->ToString() + " instead of " + wanted->ToString());
  }
  if (IsText(given->type_id())) {
    FIRN_ASSIGN(ArrayPtr text, CastLeaf(given, arrow::utf8()));
    FIRN_ASSIGN(bytes, ParseUuids(static_cast<const arrow::StringArray&>(*text), storage));
  }
  FIRN_ASSIGN(bytes, CastLeaf(bytes, storage));
  return WithType(*bytes, wanted);
}

Result<ArrayPtr> DecodeDictionary(const ArrayPtr& given) {
  return Cast(*given, static_cast<const arrow::DictionaryType&>(*given->type()).value_type());
}

}  // namespace

Result<ArrayPtr> CastLeaf(const ArrayPtr& given, const TypePtr& wanted) {
  if (given->type()->Equals(*wanted)) return given;
  if (given->type_id() == Type::NA) {
    return FromArrow(arrow::MakeArrayOfNull(wanted, given->length()));
  }
  if (given->type_id() == Type::DICTIONARY) {
    FIRN_ASSIGN(ArrayPtr plain, DecodeDictionary(given));
    return CastLeaf(plain, wanted);
  }
  if (given->type_id() == Type::EXTENSION) {
    return CastLeaf(static_cast<const arrow::ExtensionArray&>(*given).storage(), wanted);
  }
  if (wanted->id() == Type::EXTENSION) return CastToExtension(given, wanted);
  if (arrow::is_integer(given->type_id()) && wanted->id() == Type::DECIMAL128) {
    // By way of a decimal that holds every integer: then only values decide what fits.
    FIRN_ASSIGN(const ArrayPtr whole, Cast(*given, arrow::decimal128(20, 0)));
    return Cast(*whole, wanted);
  }
  if (MayCast(*given->type(), *wanted)) return Cast(*given, wanted);
  return InvalidArgument("the column holds another type",
                         given->type()->ToString() + " instead of " + wanted->ToString());
}

Result<ArrayPtr> AsPlainList(const ArrayPtr& given) {
  if (given->type_id() == Type::LIST) return given;
  return Cast(*given, arrow::list(given->type()->field(0)));
}

}  // namespace firn::datafile
