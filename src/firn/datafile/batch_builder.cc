// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/batch_builder.h"

#include <utility>

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/conform.h"

namespace firn::datafile {
namespace {

// The type with extension types replaced by what they are stored as: those have no builders.
std::shared_ptr<arrow::DataType> StorageOf(const std::shared_ptr<arrow::DataType>& type) {
  const auto field = [](const std::shared_ptr<arrow::Field>& of) {
    return of->WithType(StorageOf(of->type()));
  };
  switch (type->id()) {
    case arrow::Type::EXTENSION:
      return static_cast<const arrow::ExtensionType&>(*type).storage_type();
    case arrow::Type::STRUCT: {
      arrow::FieldVector fields;
      for (const auto& child : type->fields())
        fields.push_back(field(child));
      return arrow::struct_(std::move(fields));
    }
    case arrow::Type::LIST:
      return arrow::list(field(type->field(0)));
    case arrow::Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(*type);
      return std::make_shared<arrow::MapType>(field(map.key_field()), field(map.item_field()));
    }
    default:
      return type;
  }
}

}  // namespace

BatchBuilder::BatchBuilder() = default;
BatchBuilder::~BatchBuilder() = default;
BatchBuilder::BatchBuilder(BatchBuilder&&) noexcept = default;
BatchBuilder& BatchBuilder::operator=(BatchBuilder&&) noexcept = default;

Result<BatchBuilder> BatchBuilder::Make(const table::Schema& schema) {
  BatchBuilder builder;
  FIRN_ASSIGN(builder.layout_, ToArrow(schema));
  for (const auto& field : builder.layout_->fields()) {
    std::unique_ptr<arrow::ArrayBuilder> column;
    FIRN_TRY(FromArrow(
        arrow::MakeBuilder(arrow::default_memory_pool(), StorageOf(field->type()), &column)));
    builder.columns_.push_back(std::move(column));
  }
  return builder;
}

size_t BatchBuilder::IndexOf(std::string_view name) const {
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (layout_->field(static_cast<int>(i))->name() == name) return i;
  }
  return columns_.size();
}

int64_t BatchBuilder::rows() const {
  return columns_.empty() ? 0 : columns_[0]->length();
}

Result<std::shared_ptr<arrow::RecordBatch>> BatchBuilder::Finish() {
  const int64_t row_count = rows();
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (size_t i = 0; i < columns_.size(); ++i) {
    FIRN_ASSIGN(auto array, FromArrow(columns_[i]->Finish()));
    if (array->length() != row_count) {
      return Internal("columns of a batch differ in length",
                      layout_->field(static_cast<int>(i))->name(), array->length(), row_count);
    }
    fields.push_back(layout_->field(static_cast<int>(i))->WithType(array->type()));
    arrays.push_back(std::move(array));
  }
  const auto stored =
      arrow::RecordBatch::Make(arrow::schema(std::move(fields)), row_count, std::move(arrays));
  return Conform(*stored, layout_, WriteRules());
}

}  // namespace firn::datafile
