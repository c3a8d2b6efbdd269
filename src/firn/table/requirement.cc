// SPDX-License-Identifier: Apache-2.0

#include "firn/table/requirement.h"

namespace firn::table {
namespace {

Error Changed(std::string_view what, const std::string& wanted, const std::string& found) {
  return Conflict(std::string(what) + " changed: expected " + wanted + ", found " + found);
}

template <typename Id>
Status CheckEqual(std::string_view what, Id wanted, Id found) {
  if (wanted == found) return Ok();
  return Changed(what, wanted.ToString(), found.ToString());
}

std::string NameOf(std::optional<SnapshotId> snapshot) {
  return snapshot ? "snapshot " + snapshot->ToString() : "no snapshot";
}

struct Checker {
  const TableMetadata& table;

  Status operator()(const AssertCreate&) const {
    return Conflict("table was created meanwhile", table.location);
  }
  Status operator()(const AssertTableUuid& asked) const {
    if (table.table_uuid == asked.uuid) return Ok();
    return Changed("table uuid", asked.uuid.ToString(),
                   table.table_uuid ? table.table_uuid->ToString() : "none");
  }
  Status operator()(const AssertRefSnapshotId& asked) const {
    const Ref* ref = table.FindRef(asked.ref);
    std::optional<SnapshotId> found;
    if (ref != nullptr) found = ref->snapshot_id;
    if (found == asked.snapshot_id) return Ok();
    return Changed("ref '" + asked.ref + "'", NameOf(asked.snapshot_id), NameOf(found));
  }
  Status operator()(const AssertLastAssignedFieldId& asked) const {
    return CheckEqual("last assigned field id", asked.last_assigned_field_id, table.last_column_id);
  }
  Status operator()(const AssertCurrentSchemaId& asked) const {
    return CheckEqual("current schema", asked.current_schema_id, table.current_schema_id);
  }
  Status operator()(const AssertLastAssignedPartitionId& asked) const {
    return CheckEqual("last assigned partition id", asked.last_assigned_partition_id,
                      table.last_partition_id);
  }
  Status operator()(const AssertDefaultSpecId& asked) const {
    return CheckEqual("default partition spec", asked.default_spec_id, table.default_spec_id);
  }
  Status operator()(const AssertDefaultSortOrderId& asked) const {
    return CheckEqual("default sort order", asked.default_sort_order_id,
                      table.default_sort_order_id);
  }
  Status operator()(const AssertProperty& asked) const {
    const auto found = table.properties.find(asked.key);
    const bool absent = found == table.properties.end();
    if (absent ? !asked.value : asked.value == found->second) return Ok();
    return Changed("table property '" + asked.key + "'", asked.value.value_or("none"),
                   absent ? "none" : found->second);
  }
};

}  // namespace

std::string_view RequirementName(const Requirement& requirement) {
  static constexpr std::string_view kNames[] = {
      "assert-create",
      "assert-table-uuid",
      "assert-ref-snapshot-id",
      "assert-last-assigned-field-id",
      "assert-current-schema-id",
      "assert-last-assigned-partition-id",
      "assert-default-spec-id",
      "assert-default-sort-order-id",
      "assert-property",
  };
  static_assert(std::size(kNames) == std::variant_size_v<Requirement>);
  return kNames[requirement.index()];
}

Status Check(const Requirement& requirement, const TableMetadata* metadata) {
  if (metadata != nullptr) return std::visit(Checker{*metadata}, requirement);
  if (std::holds_alternative<AssertCreate>(requirement)) return Ok();
  return Conflict("table does not exist", RequirementName(requirement));
}

}  // namespace firn::table
