// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "firn/base/result.h"
#include "firn/table/metadata.h"

namespace firn::table {

// What must hold of the metadata for a commit to land, by the names of the REST specification.

struct AssertCreate {};  ///< The table must not exist.
struct AssertTableUuid {
  Uuid uuid;
};
/// The ref must point to the snapshot; unset = the ref must not exist (for main: no snapshot yet).
struct AssertRefSnapshotId {
  std::string ref;
  std::optional<SnapshotId> snapshot_id;
};
struct AssertLastAssignedFieldId {
  FieldId last_assigned_field_id{};
};
struct AssertCurrentSchemaId {
  SchemaId current_schema_id{};
};
struct AssertLastAssignedPartitionId {
  FieldId last_assigned_partition_id{};
};
struct AssertDefaultSpecId {
  SpecId default_spec_id{};
};
struct AssertDefaultSortOrderId {
  SortOrderId default_sort_order_id{};
};

/// Ours, not of the REST specification, so only for catalogs in this process: a table property must
/// hold the value (unset = be absent).
struct AssertProperty {
  std::string key;
  std::optional<std::string> value;
};

using Requirement =
    std::variant<AssertCreate, AssertTableUuid, AssertRefSnapshotId, AssertLastAssignedFieldId,
                 AssertCurrentSchemaId, AssertLastAssignedPartitionId, AssertDefaultSpecId,
                 AssertDefaultSortOrderId, AssertProperty>;

/// The requirement's type in the REST specification: "assert-ref-snapshot-id".
std::string_view RequirementName(const Requirement& requirement);

/// Checks a requirement against the table's metadata; null = there is no table.
/// Errors: `kConflict`, with what was asked and what is.
Status Check(const Requirement& requirement, const TableMetadata* metadata);

}  // namespace firn::table
