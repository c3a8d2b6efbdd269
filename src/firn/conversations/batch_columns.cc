// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/batch_columns.h"

#include "firn/base/assert.h"
#include "firn/datafile/arrow_wall.h"

namespace firn::conversations {

using datafile::FromArrow;

Result<BatchColumns> BatchColumns::Make(std::shared_ptr<arrow::Schema> schema) {
  BatchColumns columns;
  columns.schema_ = std::move(schema);
  for (const std::shared_ptr<arrow::Field>& field : columns.schema_->fields()) {
    FIRN_ASSIGN(std::unique_ptr<arrow::ArrayBuilder> builder,
                FromArrow(arrow::MakeBuilder(field->type())));
    columns.builders_.push_back(std::move(builder));
  }
  return columns;
}

BatchColumns& BatchColumns::Note(const arrow::Status& status) {
  if (status_.ok()) status_ = status;
  return *this;
}

template <typename Builder, typename Value>
BatchColumns& BatchColumns::Append(const std::optional<Value>& value) {
  auto* builder = dynamic_cast<Builder*>(&Next());
  FIRN_ASSERT(builder != nullptr);  // A column of another type: the calls do not fit the schema.
  return Note(value ? builder->Append(*value) : builder->AppendNull());
}

BatchColumns& BatchColumns::Text(std::optional<std::string_view> value) {
  return Append<arrow::StringBuilder>(value);
}

BatchColumns& BatchColumns::Bytes(std::string_view value) {
  return Append<arrow::BinaryBuilder>(std::optional(value));
}

BatchColumns& BatchColumns::Int(std::optional<int32_t> value) {
  return Append<arrow::Int32Builder>(value);
}

BatchColumns& BatchColumns::Long(std::optional<int64_t> value) {
  return Append<arrow::Int64Builder>(value);
}

BatchColumns& BatchColumns::Flag(std::optional<bool> value) {
  return Append<arrow::BooleanBuilder>(value);
}

BatchColumns& BatchColumns::Time(std::optional<TimeUs> value) {
  if (!value) return Null();
  return Append<arrow::TimestampBuilder>(std::optional(value->value));
}

BatchColumns& BatchColumns::Decimal(std::optional<int64_t> unscaled) {
  if (!unscaled) return Null();
  return Append<arrow::Decimal128Builder>(std::optional(arrow::Decimal128(*unscaled)));
}

BatchColumns& BatchColumns::Texts(const std::vector<std::string>& values) {
  auto* list = dynamic_cast<arrow::ListBuilder*>(&Next());
  FIRN_ASSERT(list != nullptr);
  Note(list->Append());
  auto& texts = static_cast<arrow::StringBuilder&>(*list->value_builder());
  for (const std::string& value : values)
    Note(texts.Append(value));
  return *this;
}

BatchColumns& BatchColumns::Null() {
  return Note(Next().AppendNull());
}

void BatchColumns::EndRow() {
  FIRN_ASSERT(next_ == builders_.size());
  next_ = 0;
  ++rows_;
}

Result<std::shared_ptr<arrow::RecordBatch>> BatchColumns::Finish() {
  FIRN_TRY(FromArrow(status_));
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const std::unique_ptr<arrow::ArrayBuilder>& builder : builders_) {
    FIRN_ASSIGN(std::shared_ptr<arrow::Array> array, FromArrow(builder->Finish()));
    arrays.push_back(std::move(array));
  }
  const int64_t rows = std::exchange(rows_, 0);
  return arrow::RecordBatch::Make(schema_, rows, std::move(arrays));
}

}  // namespace firn::conversations
