// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/base/time.h"
#include "firn/table/metadata.h"
#include "firn/table/operation.h"

namespace firn::maintain {

/// How long history is kept, as far as no ref says otherwise.
struct ExpiryLimits {
  Millis max_snapshot_age = Millis::Days(5);
  int64_t min_snapshots_to_keep = 1;
  std::optional<Millis> max_ref_age;  ///< Unset: refs are kept for ever.
  /// A staged snapshot younger than this stays whatever the other limits say: somebody may be about
  /// to publish it.
  Millis min_staged_age = Millis::Days(1);
};

/// What a person asks for in place of the table's own limits.
struct ExpiryRequest {
  std::optional<TimeMs> older_than;    ///< Instead of history.expire.max-snapshot-age-ms.
  std::optional<int64_t> retain_last;  ///< Instead of history.expire.min-snapshots-to-keep.
  /// Everything but the current snapshot goes, and every ref that is not at it, whatever anybody
  /// else says: for rows that must not be found again.
  bool only_current = false;
};

/// Reads the limits that the table's properties history.expire.* set, and puts those of `request`
/// in their place. Errors: `kInvalidArgument` for a property that is no whole number, and for a
/// `retain_last` below 1.
Result<ExpiryLimits> LimitsOf(const table::TableMetadata& metadata, const ExpiryRequest& request,
                              TimeMs now);

/// What one expiry run takes out of a table's history. Says nothing of files: those are found by
/// `PlanCleanup`, and only once the commit of this plan is known to have landed.
struct ExpiryPlan {
  std::vector<std::string> refs;             ///< Branches and tags to drop, sorted by name.
  std::vector<table::SnapshotId> snapshots;  ///< Snapshots nothing keeps, in metadata order.

  friend bool operator==(const ExpiryPlan&, const ExpiryPlan&) = default;
  bool empty() const { return refs.empty() && snapshots.empty(); }
};

/// Decides which refs and snapshots of `metadata` may go at the instant `now` (spec, "Snapshot
/// Retention Policy").
///
/// Pure: reads no clock and opens no file, so equal inputs give equal plans.
/// A ref goes when its head is older than its largest age; `main` never goes. A snapshot stays when
///   - a ref that stays names it, or
///   - it follows the head of a branch that stays in an unbroken run of ancestors, each among the
///     newest to keep or no older than the largest snapshot age, or
///   - no ref that stays reaches it and it is younger than the largest snapshot age or than
///     `min_staged_age` (a staged write).
/// Limits a ref leaves unset come from `limits`.
/// Errors: `kCorrupt` when a ref names an absent snapshot, or when parents form a loop.
Result<ExpiryPlan> PlanExpiry(const table::TableMetadata& metadata, const ExpiryLimits& limits,
                              TimeMs now);

/// Decides the same for a table of which nothing but its current snapshot is to stay.
ExpiryPlan PlanOnlyCurrent(const table::TableMetadata& metadata);

/// Expires snapshots as a commit: plans on the metadata of that moment, with the clock of the
/// commit. Asserts every ref it read, so it is planned again once one moved; a ref made meanwhile
/// makes the catalog refuse to drop its snapshot. Plans no update where nothing expires.
/// Errors of `Plan`: those of `LimitsOf` and `PlanExpiry`; `kForbidden` where the property
/// gc.enabled is false: the table's files are then not its own to delete.
std::unique_ptr<table::Operation> ExpireSnapshots(ExpiryRequest request);

/// Refuses a table whose property gc.enabled is false. Errors: `kForbidden`.
Status CheckCleaningAllowed(const table::TableMetadata& metadata);

}  // namespace firn::maintain
