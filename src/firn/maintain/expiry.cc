// SPDX-License-Identifier: Apache-2.0
//
// Mark, then sweep. The sweep only lists. Deleting is the commit's job: it asserts every ref read
// here, so it is refused once one moved. A ref made meanwhile escapes that, hence the catalog must
// itself refuse to drop a snapshot that a ref names.

#include "firn/maintain/expiry.h"

#include <algorithm>
#include <set>
#include <utility>

namespace firn::maintain {
namespace {

// Every snapshot a staying ref can reach, and the subset it keeps.
struct Marks {
  std::set<table::SnapshotId> reached, kept;
};

// Whether an instant of foreign metadata, which may be any number, lies further back than `age`.
bool IsOlder(TimeMs then, Millis age, TimeMs now) {
  int64_t passed = 0;
  if (__builtin_sub_overflow(now.value, then.value, &passed)) return then < now;
  return passed > age.value;
}

// Walks from `head`, the snapshot `ref` names: a tag stops there, a branch goes on to its oldest
// ancestor. Bounded by the snapshot count, so a parent loop ends as an error.
Status MarkRef(const table::TableMetadata& metadata, const table::Ref& ref,
               const table::Snapshot& head, const ExpiryLimits& limits, TimeMs now, Marks& marks) {
  const int64_t keep_min = ref.min_snapshots_to_keep.value_or(
      static_cast<int32_t>(std::min<int64_t>(limits.min_snapshots_to_keep, INT32_MAX)));
  const Millis keep_age = ref.max_snapshot_age.value_or(limits.max_snapshot_age);
  const table::Snapshot* at = &head;
  bool keeping = true;
  for (size_t depth = 0; at != nullptr; ++depth) {
    if (depth == metadata.snapshots.size()) return Corrupt("snapshot parents loop", at->id);
    const bool young = !IsOlder(at->timestamp, keep_age, now);
    keeping = depth == 0 || (keeping && (static_cast<int64_t>(depth) < keep_min || young));
    if (keeping) marks.kept.insert(at->id);
    marks.reached.insert(at->id);
    at = ref.is_branch() && at->parent_id ? metadata.FindSnapshot(*at->parent_id) : nullptr;
  }
  return Ok();
}

// True where nobody is known to want a snapshot that no ref reaches.
bool IsAbandoned(const table::Snapshot& snapshot, const ExpiryLimits& limits, TimeMs now) {
  return IsOlder(snapshot.timestamp, limits.max_snapshot_age, now) &&
         IsOlder(snapshot.timestamp, limits.min_staged_age, now);
}

class ExpireOperation : public table::Operation {
 public:
  explicit ExpireOperation(ExpiryRequest request) : request_(request) {}

  Result<table::CommitPlan> Plan(const table::TableMetadata& base,
                                 table::OperationContext context) const override {
    FIRN_TRY(CheckCleaningAllowed(base));
    const TimeMs now = context.env.NowMs();
    FIRN_ASSIGN(const ExpiryLimits limits, LimitsOf(base, request_, now));
    FIRN_ASSIGN(ExpiryPlan expiry,
                request_.only_current ? PlanOnlyCurrent(base) : PlanExpiry(base, limits, now));
    table::CommitPlan plan;
    if (expiry.empty()) return plan;
    if (base.table_uuid) plan.requirements.emplace_back(table::AssertTableUuid{*base.table_uuid});
    for (const auto& [name, ref] : base.refs) {
      plan.requirements.emplace_back(table::AssertRefSnapshotId{name, ref.snapshot_id});
    }
    for (std::string& name : expiry.refs) {
      plan.updates.emplace_back(table::RemoveSnapshotRef{std::move(name)});
    }
    if (!expiry.snapshots.empty()) {
      plan.updates.emplace_back(table::RemoveSnapshots{std::move(expiry.snapshots)});
    }
    return plan;
  }

 private:
  ExpiryRequest request_;
};

}  // namespace

Result<ExpiryLimits> LimitsOf(const table::TableMetadata& metadata, const ExpiryRequest& request,
                              TimeMs now) {
  ExpiryLimits limits;
  FIRN_ASSIGN(
      limits.max_snapshot_age.value,
      metadata.IntProperty("history.expire.max-snapshot-age-ms", limits.max_snapshot_age.value));
  FIRN_ASSIGN(
      limits.min_snapshots_to_keep,
      metadata.IntProperty("history.expire.min-snapshots-to-keep", limits.min_snapshots_to_keep));
  FIRN_ASSIGN(const int64_t max_ref_age,
              metadata.IntProperty("history.expire.max-ref-age-ms", INT64_MAX));
  if (max_ref_age != INT64_MAX) limits.max_ref_age = Millis{max_ref_age};
  if (request.older_than) limits.max_snapshot_age = now - *request.older_than;
  if (!request.retain_last) return limits;
  if (*request.retain_last < 1) {
    return InvalidArgument("at least one snapshot is kept", *request.retain_last);
  }
  limits.min_snapshots_to_keep = *request.retain_last;
  return limits;
}

Result<ExpiryPlan> PlanExpiry(const table::TableMetadata& metadata, const ExpiryLimits& limits,
                              TimeMs now) {
  ExpiryPlan plan;
  Marks marks;
  for (const auto& [name, ref] : metadata.refs) {
    const table::Snapshot* head = metadata.FindSnapshot(ref.snapshot_id);
    if (head == nullptr) return Corrupt("ref names an absent snapshot", name, ref.snapshot_id);
    const std::optional<Millis> max_age = ref.max_ref_age ? ref.max_ref_age : limits.max_ref_age;
    if (name != table::kMainBranch && max_age && IsOlder(head->timestamp, *max_age, now)) {
      plan.refs.push_back(name);
      continue;
    }
    FIRN_TRY(MarkRef(metadata, ref, *head, limits, now, marks));
  }
  for (const table::Snapshot& snapshot : metadata.snapshots) {
    const bool reached = marks.reached.contains(snapshot.id);
    const bool goes =
        reached ? !marks.kept.contains(snapshot.id) : IsAbandoned(snapshot, limits, now);
    if (goes) plan.snapshots.push_back(snapshot.id);
  }
  return plan;
}

ExpiryPlan PlanOnlyCurrent(const table::TableMetadata& metadata) {
  ExpiryPlan plan;
  for (const auto& [name, ref] : metadata.refs) {
    if (name != table::kMainBranch && ref.snapshot_id != metadata.current_snapshot_id) {
      plan.refs.push_back(name);
    }
  }
  for (const table::Snapshot& snapshot : metadata.snapshots) {
    if (snapshot.id != metadata.current_snapshot_id) plan.snapshots.push_back(snapshot.id);
  }
  return plan;
}

std::unique_ptr<table::Operation> ExpireSnapshots(ExpiryRequest request) {
  return std::make_unique<ExpireOperation>(request);
}

Status CheckCleaningAllowed(const table::TableMetadata& metadata) {
  if (metadata.Property("gc.enabled", "true") != "false") return Ok();
  return Forbidden("gc.enabled is false: the table's files may belong to others")
      .WithHint("set gc.enabled to true where no other table uses them");
}

}  // namespace firn::maintain
