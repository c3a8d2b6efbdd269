// SPDX-License-Identifier: Apache-2.0
//
// A key is made field by field: one byte that puts nulls first or last, then the value so that
// bytes compare as values do. Numbers are big-endian with the sign turned over; text and binary of
// any length escape their zeros (00 FF) and end in 00 00, so that no key begins another. For a
// descending field the bytes of the value, not those of null, are turned over.

#include "firn/datafile/sort_keys.h"

#include <bit>
#include <cstring>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "firn/datafile/literal_array.h"
#include "firn/datafile/partition_column.h"

namespace firn::datafile {
namespace {

using table::Literal;

constexpr char kNullFirst = 0;
constexpr char kValue = 1;
constexpr char kNullLast = 2;
constexpr int64_t kPartitionBytes = 4;

template <typename Unsigned>
void PutBigEndian(Unsigned value, char*& at) {
  for (size_t i = sizeof(Unsigned); i-- > 0;)
    *at++ = static_cast<char>(value >> (8 * i) & 0xFF);
}

template <typename Signed>
void PutSigned(Signed value, char*& at) {
  using Unsigned = std::make_unsigned_t<Signed>;
  PutBigEndian(static_cast<Unsigned>(static_cast<Unsigned>(value) ^
                                     (Unsigned{1} << (8 * sizeof(Unsigned) - 1))),
               at);
}

void PutDecimal(table::Int128 value, char*& at) {
  PutSigned(static_cast<int64_t>(value >> 64), at);
  PutBigEndian(static_cast<uint64_t>(value), at);
}

// Turns the bits so that they compare as the spec orders floats: of negative ones all, of others
// the sign.
template <typename Unsigned>
void PutFloatBits(Unsigned bits, char*& at) {
  const Unsigned sign = Unsigned{1} << (8 * sizeof(Unsigned) - 1);
  PutBigEndian(static_cast<Unsigned>((bits & sign) != 0 ? ~bits : bits | sign), at);
}

int64_t EscapedSize(std::string_view bytes) {
  int64_t zeros = 0;
  for (const char byte : bytes)
    zeros += byte == 0 ? 1 : 0;
  return static_cast<int64_t>(bytes.size()) + zeros + 2;
}

void PutEscaped(std::string_view bytes, char*& at) {
  for (const char byte : bytes) {
    *at++ = byte;
    if (byte == 0) *at++ = '\xFF';
  }
  *at++ = 0;
  *at++ = 0;
}

void PutBytes(std::string_view bytes, char*& at) {
  std::memcpy(at, bytes.data(), bytes.size());
  at += bytes.size();
}

// What transforms make.
std::string KeyOf(const Literal& value) {
  std::string key;
  std::visit(
      [&key, &value](const auto& held) {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::string>) {
          key.resize(static_cast<size_t>(EscapedSize(held)));
          char* at = key.data();
          PutEscaped(held, at);
        } else if constexpr (std::is_same_v<Held, int32_t> || std::is_same_v<Held, int64_t>) {
          key.resize(sizeof(Held));
          char* at = key.data();
          PutSigned(held, at);
        } else if constexpr (std::is_same_v<Held, table::Int128>) {
          key.resize(sizeof(Held));
          char* at = key.data();
          PutDecimal(held, at);
        } else {
          key = value.ToBytes();
        }
      },
      value.value());
  return key;
}

// The values of one field in a batch.
class Values {
 public:
  virtual ~Values() = default;
  virtual bool IsNull(int64_t row) const = 0;
  virtual int64_t Size(int64_t row) const = 0;
  virtual void Put(int64_t row, char*& at) const = 0;
};

class ArrayValues : public Values {
 public:
  explicit ArrayValues(std::shared_ptr<arrow::Array> array) : array_(std::move(array)) {}
  bool IsNull(int64_t row) const override { return array_->IsNull(row); }

 protected:
  template <typename Array>
  const Array& As() const {
    return static_cast<const Array&>(*array_);
  }

