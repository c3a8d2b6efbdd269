// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/column_access.h"

#include <utility>

#include "firn/datafile/arrow_wall.h"

namespace firn::ingest {

RowsBuilder::RowsBuilder(std::shared_ptr<arrow::Schema> schema) : schema_(std::move(schema)) {
  for (const auto& field : schema_->fields()) {
    std::unique_ptr<arrow::ArrayBuilder> builder;
    status_ &= arrow::MakeBuilder(arrow::default_memory_pool(), field->type(), &builder);
    builders_.push_back(std::move(builder));
  }
}

template <typename Builder, typename Value>
RowsBuilder& RowsBuilder::Append(const Value* value) {
  if (!status_.ok()) return *this;
  auto* builder = dynamic_cast<Builder*>(builders_[next_++].get());
  FIRN_ASSERT(builder != nullptr);
  status_ = value == nullptr ? builder->AppendNull() : builder->Append(*value);
  return *this;
}

RowsBuilder& RowsBuilder::Text(std::string_view value) {
  return Append<arrow::StringBuilder>(&value);
}

RowsBuilder& RowsBuilder::TextOrNull(std::string_view value) {
  return Append<arrow::StringBuilder>(value.empty() ? nullptr : &value);
}

RowsBuilder& RowsBuilder::Int(int32_t value) {
  return Append<arrow::Int32Builder>(&value);
}

RowsBuilder& RowsBuilder::Long(int64_t value) {
  return Append<arrow::Int64Builder>(&value);
}

RowsBuilder& RowsBuilder::LongOrNull(std::optional<int64_t> value) {
  return Append<arrow::Int64Builder>(value ? &*value : nullptr);
}

RowsBuilder& RowsBuilder::TimeOrNull(std::optional<TimeUs> value) {
  return Append<arrow::TimestampBuilder>(value ? &value->value : nullptr);
}

Status RowsBuilder::EndRow() {
  FIRN_TRY(datafile::FromArrow(status_));
  FIRN_ASSERT(next_ == builders_.size());
  next_ = 0;
  ++rows_;
  return Ok();
}

Result<std::shared_ptr<arrow::RecordBatch>> RowsBuilder::Finish() {
  FIRN_TRY(datafile::FromArrow(status_));
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (const auto& builder : builders_) {
    FIRN_ASSIGN(columns.emplace_back(), datafile::FromArrow(builder->Finish()));
  }
  return arrow::RecordBatch::Make(schema_, std::exchange(rows_, 0), std::move(columns));
}

}  // namespace firn::ingest
