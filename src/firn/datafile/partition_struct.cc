// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/partition_struct.h"

#include <optional>
#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/type.h>

#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/literal_array.h"
#include "firn/datafile/partition_statistics.h"
#include "firn/table/metadata_columns.h"

namespace firn::datafile {
namespace {

// What a file's tuple says of a field; unset for null, and where the file's spec does not have it.
std::optional<table::Literal> ValueOf(const table::DataFile& file, const table::PartitionSpec* spec,
                                      table::FieldId field) {
  for (size_t at = 0; spec != nullptr && at < spec->fields.size(); ++at) {
    if (spec->fields[at].field_id == field && at < file.partition.size()) return file.partition[at];
  }
  return std::nullopt;
}

}  // namespace

Result<PartitionStruct> PartitionStruct::Of(const table::TableMetadata& metadata) {
  PartitionStruct out(metadata);
  out.fields_ = UnifiedPartitionFields(metadata);
  if (out.fields_.empty()) {
    return NotFound("no _partition: the table was never partitioned", metadata.location);
  }
  const auto type = table::Type::Struct(out.fields_);
  FIRN_ASSIGN(const auto alone,
              table::Schema::Make(table::SchemaId(0),
                                  {table::NestedField::Required(table::kPartitionColumn.value,
                                                                "_partition", type)}));
  FIRN_ASSIGN(const auto layout, ToArrow(alone));
  out.field_ = layout->field(0);
  return out;
}

Result<std::shared_ptr<arrow::Array>> PartitionStruct::Make(const table::DataFile& file,
                                                            int64_t rows) const {
  const table::PartitionSpec* spec = metadata_->FindSpec(file.spec_id);
  arrow::ArrayVector children;
  for (size_t at = 0; at < fields_.size(); ++at) {
    const auto value = ValueOf(file, spec, fields_[at].id);
    if (!value) {
      const auto& type = field_->type()->field(static_cast<int>(at))->type();
      FIRN_ASSIGN(children.emplace_back(), FromArrow(arrow::MakeArrayOfNull(type, rows)));
      continue;
    }
    FIRN_ASSIGN(const table::Literal today, value->CastTo(fields_[at].type));
    FIRN_ASSIGN(children.emplace_back(), RepeatLiteral(today, rows));
  }
  return std::make_shared<arrow::StructArray>(field_->type(), rows, std::move(children));
}

}  // namespace firn::datafile
