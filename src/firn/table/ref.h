// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "firn/base/json.h"
#include "firn/base/result.h"
#include "firn/base/time.h"
#include "firn/table/ids.h"

namespace firn::table {

/// The branch that is the table itself.
inline constexpr std::string_view kMainBranch = "main";

enum class RefType : uint8_t { kBranch, kTag };

/// A named pointer to a snapshot; limits that are unset come from the table's properties.
struct Ref {
  SnapshotId snapshot_id{};
  RefType type = RefType::kBranch;
  std::optional<int32_t> min_snapshots_to_keep;  ///< Of a branch.
  std::optional<Millis> max_snapshot_age;        ///< Of a branch.
  std::optional<Millis> max_ref_age;
  Json unknown{};  ///< Fields of its JSON that this version does not know, written back.

  friend bool operator==(const Ref&, const Ref&) = default;
  bool is_branch() const { return type == RefType::kBranch; }
};

Json RefToJson(const Ref& ref);
Result<Ref> RefFromJson(const Json& json);

}  // namespace firn::table
