// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "firn/base/result.h"
#include "firn/base/time.h"
#include "firn/table/metadata.h"

namespace firn::table {

// The changes of metadata, by the names of the REST specification's update actions ("assign-uuid",
// "add-schema", ...). An id of -1 in SetCurrentSchema, SetDefaultSpec and SetDefaultSortOrder
// names the one added last in the same list.

struct AssignUuid {
  Uuid uuid;
};
struct UpgradeFormatVersion {
  int format_version = 2;
};
struct AddSchema {
  Schema schema;
  FieldId last_column_id{};
};  ///< 0 = the highest in `schema`.
struct SetCurrentSchema {
  SchemaId schema_id{-1};
};
struct RemoveSchemas {
  std::vector<SchemaId> schema_ids;
};
struct AddSpec {
  PartitionSpec spec;
};
struct SetDefaultSpec {
  SpecId spec_id{-1};
};
struct RemovePartitionSpecs {
  std::vector<SpecId> spec_ids;
};
struct AddSortOrder {
  SortOrder sort_order;
};
struct SetDefaultSortOrder {
  SortOrderId sort_order_id{-1};
};
struct AddSnapshot {
  Snapshot snapshot;
};
struct SetSnapshotRef {
  std::string name;
  Ref ref;
};
struct RemoveSnapshots {
  std::vector<SnapshotId> snapshot_ids;
};
struct RemoveSnapshotRef {
  std::string name;
};
struct SetLocation {
  std::string location;
};
struct SetProperties {
  std::map<std::string, std::string> updates;
};
struct RemoveProperties {
  std::vector<std::string> removals;
};
struct SetStatistics {
  StatisticsFile statistics;
};
struct RemoveStatistics {
  SnapshotId snapshot_id{};
};
struct SetPartitionStatistics {
  StatisticsFile statistics;
};
struct RemovePartitionStatistics {
  SnapshotId snapshot_id{};
};
struct AddEncryptionKey {
  Json key;
};
struct RemoveEncryptionKey {
  std::string key_id;
};

using TableUpdate =
    std::variant<AssignUuid, UpgradeFormatVersion, AddSchema, SetCurrentSchema, RemoveSchemas,
                 AddSpec, SetDefaultSpec, RemovePartitionSpecs, AddSortOrder, SetDefaultSortOrder,
                 AddSnapshot, SetSnapshotRef, RemoveSnapshots, RemoveSnapshotRef, SetLocation,
                 SetProperties, RemoveProperties, SetStatistics, RemoveStatistics,
                 SetPartitionStatistics, RemovePartitionStatistics, AddEncryptionKey,
                 RemoveEncryptionKey>;

/// The action's name in the REST specification: "add-snapshot".
std::string_view ActionName(const TableUpdate& update);

/// Applies `updates` in order and returns the metadata after the last; `now` becomes
/// `last_updated` and the time of snapshot log entries.
///
/// Pure. Adding what exists (an equal schema, spec or order) reuses it. The metadata log is not
/// touched: whoever writes the file knows the name of the one before (`PushMetadataLog`).
/// Errors: `kInvalidArgument` for an update that cannot be applied at all; `kConflict` for a
/// snapshot whose sequence number or first row id is stale; `kNotFound` for unknown ids.
Result<TableMetadata> ApplyUpdates(TableMetadata base, std::span<const TableUpdate> updates,
                                   TimeMs now);

/// Appends the metadata file that `metadata` replaces to its log, and cuts the log to the length
/// write.metadata.previous-versions-max (default 100). Returns the entries cut off.
std::vector<MetadataLogEntry> PushMetadataLog(TableMetadata& metadata, TimeMs replaced_updated,
                                              std::string replaced_location);

}  // namespace firn::table