 private:
  std::shared_ptr<arrow::Array> array_;
};

template <typename Array>
class NumberValues : public ArrayValues {
 public:
  using ArrayValues::ArrayValues;
  using Number = typename Array::value_type;
  int64_t Size(int64_t) const override { return sizeof(Number); }
  void Put(int64_t row, char*& at) const override {
    const Number value = As<Array>().Value(row);
    if constexpr (std::is_same_v<Number, float>) {
      PutFloatBits(std::bit_cast<uint32_t>(value), at);
    } else if constexpr (std::is_same_v<Number, double>) {
      PutFloatBits(std::bit_cast<uint64_t>(value), at);
    } else {
      PutSigned(value, at);
    }
  }
};

class BooleanValues : public ArrayValues {
 public:
  using ArrayValues::ArrayValues;
  int64_t Size(int64_t) const override { return 1; }
  void Put(int64_t row, char*& at) const override {
    *at++ = As<arrow::BooleanArray>().Value(row) ? 1 : 0;
  }
};

class DecimalValues : public ArrayValues {
 public:
  using ArrayValues::ArrayValues;
  int64_t Size(int64_t) const override { return sizeof(table::Int128); }
  void Put(int64_t row, char*& at) const override {
    PutDecimal(DecimalAt(As<arrow::Array>(), row), at);
  }
};

class BytesValues : public ArrayValues {
 public:
  using ArrayValues::ArrayValues;
  int64_t Size(int64_t row) const override {
    return EscapedSize(As<arrow::BinaryArray>().GetView(row));
  }
  void Put(int64_t row, char*& at) const override {
    PutEscaped(As<arrow::BinaryArray>().GetView(row), at);
  }
};

class FixedValues : public ArrayValues {
 public:
  using ArrayValues::ArrayValues;
  int64_t Size(int64_t) const override { return As<arrow::FixedSizeBinaryArray>().byte_width(); }
  void Put(int64_t row, char*& at) const override {
    PutBytes(As<arrow::FixedSizeBinaryArray>().GetView(row), at);
  }
};

// What a transform makes of a column: each distinct value is transformed once.
class TransformedValues : public Values {
 public:
  TransformedValues(std::vector<size_t> codes, std::vector<std::optional<std::string>> keys)
      : codes_(std::move(codes)), keys_(std::move(keys)) {}
  bool IsNull(int64_t row) const override { return !KeyAt(row).has_value(); }
  int64_t Size(int64_t row) const override { return static_cast<int64_t>(KeyAt(row)->size()); }
  void Put(int64_t row, char*& at) const override { PutBytes(*KeyAt(row), at); }

