// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/leaf_bounds.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>

#include "firn/datafile/geo_bounds.h"
#include "firn/datafile/literal_array.h"

namespace firn::datafile {
namespace {

using table::Literal;
using table::TypeId;

// Numbers that lie in an array as they are: ArrowArray::Value gives them.
template <typename ArrowArray, typename Number>
class NumberBounds : public LeafBounds {
 public:
  explicit NumberBounds(table::Type type) : type_(std::move(type)) {}

  void Add(const arrow::Array& array) override {
    const auto& values = static_cast<const ArrowArray&>(array);
    const bool has_nulls = values.null_count() > 0;
    for (int64_t i = 0; i < values.length(); ++i) {
      if (has_nulls && values.IsNull(i)) continue;
      const Number value = values.Value(i);
      if constexpr (std::is_floating_point_v<Number>) {
        if (std::isnan(value)) {
          ++nan_count_;
          continue;
        }
      }
      Include(value);
    }
  }

  void AddStatistics(const LeafStatistics& statistics) override {
    nan_count_ += statistics.nans;
    if (statistics.lowest) Include(NumberOf(*statistics.lowest));
    if (statistics.highest) Include(NumberOf(*statistics.highest));
  }

  std::optional<Literal> lowest() const override {
    if (!any_) return std::nullopt;
    if (std::is_floating_point_v<Number> && lowest_ == Number{}) return Make(Negated(lowest_));
    return Make(lowest_);
  }
  std::optional<Literal> highest() const override {
    if (!any_) return std::nullopt;
    if (std::is_floating_point_v<Number> && highest_ == Number{}) return Make(Number{});
    return Make(highest_);
  }
  std::optional<int64_t> nan_count() const override {
    if constexpr (std::is_floating_point_v<Number>) return nan_count_;
    return std::nullopt;
  }

 private:
  static Number NumberOf(const LeafStatistics::Value& value) {
    if constexpr (std::is_floating_point_v<Number>) {
      return static_cast<Number>(std::get<double>(value));
    } else {
      return static_cast<Number>(std::get<int64_t>(value));
    }
  }

  void Include(Number value) {
    any_ = true;
    lowest_ = std::min(lowest_, value);
    highest_ = std::max(highest_, value);
  }

  static Number Negated(Number value) {
    if constexpr (std::is_floating_point_v<Number>) return -std::abs(value);
    return value;
  }
  static Number Largest() {
    if constexpr (std::is_floating_point_v<Number>) return std::numeric_limits<Number>::infinity();
    return std::numeric_limits<Number>::max();
  }
  static Number Smallest() {
    if constexpr (std::is_floating_point_v<Number>) return -std::numeric_limits<Number>::infinity();
    return std::numeric_limits<Number>::lowest();
  }

  Literal Make(Number value) const {
    if constexpr (std::is_same_v<Number, float>) return Literal::Float(value);
    if constexpr (std::is_same_v<Number, double>) return Literal::Double(value);
    if constexpr (std::is_same_v<Number, bool>) return Literal::Boolean(value);
    if constexpr (std::is_same_v<Number, int32_t>) {
      return type_.id() == TypeId::kDate ? Literal::Date(value) : Literal::Int(value);
    }
    if constexpr (std::is_same_v<Number, int64_t>) return MakeLong(value);
  }
  Literal MakeLong(int64_t value) const {
    switch (type_.id()) {
      case TypeId::kTime:
        return Literal::Time(value);
      case TypeId::kTimestamp:
        return Literal::Timestamp(value);
      case TypeId::kTimestampTz:
        return Literal::TimestampTz(value);
      case TypeId::kTimestampNs:
        return Literal::TimestampNs(value);
      case TypeId::kTimestampTzNs:
        return Literal::TimestampTzNs(value);
      default:
        return Literal::Long(value);
    }
  }

  table::Type type_;
  Number lowest_ = Largest(), highest_ = Smallest();
  bool any_ = false;
  int64_t nan_count_ = 0;
};

class DecimalBounds : public LeafBounds {
 public:
  explicit DecimalBounds(table::Type type) : type_(std::move(type)) {}

