// SPDX-License-Identifier: Apache-2.0
//
// Rows as keys. A key's bytes are, per column: 'N' for null, 'I' and eight bytes for whole numbers
// (dates, timestamps and booleans too), 'S', four bytes of length and the bytes for text, binary
// and decimals.

#include "firn/pipeline/row_key.h"

#include <algorithm>

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

namespace firn::pipeline {
namespace {

void AppendWord(std::string& out, uint64_t word, int bytes) {
  for (int i = 0; i < bytes; ++i)
    out.push_back(static_cast<char>(word >> (8 * i)));
}

// The number in bytes that compare as the numbers do.
void AppendOrdered(std::string& out, int64_t number) {
  const uint64_t shifted = static_cast<uint64_t>(number) ^ (uint64_t{1} << 63);
  for (int i = 7; i >= 0; --i)
    out.push_back(static_cast<char>(shifted >> (8 * i)));
}

// Text in bytes that compare as the texts do, also as a prefix of more: 0 becomes 0 255, the end 0
// 0.
void AppendOrdered(std::string& out, std::string_view text) {
  for (const char byte : text) {
    out.push_back(byte);
    if (byte == '\0') out.push_back('\xff');
  }
  out.append(2, '\0');
}

}  // namespace

Status CheckKeyType(const arrow::DataType& type, std::string_view column) {
  switch (type.id()) {
    case arrow::Type::BOOL:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::DATE32:
    case arrow::Type::TIME64:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::FIXED_SIZE_BINARY:
    case arrow::Type::DECIMAL128:
      return Ok();
    default:
      return Unsupported("column of this type cannot be a key: " + std::string(column),
                         type.ToString());
  }
}

KeyValue KeyValueAt(const arrow::Array& array, int64_t row) {
  KeyValue value;
  if (array.IsNull(row)) {
    value.is_null = true;
    return value;
  }
  const auto number = [&](int64_t whole) {
    value.number = whole;
    return value;
  };
  const auto text = [&](std::string_view bytes) {
    value.is_text = true;
    value.text = bytes;
    return value;
  };
  switch (array.type_id()) {
    case arrow::Type::BOOL:
      return number(static_cast<const arrow::BooleanArray&>(array).Value(row) ? 1 : 0);
    case arrow::Type::INT32:
      return number(static_cast<const arrow::Int32Array&>(array).Value(row));
    case arrow::Type::DATE32:
      return number(static_cast<const arrow::Date32Array&>(array).Value(row));
    case arrow::Type::INT64:
      return number(static_cast<const arrow::Int64Array&>(array).Value(row));
    case arrow::Type::TIME64:
      return number(static_cast<const arrow::Time64Array&>(array).Value(row));
    case arrow::Type::TIMESTAMP:
      return number(static_cast<const arrow::TimestampArray&>(array).Value(row));
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return text(static_cast<const arrow::BinaryArray&>(array).GetView(row));
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return text(static_cast<const arrow::LargeBinaryArray&>(array).GetView(row));
    case arrow::Type::STRING_VIEW:
      return text(static_cast<const arrow::StringViewArray&>(array).GetView(row));
    default:  // Decimals are fixed bytes to Arrow, too; `CheckKeyType` has refused the rest.
      return text(static_cast<const arrow::FixedSizeBinaryArray&>(array).GetView(row));
  }
}

Result<KeyColumns> KeyColumns::Make(const arrow::Schema& schema,
                                    const std::vector<std::string>& columns) {
  KeyColumns keys;
  for (const std::string& column : columns) {
    const int index = schema.GetFieldIndex(column);
    if (index < 0) return NotFound("no such key column", column);
    FIRN_TRY(CheckKeyType(*schema.field(index)->type(), column));
    keys.indices_.push_back(index);
  }
  return keys;
}

void KeyColumns::Append(const arrow::RecordBatch& batch, int64_t row, std::string& out) const {
  for (const int index : indices_) {
    const KeyValue value = KeyValueAt(*batch.column(index), row);
    if (value.is_null) {
      out.push_back('N');
    } else if (value.is_text) {
      out.push_back('S');
      AppendWord(out, value.text.size(), 4);
      out.append(value.text);
    } else {
      out.push_back('I');
      AppendWord(out, static_cast<uint64_t>(value.number), 8);
    }
  }
}

Result<Precedence> Precedence::Make(const arrow::Schema& schema,
                                    const std::vector<std::string>& order) {
  Precedence precedence;
  for (const std::string& text : order) {
    const std::string name = text.substr(0, text.find(' '));
    const int index = schema.GetFieldIndex(name);
    if (index < 0) continue;
    FIRN_TRY(CheckKeyType(*schema.field(index)->type(), name));
    precedence.columns_.push_back({index, text.ends_with(" desc")});
  }
  return precedence;
}

std::string Precedence::Of(const arrow::RecordBatch& batch, int64_t row) const {
  std::string out;
  for (const Column& column : columns_) {
    const size_t begin = out.size();
    const KeyValue value = KeyValueAt(*batch.column(column.index), row);
    out.push_back(value.is_null ? '\0' : '\1');
    if (!value.is_null && value.is_text) AppendOrdered(out, value.text);
    if (!value.is_null && !value.is_text) AppendOrdered(out, value.number);
    if (!column.descending) continue;
    std::transform(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(),
                   out.begin() + static_cast<std::ptrdiff_t>(begin),
                   [](char byte) { return static_cast<char>(~byte); });
  }
  return out;
}

}  // namespace firn::pipeline
