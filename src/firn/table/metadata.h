// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firn/base/env.h"
#include "firn/base/json.h"
#include "firn/base/result.h"
#include "firn/base/time.h"
#include "firn/base/uuid.h"
#include "firn/table/format_rules.h"
#include "firn/table/history_list.h"
#include "firn/table/ids.h"
#include "firn/table/partition_spec.h"
#include "firn/table/ref.h"
#include "firn/table/schema.h"
#include "firn/table/snapshot.h"
#include "firn/table/sort_order.h"

namespace firn::table {

/// An earlier metadata file.
struct MetadataLogEntry {
  TimeMs timestamp{};
  std::string metadata_file;
  Json unknown{};  ///< Fields of its JSON that this version does not know, written back.
  friend bool operator==(const MetadataLogEntry&, const MetadataLogEntry&) = default;
};

/// A statistics (or partition statistics) file: what it is about, and its description as written.
struct StatisticsFile {
  SnapshotId snapshot_id{};
  Json json;
  friend bool operator==(const StatisticsFile&, const StatisticsFile&) = default;
};

/// All that is known of a table (spec, "Table Metadata Fields"). A value; equal inputs to
/// `ApplyUpdates` make equal values. Well-formed when it comes from `ParseMetadata`,
/// `NewTableMetadata` or `ApplyUpdates`: the current ids then name things that exist.
struct TableMetadata {
  int format_version = 2;
  std::optional<Uuid> table_uuid;  ///< Unset only in old v1 tables.
  std::string location;
  SequenceNumber last_sequence_number{};
  TimeMs last_updated{};
  FieldId last_column_id{};
  std::vector<Schema> schemas;
  SchemaId current_schema_id{};
  std::vector<PartitionSpec> partition_specs;
  SpecId default_spec_id{};
  FieldId last_partition_id = kPartitionFieldIdBase;
  std::vector<SortOrder> sort_orders;
  SortOrderId default_sort_order_id{};
  std::map<std::string, std::string> properties;
  std::optional<SnapshotId> current_snapshot_id;
  SnapshotList snapshots;
  SnapshotLog snapshot_log;
  std::vector<MetadataLogEntry> metadata_log;
  std::map<std::string, Ref, std::less<>> refs;
  std::vector<StatisticsFile> statistics;
  std::vector<StatisticsFile> partition_statistics;
  int64_t next_row_id = 0;      ///< v3
  Json::Array encryption_keys;  ///< v3, kept as written.
  Json unknown;                 ///< Fields this version does not know, written back.

  friend bool operator==(const TableMetadata&, const TableMetadata&) = default;

  const FormatRules& rules() const { return RulesOf(format_version); }
  const Schema& schema() const;              ///< The current one.
  const PartitionSpec& spec() const;         ///< The default one.
  const SortOrder& sort_order() const;       ///< The default one.
  const Snapshot* current_snapshot() const;  ///< Null while the table is empty.

  const Schema* FindSchema(SchemaId id) const;
  const PartitionSpec* FindSpec(SpecId id) const;
  const SortOrder* FindSortOrder(SortOrderId id) const;
  const Snapshot* FindSnapshot(SnapshotId id) const;
  const Ref* FindRef(std::string_view name) const;
  /// The snapshot `name` (a branch or tag) points to; null where there is none.
  const Snapshot* SnapshotOfRef(std::string_view name) const;
  /// The snapshot that was current at `time`, by the snapshot log; null before the first.
  const Snapshot* SnapshotAsOf(TimeMs time) const;
  /// The schema a snapshot is read with: its own, else the current one.
  const Schema& SchemaOf(const Snapshot& snapshot) const;

  /// A property, or `fallback`.
  std::string Property(std::string_view key, std::string_view fallback) const;
  /// A property that is a whole number. Errors: `kInvalidArgument` where it is something else.
  Result<int64_t> IntProperty(std::string_view key, int64_t fallback) const;
};

/// Lists `head` and its ancestors, newest first, as far as they are known.
/// Errors: `kCorrupt` when parents form a loop.
Result<std::vector<const Snapshot*>> Ancestors(const TableMetadata& metadata, SnapshotId head);
/// Tells whether `ancestor` is `head` or one of its ancestors.
Result<bool> IsAncestor(const TableMetadata& metadata, SnapshotId ancestor, SnapshotId head);

/// Tells whether a file is the table's own: it lies below the table's location, or below the folder
/// that write.data.path, write.metadata.path or write.object-storage.path names.
///
/// Metadata may name files anywhere (added from elsewhere, or by somebody hostile). Such files are
/// read where the caller allows it, but whoever deletes must ask here first: what lies outside is
/// never ours to delete. Locations with ".." segments are always outside.
bool IsOwnFile(const TableMetadata& metadata, std::string_view location);

/// What a new table is made of. Field ids of `schema` are only references for `spec` and `order`:
/// all are assigned anew.
struct NewTable {
  Schema schema;
  PartitionSpec spec;
  SortOrder sort_order;
  std::string location;
  std::map<std::string, std::string> properties;  ///< "format-version" chooses the version.
};

/// Makes the first metadata of a table. Errors: `kInvalidArgument` where the parts do not fit.
Result<TableMetadata> NewTableMetadata(const NewTable& table, Env& env);

}  // namespace firn::table
