// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include "firn/table/ids.h"
#include "firn/table/nested_field.h"

namespace firn::table {

// Ids of columns that no schema lists (spec, "Reserved Field IDs").
inline constexpr FieldId kFileColumn{2147483646};       ///< _file
inline constexpr FieldId kPositionColumn{2147483645};   ///< _pos
inline constexpr FieldId kIsDeletedColumn{2147483644};  ///< _deleted
inline constexpr FieldId kSpecIdColumn{2147483643};     ///< _spec_id
inline constexpr FieldId kPartitionColumn{2147483642};  ///< _partition, of the table's own type
inline constexpr FieldId kDeletedFilePathColumn{2147483546};  ///< file_path, of position deletes
inline constexpr FieldId kDeletedPositionColumn{2147483545};  ///< pos, of position deletes
inline constexpr FieldId kDeletedRowColumn{2147483544};       ///< row, of position deletes
inline constexpr FieldId kRowIdColumn{2147483540};            ///< _row_id
inline constexpr FieldId kLastUpdatedColumn{2147483539};      ///< _last_updated_sequence_number

/// The columns that every table offers beside those of its schema: where a row lies (_file, _pos,
/// _spec_id), whether it is deleted (_deleted) and its lineage (_row_id,
/// _last_updated_sequence_number).
std::span<const NestedField> MetadataColumns();
/// Finds one of them; null where there is none of that name or id.
const NestedField* FindMetadataColumn(std::string_view name);
const NestedField* FindMetadataColumn(FieldId id);

/// The two columns of row lineage (spec, "Row Lineage"), as data files store them.
std::span<const NestedField> LineageColumns();

}  // namespace firn::table
