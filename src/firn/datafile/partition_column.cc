// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/partition_column.h"

#include <utility>

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>

#include "firn/base/time.h"
#include "firn/datafile/literal_array.h"

namespace firn::datafile {
namespace {

constexpr size_t kRememberedSources = size_t{1} << 16;

// Gives the bytes of values, for looking them up.
class KeyReader {
 public:
  // `per_key` > 0: integers are divided by it first, as values in one hour share their year,
  // month, day and hour.
  KeyReader(const arrow::Array& array, int64_t per_key) : array_(array), per_key_(per_key) {
    if (!arrow::is_fixed_width(array.type_id())) return;
    width_ = static_cast<const arrow::FixedWidthType&>(*array.type()).bit_width() / 8;
    if (width_ > 0) {
      bytes_ =
          reinterpret_cast<const char*>(array.data()->buffers[1]->data()) + array.offset() * width_;
    }
  }

  std::string_view At(int64_t row) {
    if (per_key_ > 0) {
      shared_ = FloorDiv(static_cast<const arrow::TimestampArray&>(array_).Value(row), per_key_);
      return {reinterpret_cast<const char*>(&shared_), sizeof(shared_)};
    }
    if (bytes_ != nullptr) return {bytes_ + row * width_, static_cast<size_t>(width_)};
    if (array_.type_id() == arrow::Type::BOOL) {
      return static_cast<const arrow::BooleanArray&>(array_).Value(row) ? "1" : "0";
    }
    return static_cast<const arrow::BinaryArray&>(array_).GetView(row);
  }

 private:
  const arrow::Array& array_;
  int64_t per_key_;
  int64_t width_ = 0;
  int64_t shared_ = 0;
  const char* bytes_ = nullptr;
};

int64_t TicksPerHour(const arrow::Array& array, const table::Transform& transform) {
  if (!transform.is_temporal() || array.type_id() != arrow::Type::TIMESTAMP) return 0;
  const auto unit = static_cast<const arrow::TimestampType&>(*array.type()).unit();
  return unit == arrow::TimeUnit::NANO ? 3'600'000'000'000 : 3'600'000'000;
}

const arrow::Array& StorageOf(const arrow::Array& array) {
  if (array.type_id() != arrow::Type::EXTENSION) return array;
  return *static_cast<const arrow::ExtensionArray&>(array).storage();
}

}  // namespace

PartitionColumn::PartitionColumn(table::FieldId source, table::Type source_type,
                                 table::Transform transform)
    : source_(source), source_type_(std::move(source_type)), transform_(std::move(transform)) {}

Result<std::vector<size_t>> PartitionColumn::Codes(const arrow::RecordBatch& batch) {
  std::vector<size_t> codes(static_cast<size_t>(batch.num_rows()));
  if (transform_.kind() == table::Transform::Kind::kVoid) {
    if (values_.empty()) values_.emplace_back();
    return codes;
  }
  FIRN_ASSIGN(const auto array, ColumnOf(batch, source_));
  KeyReader keys(StorageOf(*array), TicksPerHour(*array, transform_));
  for (int64_t row = 0; row < array->length(); ++row) {
    const bool is_null = array->IsNull(row);
    FIRN_ASSIGN(codes[static_cast<size_t>(row)],
                CodeOf(*array, row, is_null ? std::string_view() : keys.At(row)));
  }
  return codes;
}

Result<size_t> PartitionColumn::CodeOf(const arrow::Array& array, int64_t row,
                                       std::string_view key) {
  if (array.IsNull(row)) {
    if (!code_of_null_) {
      FIRN_ASSIGN(code_of_null_, NewCode(std::nullopt));
    }
    return *code_of_null_;
  }
  if (const auto known = code_of_source_.find(key); known != code_of_source_.end()) {
    return known->second;
  }
  FIRN_ASSIGN(const auto source, LiteralAt(array, row, source_type_));
  FIRN_ASSIGN(const size_t code, NewCode(source));
  if (code_of_source_.size() >= kRememberedSources) code_of_source_.clear();
  code_of_source_.emplace(key, code);
  return code;
}

Result<size_t> PartitionColumn::NewCode(const std::optional<table::Literal>& source) {
  FIRN_ASSIGN(auto value, transform_.Apply(source));
  std::string key = value ? "=" + value->ToBytes() : std::string();
  const auto [at, is_new] = code_of_value_.try_emplace(std::move(key), values_.size());
  if (is_new) values_.push_back(std::move(value));
  return at->second;
}

}  // namespace firn::datafile