 private:
  const std::optional<std::string>& KeyAt(int64_t row) const {
    return keys_[codes_[static_cast<size_t>(row)]];
  }
  std::vector<size_t> codes_;
  std::vector<std::optional<std::string>> keys_;
};

Result<std::unique_ptr<Values>> ValuesOf(std::shared_ptr<arrow::Array> array) {
  switch (array->type_id()) {
    case arrow::Type::BOOL:
      return std::make_unique<BooleanValues>(std::move(array));
    case arrow::Type::INT32:
      return std::make_unique<NumberValues<arrow::Int32Array>>(std::move(array));
    case arrow::Type::DATE32:
      return std::make_unique<NumberValues<arrow::Date32Array>>(std::move(array));
    case arrow::Type::INT64:
      return std::make_unique<NumberValues<arrow::Int64Array>>(std::move(array));
    case arrow::Type::TIME64:
      return std::make_unique<NumberValues<arrow::Time64Array>>(std::move(array));
    case arrow::Type::TIMESTAMP:
      return std::make_unique<NumberValues<arrow::TimestampArray>>(std::move(array));
    case arrow::Type::FLOAT:
      return std::make_unique<NumberValues<arrow::FloatArray>>(std::move(array));
    case arrow::Type::DOUBLE:
      return std::make_unique<NumberValues<arrow::DoubleArray>>(std::move(array));
    case arrow::Type::DECIMAL128:
      return std::make_unique<DecimalValues>(std::move(array));
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return std::make_unique<BytesValues>(std::move(array));
    case arrow::Type::FIXED_SIZE_BINARY:
      return std::make_unique<FixedValues>(std::move(array));
    case arrow::Type::EXTENSION:
      return ValuesOf(static_cast<const arrow::ExtensionArray&>(*array).storage());
    default:
      return Internal("no sort key of", array->type()->ToString());
  }
}

Result<std::unique_ptr<Values>> TransformedOf(const arrow::RecordBatch& batch,
                                              const table::SortField& sort,
                                              const table::Type& type) {
  PartitionColumn column(sort.source_id, type, sort.transform);
  FIRN_ASSIGN(auto codes, column.Codes(batch));
  std::vector<std::optional<std::string>> keys(column.size());
  for (size_t code = 0; code < keys.size(); ++code) {
    if (const auto& value = column.value(code)) keys[code] = KeyOf(*value);
  }
  return std::make_unique<TransformedValues>(std::move(codes), std::move(keys));
}

void PutKey(const Values& values, const table::SortField& sort, int64_t row, char*& at) {
  if (values.IsNull(row)) {
    *at++ = sort.null_order == table::NullOrder::kNullsFirst ? kNullFirst : kNullLast;
    return;
  }
  *at++ = kValue;
  char* const begin = at;
  values.Put(row, at);
  if (sort.direction == table::SortDirection::kAscending) return;
  for (char* byte = begin; byte != at; ++byte)
    *byte = static_cast<char>(~*byte);
}

Status CheckColumn(const table::Schema& schema, const table::SortField& field) {
  const table::NestedField* source = schema.FindField(field.source_id);
  if (source == nullptr) {
    return InvalidArgument("the sort order names a column that is not there", field.source_id);
  }
  const std::string name(schema.NameOf(field.source_id));
  if (field.transform.kind() == table::Transform::Kind::kUnknown ||
      !field.other_source_ids.empty()) {
    return Unsupported("cannot sort by " + field.transform.ToString() + " of", name);
  }
  if (!source->type.has_literals() || !field.transform.CanTransform(source->type)) {
    return Unsupported("cannot sort by a column of type " + source->type.ToString(), name);
  }
  for (auto parent = schema.ParentOf(field.source_id); parent; parent = schema.ParentOf(*parent)) {
    if (schema.FindField(*parent)->type.id() == table::TypeId::kStruct) continue;
    return Unsupported("cannot sort by a column within a list or map", name);
  }
  return Ok();
}

}  // namespace

Result<SortKeys> SortKeys::Make(const table::Schema& schema, const table::SortOrder& order) {
  SortKeys keys;
  for (const table::SortField& field : order.fields) {
    if (field.transform.kind() == table::Transform::Kind::kVoid) continue;  // Makes null of all.
    FIRN_TRY(CheckColumn(schema, field));
    keys.fields_.push_back({field, schema.FindField(field.source_id)->type});
  }
  return keys;
}

Result<RowKeys> SortKeys::Of(const arrow::RecordBatch& batch,
                             const std::vector<size_t>& partitions) const {
  std::vector<std::unique_ptr<Values>> columns;
  for (const Field& field : fields_) {
    const bool plain = field.sort.transform.kind() == table::Transform::Kind::kIdentity;
    FIRN_ASSIGN(const auto array, ColumnOf(batch, field.sort.source_id));
    FIRN_ASSIGN(auto values,
                plain ? ValuesOf(array) : TransformedOf(batch, field.sort, field.type));
    columns.push_back(std::move(values));
  }
  RowKeys keys;
  const auto rows = static_cast<size_t>(batch.num_rows());
  const int64_t fixed =
      static_cast<int64_t>(columns.size()) + (partitions.empty() ? 0 : kPartitionBytes);
  keys.begins.assign(rows + 1, 0);
  for (const auto& values : columns) {
    for (size_t row = 0; row < rows; ++row) {
      const auto at = static_cast<int64_t>(row);
      if (!values->IsNull(at)) keys.begins[row + 1] += values->Size(at);
    }
  }
  for (size_t row = 0; row < rows; ++row)
    keys.begins[row + 1] += keys.begins[row] + fixed;
  keys.bytes.resize(static_cast<size_t>(keys.begins.back()));
  for (size_t row = 0; row < rows; ++row) {
    char* at = keys.bytes.data() + keys.begins[row];
    if (!partitions.empty()) PutBigEndian(static_cast<uint32_t>(partitions[row]), at);
    for (size_t i = 0; i < columns.size(); ++i)
      PutKey(*columns[i], fields_[i].sort, static_cast<int64_t>(row), at);
  }
  return keys;
}

}  // namespace firn::datafile
