// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/value_rules.h"

#include <string_view>

#include <arrow/array.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/util/utf8.h>

#include "firn/datafile/leaf_cast.h"
#include "firn/datafile/literal_array.h"
#include "firn/table/decimal.h"

namespace firn::datafile {
namespace {

using arrow::Type;

constexpr int64_t kMicrosPerDay = 86'400'000'000;
constexpr size_t kShownBytes = 60;

std::string Shown(const arrow::Array& array, int64_t at) {
  const auto scalar = array.GetScalar(at);
  std::string text = scalar.ok() ? (*scalar)->ToString() : "?";
  if (text.size() > kShownBytes) text = text.substr(0, kShownBytes) + "...";
  return text;
}

std::string DecimalRule(const arrow::DataType& type) {
  const auto& decimal = static_cast<const arrow::DecimalType&>(type);
  const std::string digits = std::to_string(decimal.precision());
  const std::string behind = std::to_string(decimal.scale());
  return "decimal(" + digits + ", " + behind + ") holds " + digits + " digits, " + behind +
         " of them behind the point";
}

std::string TimestampRule(const arrow::DataType& type) {
  const auto unit = static_cast<const arrow::TimestampType&>(type).unit();
  return std::string("the column counts whole ") +
         (unit == arrow::TimeUnit::NANO ? "nanoseconds" : "microseconds") + " in 64 bits";
}

std::string RuleOf(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::INT32:
      return "int holds -2147483648 to 2147483647";
    case Type::INT64:
      return "long holds -9223372036854775808 to 9223372036854775807";
    case Type::FLOAT:
      return "float holds whole numbers up to 16777216 exactly";
    case Type::DOUBLE:
      return "double holds whole numbers up to 9007199254740992 exactly";
    case Type::DECIMAL128:
      return DecimalRule(type);
    case Type::DATE32:
      return "date counts whole days";
    case Type::TIME64:
      return "time is from 00:00:00 to 23:59:59.999999, in whole microseconds";
    case Type::TIMESTAMP:
      return TimestampRule(type);
    case Type::STRING:
      return "text is UTF-8";
    case Type::FIXED_SIZE_BINARY: {
      const std::string width =
          std::to_string(static_cast<const arrow::FixedSizeBinaryType&>(type).byte_width());
      return "fixed[" + width + "] holds " + width + " bytes";
    }
    case Type::EXTENSION:
      return "uuid has 16 bytes, as text 36 characters";
    default:
      return "the column is of type " + type.ToString();
  }
}

std::optional<BadValue> Bad(const arrow::Array& array, int64_t at) {
  return BadValue{at, Shown(array, at), RuleOf(*array.type())};
}

std::optional<BadValue> BadDecimal(const arrow::Array& array) {
  const auto& type = static_cast<const arrow::DecimalType&>(*array.type());
  table::Int128 limit = 1;
  for (int32_t digit = 0; digit < type.precision(); ++digit)
    limit *= 10;
  for (int64_t at = 0; at < array.length(); ++at) {
    if (array.IsNull(at)) continue;
    const table::Int128 value = DecimalAt(array, at);
    if (value >= limit || value <= -limit) return Bad(array, at);
  }
  return std::nullopt;
}

std::optional<BadValue> BadTime(const arrow::Time64Array& array) {
  for (int64_t at = 0; at < array.length(); ++at) {
    const int64_t value = array.Value(at);
    if ((value < 0 || value >= kMicrosPerDay) && array.IsValid(at)) return Bad(array, at);
  }
  return std::nullopt;
}

bool IsUtf8(std::string_view text) {
  return arrow::util::ValidateUTF8(text);
}

// All texts at once, which is far cheaper than one by one; then only where one ends within a
// character of the next can all be right and one not.
std::optional<BadValue> BadText(const arrow::StringArray& array) {
  if (array.length() == 0) return std::nullopt;
  arrow::util::InitializeUTF8();
  const int32_t begin = array.value_offset(0);
  const char* bytes = reinterpret_cast<const char*>(array.raw_data());
  const auto size = static_cast<size_t>(array.value_offset(array.length()) - begin);
  bool good = IsUtf8({bytes + begin, size});
  for (int64_t at = 0; good && at < array.length(); ++at) {
    const int32_t first = array.value_offset(at);
    const bool is_empty = first == array.value_offset(at + 1);
    good = is_empty || (static_cast<unsigned char>(bytes[first]) & 0xC0) != 0x80;
  }
  for (int64_t at = 0; !good && at < array.length(); ++at) {
    if (array.IsValid(at) && !IsUtf8(array.GetView(at))) return Bad(array, at);
  }
  return std::nullopt;
}

}  // namespace

std::optional<BadValue> FindBadValue(const arrow::Array& array) {
  switch (array.type_id()) {
    case Type::DECIMAL128:
      return BadDecimal(array);
    case Type::TIME64:
      return BadTime(static_cast<const arrow::Time64Array&>(array));
    case Type::STRING:
      return BadText(static_cast<const arrow::StringArray&>(array));
    default:
      return std::nullopt;
  }
}

std::optional<BadValue> FindUncastable(const std::shared_ptr<arrow::Array>& given,
                                       const std::shared_ptr<arrow::DataType>& wanted) {
  const auto fails = [&](int64_t length) { return !CastLeaf(given->Slice(0, length), wanted); };
  if (fails(0)) return std::nullopt;
  int64_t good = 0, bad = given->length();
  while (bad - good > 1) {
    const int64_t middle = good + (bad - good) / 2;
    (fails(middle) ? bad : good) = middle;
  }
  return BadValue{good, Shown(*given, good), RuleOf(*wanted)};
}

}  // namespace firn::datafile
