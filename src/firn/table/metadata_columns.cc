// SPDX-License-Identifier: Apache-2.0

#include "firn/table/metadata_columns.h"

#include <algorithm>
#include <array>

namespace firn::table {
namespace {

const std::array<NestedField, 6>& Columns() {
  static const std::array<NestedField, 6> columns = {
      NestedField::Required(kFileColumn.value, "_file", Type::String()),
      NestedField::Required(kPositionColumn.value, "_pos", Type::Long()),
      NestedField::Required(kIsDeletedColumn.value, "_deleted", Type::Boolean()),
      NestedField::Required(kSpecIdColumn.value, "_spec_id", Type::Int()),
      NestedField::Optional(kRowIdColumn.value, "_row_id", Type::Long()),
      NestedField::Optional(kLastUpdatedColumn.value, "_last_updated_sequence_number",
                            Type::Long()),
  };
  return columns;
}

template <typename Matches>
const NestedField* FindColumn(Matches matches) {
  const auto found = std::ranges::find_if(Columns(), matches);
  return found == Columns().end() ? nullptr : &*found;
}

}  // namespace

std::span<const NestedField> MetadataColumns() {
  return Columns();
}

std::span<const NestedField> LineageColumns() {
  return MetadataColumns().last(2);
}

const NestedField* FindMetadataColumn(std::string_view name) {
  return FindColumn([name](const NestedField& column) { return column.name == name; });
}

const NestedField* FindMetadataColumn(FieldId id) {
  return FindColumn([id](const NestedField& column) { return column.id == id; });
}

}  // namespace firn::table
