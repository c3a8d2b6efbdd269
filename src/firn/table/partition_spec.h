// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "firn/base/json.h"
#include "firn/base/result.h"
#include "firn/table/ids.h"
#include "firn/table/literal.h"
#include "firn/table/schema.h"
#include "firn/table/transform.h"

namespace firn::table {

/// The id of the last partition field of a table that never had one.
inline constexpr FieldId kPartitionFieldIdBase{999};

/// One value of the partition tuple: a transformed column.
struct PartitionField {
  FieldId source_id{};
  FieldId field_id{};  ///< From 1000 on; unique across the specs of a table.
  std::string name;
  Transform transform;
  /// The sources after the first, of a transform of several columns (v3). No such transform is
  /// defined yet: it is always unknown, kept, and never filtered by.
  std::vector<FieldId> other_source_ids{};
  Json unknown{};  ///< Fields of its JSON that this version does not know, written back.

  friend bool operator==(const PartitionField&, const PartitionField&) = default;
};

/// How the rows of a file were grouped.
struct PartitionSpec {
  SpecId id{};
  std::vector<PartitionField> fields;
  Json unknown{};  ///< Fields of its JSON that this version does not know, written back.

  friend bool operator==(const PartitionSpec&, const PartitionSpec&) = default;

  /// Tells whether it groups nothing (no field, or only void ones).
  bool is_unpartitioned() const;
  /// Tells whether both make the same partitions under the same names; ids do not count.
  bool IsCompatibleWith(const PartitionSpec& other) const;
  /// Renders "[1000: ts_month: month(5), ...]".
  std::string ToString() const;
  FieldId highest_field_id() const;  ///< `kPartitionFieldIdBase` if there is no field.
};

/// The partition tuple of a file: one value, or null, per field of its spec.
using PartitionData = std::vector<std::optional<Literal>>;

/// Checks that sources exist, transforms take them, and names do not clash.
/// Errors: `kInvalidArgument`, naming the field.
Status CheckPartitionSpec(const PartitionSpec& spec, const Schema& schema);

/// The type of the spec's tuple: a struct of optional fields. A field whose source column was
/// dropped is typed by its transform (string where that says nothing).
Type PartitionType(const PartitionSpec& spec, const Schema& schema);

/// Checks that columns which `specs` partition by keep their partition values although their type
/// changes from `before` to `after` (spec, "Schema Evolution": a date becoming a timestamp keeps
/// its year, month and day, but neither its identity nor its bucket).
/// Errors: `kInvalidArgument`, naming the column and the partition field.
Status CheckPartitionsKeepValues(const std::vector<PartitionSpec>& specs, const Schema& before,
                                 const Schema& after);

/// Renders a tuple as folders: "platform=claude_code/timestamp_month=2025-11"; names and values
/// are URL-encoded, "" for an unpartitioned spec.
std::string PartitionPath(const PartitionSpec& spec, const PartitionData& data);

/// A partition field to be: named by column, the field id still open.
struct PartitionFieldRequest {
  std::string column;
  Transform transform;
  std::string name;  ///< "" = as other engines name it: "ts_month", "id_bucket_16".
};

/// Builds a spec on `schema`. Fields that `existing` specs have with equal source and transform
/// keep their ids; others count on from `last_partition_id`.
Result<PartitionSpec> BuildPartitionSpec(SpecId id, const Schema& schema,
                                         const std::vector<PartitionFieldRequest>& fields,
                                         const std::vector<PartitionSpec>& existing = {},
                                         FieldId last_partition_id = kPartitionFieldIdBase);

Json PartitionSpecToJson(const PartitionSpec& spec);
Result<PartitionSpec> PartitionSpecFromJson(const Json& json);
/// Reads the bare field list of format version 1; fields without ids count from 1000.
Result<PartitionSpec> PartitionFieldsFromJson(SpecId id, const Json& fields);

}  // namespace firn::table