  void Add(const arrow::Array& array) override {
    for (int64_t i = 0; i < array.length(); ++i) {
      if (array.IsNull(i)) continue;
      Include(DecimalAt(array, i));
    }
  }

  void AddStatistics(const LeafStatistics& statistics) override {
    if (statistics.lowest) Include(NumberOf(*statistics.lowest));
    if (statistics.highest) Include(NumberOf(*statistics.highest));
  }
  std::optional<Literal> lowest() const override { return Make(lowest_); }
  std::optional<Literal> highest() const override { return Make(highest_); }

 private:
  // A number, or the bytes of one, the highest first.
  static table::Int128 NumberOf(const LeafStatistics::Value& value) {
    if (const auto* number = std::get_if<int64_t>(&value)) return *number;
    const auto& bytes = std::get<std::string>(value);
    // The bytes of a negative number go on where all bits are set.
    table::Int128 out = !bytes.empty() && static_cast<signed char>(bytes[0]) < 0 ? -1 : 0;
    for (const char byte : bytes) {
      out = out * 256 + static_cast<unsigned char>(byte);
    }
    return out;
  }

  void Include(table::Int128 value) {
    if (!any_ || value < lowest_) lowest_ = value;
    if (!any_ || value > highest_) highest_ = value;
    any_ = true;
  }

  std::optional<Literal> Make(table::Int128 value) const {
    if (!any_) return std::nullopt;
    return Literal::Decimal(value, type_.precision(), type_.scale());
  }

  table::Type type_;
  table::Int128 lowest_ = 0, highest_ = 0;
  bool any_ = false;
};

// Text and bytes, kept up to `limit` bytes: cutting keeps the order, and what is cut lies behind
// the code point after the last one a bound keeps.
class BytesBounds : public LeafBounds {
 public:
  BytesBounds(table::Type type, size_t limit) : type_(std::move(type)), limit_(limit) {}

  void Add(const arrow::Array& array) override {
    for (int64_t i = 0; i < array.length(); ++i) {
      if (!array.IsNull(i)) Include(ViewAt(array, i));
    }
  }

  void AddStatistics(const LeafStatistics& statistics) override {
    if (statistics.lowest) Include(std::get<std::string>(*statistics.lowest));
    if (statistics.highest) Include(std::get<std::string>(*statistics.highest));
  }
  bool takes_statistics() const override { return limit_ < LeafStatistics::kBytesMax; }

  std::optional<Literal> lowest() const override { return Make(lowest_); }
  std::optional<Literal> highest() const override { return Make(highest_); }

 private:
  void Include(std::string_view whole) {
    const std::string_view value = Cut(whole);
    if (!lowest_ || value < *lowest_) lowest_ = value;
    if (!highest_ || value > *highest_) highest_ = value;
  }

  static std::string_view ViewAt(const arrow::Array& array, int64_t row) {
    if (array.type_id() == arrow::Type::FIXED_SIZE_BINARY) {
      return static_cast<const arrow::FixedSizeBinaryArray&>(array).GetView(row);
    }
    return static_cast<const arrow::BinaryArray&>(array).GetView(row);
  }

  std::string_view Cut(std::string_view value) const {
    if (value.size() <= limit_) return value;
    size_t end = limit_;
    if (type_.id() == TypeId::kString) {  // Not within a code point.
      while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80)
        --end;
    }
    return value.substr(0, end);
  }

  std::optional<Literal> Make(const std::optional<std::string>& value) const {
    if (!value) return std::nullopt;
    if (type_.id() == TypeId::kString) return Literal::String(*value);
    if (type_.id() == TypeId::kFixed) return Literal::Fixed(*value);
    return Literal::Binary(*value);
  }

  table::Type type_;
  size_t limit_;
  std::optional<std::string> lowest_, highest_;
};

class UuidBounds : public LeafBounds {
 public:
  void Add(const arrow::Array& array) override {
    const auto& storage = *static_cast<const arrow::ExtensionArray&>(array).storage();
    for (int64_t i = 0; i < storage.length(); ++i) {
      if (storage.IsNull(i)) continue;
      Include(static_cast<const arrow::FixedSizeBinaryArray&>(storage).GetView(i));
    }
  }

