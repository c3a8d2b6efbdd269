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

Json SnapshotToJson(const Snapshot& snapshot, int format_version);
Result<Snapshot> SnapshotFromJson(const Json& json);

}  // namespace firn::table
