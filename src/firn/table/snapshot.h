// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/json.h"
#include "firn/base/result.h"
#include "firn/base/time.h"
#include "firn/table/ids.h"

namespace firn::table {

inline constexpr std::string_view kOperationAppend = "append";
inline constexpr std::string_view kOperationReplace = "replace";
inline constexpr std::string_view kOperationOverwrite = "overwrite";
inline constexpr std::string_view kOperationDelete = "delete";

/// The state of a table at one time: a list of manifests (spec, "Snapshots").
struct Snapshot {
  SnapshotId id{};
  std::optional<SnapshotId> parent_id;
  SequenceNumber sequence_number{};
  TimeMs timestamp{};
  std::string manifest_list;                   ///< Location; "" where v1 lists `manifests` instead.
  std::vector<std::string> manifests;          ///< v1 only.
  std::map<std::string, std::string> summary;  ///< With "operation"; empty where v1 has none.
  std::optional<SchemaId> schema_id;
  std::optional<int64_t> first_row_id;  ///< v3
  std::optional<int64_t> added_rows;    ///< v3
  Json unknown;                         ///< Fields this version does not know, written back.

  friend bool operator==(const Snapshot&, const Snapshot&) = default;
  /// "append", "overwrite", "delete", "replace", or "" where unknown.
  std::string_view operation() const;
};

/// When `snapshot_id` became the table's current snapshot (spec, "snapshot-log").
struct SnapshotLogEntry {
  TimeMs timestamp{};
  SnapshotId snapshot_id{};
  Json unknown{};  ///< Fields of its JSON that this version does not know, written back.
  friend bool operator==(const SnapshotLogEntry&, const SnapshotLogEntry&) = default;
};

/// Appends how a metadata file of `format_version` says it.
void AppendJson(const Snapshot& snapshot, int format_version, std::string& out);
void AppendJson(const SnapshotLogEntry& entry, int format_version, std::string& out);

Json SnapshotToJson(const Snapshot& snapshot, int format_version);
Json SnapshotLogEntryToJson(const SnapshotLogEntry& entry);
Result<Snapshot> SnapshotFromJson(const Json& json);

}  // namespace firn::table