  void AddStatistics(const LeafStatistics& statistics) override {
    if (statistics.lowest) Include(std::get<std::string>(*statistics.lowest));
    if (statistics.highest) Include(std::get<std::string>(*statistics.highest));
  }
  std::optional<Literal> lowest() const override { return Make(lowest_); }
  std::optional<Literal> highest() const override { return Make(highest_); }

 private:
  void Include(std::string_view value) {
    if (!lowest_ || value < *lowest_) lowest_ = value;
    if (!highest_ || value > *highest_) highest_ = value;
  }

  static std::optional<Literal> Make(const std::optional<std::string>& bytes) {
    if (!bytes) return std::nullopt;
    Uuid uuid;
    std::copy(bytes->begin(), bytes->end(), reinterpret_cast<char*>(uuid.bytes.data()));
    return Literal::Uuid(uuid);
  }

  std::optional<std::string> lowest_, highest_;
};

// A code point more than the mode keeps, four bytes each.
size_t LimitOf(table::MetricsMode mode) {
  if (mode.kind != table::MetricsMode::Kind::kTruncate) return std::string::npos;
  return 4 * (static_cast<size_t>(mode.length) + 1);
}

}  // namespace

std::optional<std::string> LeafBounds::LowerBytes(table::MetricsMode mode) const {
  const auto value = lowest();
  return value ? table::LowerBoundBytes(*value, mode) : std::nullopt;
}

std::optional<std::string> LeafBounds::UpperBytes(table::MetricsMode mode) const {
  const auto value = highest();
  return value ? table::UpperBoundBytes(*value, mode) : std::nullopt;
}

void LeafBounds::Fill(table::FieldId id, table::MetricsMode mode, table::DataFile& file) const {
  if (const auto nulls = null_count()) file.null_value_counts[id] = *nulls;
  if (const auto nans = nan_count()) file.nan_value_counts[id] = *nans;
  if (mode.kind == table::MetricsMode::Kind::kCounts) return;
  if (auto bytes = LowerBytes(mode)) file.lower_bounds[id] = *std::move(bytes);
  if (auto bytes = UpperBytes(mode)) file.upper_bounds[id] = *std::move(bytes);
}

std::unique_ptr<LeafBounds> LeafBounds::Make(const table::Type& type, table::MetricsMode mode) {
  switch (type.id()) {
    case TypeId::kBoolean:
      return std::make_unique<NumberBounds<arrow::BooleanArray, bool>>(type);
    case TypeId::kInt:
      return std::make_unique<NumberBounds<arrow::Int32Array, int32_t>>(type);
    case TypeId::kDate:
      return std::make_unique<NumberBounds<arrow::Date32Array, int32_t>>(type);
    case TypeId::kLong:
      return std::make_unique<NumberBounds<arrow::Int64Array, int64_t>>(type);
    case TypeId::kTime:
      return std::make_unique<NumberBounds<arrow::Time64Array, int64_t>>(type);
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
      return std::make_unique<NumberBounds<arrow::TimestampArray, int64_t>>(type);
    case TypeId::kFloat:
      return std::make_unique<NumberBounds<arrow::FloatArray, float>>(type);
    case TypeId::kDouble:
      return std::make_unique<NumberBounds<arrow::DoubleArray, double>>(type);
    case TypeId::kDecimal:
      return std::make_unique<DecimalBounds>(type);
    case TypeId::kString:
    case TypeId::kBinary:
    case TypeId::kFixed:
      return std::make_unique<BytesBounds>(type, LimitOf(mode));
    case TypeId::kUuid:
      return std::make_unique<UuidBounds>();
    case TypeId::kGeometry:
    case TypeId::kGeography:
      return MakeGeoBounds(type);
    default:
      return nullptr;
  }
}

}  // namespace firn::datafile
