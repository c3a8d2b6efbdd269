// SPDX-License-Identifier: Apache-2.0

#include "firn/maintain/expiry.h"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "firn/base/testing.h"
#include "firn/maintain/testing.h"
#include "firn/table/ref_operations.h"

namespace firn::maintain {
namespace {

using table::SnapshotId;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr TimeMs kNow{Millis::Days(20'000).value};

// Metadata with snapshots that were made on the days before now that are given: the first one, id
// 1, has no parent, each other one follows the one before.
table::TableMetadata LineOf(const std::vector<int64_t>& ages_days) {
  table::TableMetadata metadata;
  int64_t id = 0;
  for (const int64_t age : ages_days) {
    table::Snapshot snapshot;
    snapshot.id = SnapshotId(++id);
    if (id > 1) snapshot.parent_id = SnapshotId(id - 1);
    snapshot.timestamp = kNow - Millis::Days(age);
    metadata.snapshots.push_back(snapshot);
  }
  metadata.current_snapshot_id = SnapshotId(id);
  metadata.refs["main"] = {SnapshotId(id), table::RefType::kBranch, {}, {}, {}};
  return metadata;
}

table::Ref Tag(int64_t snapshot) {
  return {SnapshotId(snapshot), table::RefType::kTag, {}, {}, {}};
}

// Changes one snapshot of a line, which otherwise never change.
template <typename Change>
void ChangeSnapshot(table::TableMetadata& metadata, size_t at, Change change) {
  table::Snapshot snapshot = metadata.snapshots[at];
  change(snapshot);
  metadata.snapshots.Replace(at, std::move(snapshot));
}

std::vector<int64_t> Expired(const table::TableMetadata& metadata,
                             const ExpiryLimits& limits = {}) {
  const auto plan = PlanExpiry(metadata, limits, kNow);
  EXPECT_THAT(plan, IsOk());
  std::vector<int64_t> ids;
  for (const SnapshotId id : plan->snapshots)
    ids.push_back(id.value);
  return ids;
}

TEST(PlanExpiry, TakesWhatIsOlderThanTheLimit) {
  EXPECT_THAT(Expired(LineOf({9, 6, 5, 1})), ElementsAre(1, 2));
}

TEST(PlanExpiry, KeepsTheSnapshotABranchIsAtHoweverOld) {
  EXPECT_THAT(Expired(LineOf({900, 800})), ElementsAre(1));
}

TEST(PlanExpiry, KeepsAsManySnapshotsAsAskedFor) {
  ExpiryLimits limits;
  limits.min_snapshots_to_keep = 3;
  EXPECT_THAT(Expired(LineOf({90, 80, 70, 60}), limits), ElementsAre(1));
}

TEST(PlanExpiry, KeepsTheSnapshotATagNames) {
  table::TableMetadata metadata = LineOf({90, 80, 70});
  metadata.refs["release"] = Tag(2);
  EXPECT_THAT(Expired(metadata), ElementsAre(1));
}

TEST(PlanExpiry, KeepsAnUnbrokenRunOfAncestors) {
  // The clock went back: 1 is younger than 2, but nothing reaches it without 2.
  EXPECT_THAT(Expired(LineOf({1, 90, 1})), ElementsAre(1, 2));
}

TEST(PlanExpiry, JudgesEachBranchByItsOwnLimits) {
  table::TableMetadata metadata = LineOf({90, 80, 70, 1});
  metadata.refs["audit"] = {SnapshotId(3), table::RefType::kBranch, 2, Millis::Days(1), {}};
  EXPECT_THAT(Expired(metadata), ElementsAre(1));
  metadata.refs["audit"] = {SnapshotId(3), table::RefType::kBranch, 1, Millis::Days(85), {}};
  EXPECT_THAT(Expired(metadata), ElementsAre(1));
}

TEST(PlanExpiry, DropsARefPastItsAgeAndWhatOnlyItKept) {
  table::TableMetadata metadata = LineOf({90, 80, 1});
  metadata.refs["old"] = Tag(1);
  metadata.refs["old"].max_ref_age = Millis::Days(30);
  metadata.refs["kept"] = Tag(2);
  metadata.refs["kept"].max_ref_age = Millis::Days(81);
  const auto plan = PlanExpiry(metadata, {}, kNow);
  ASSERT_THAT(plan, IsOk());
  EXPECT_THAT(plan->refs, ElementsAre("old"));
  EXPECT_THAT(plan->snapshots, ElementsAre(SnapshotId(1)));
}

TEST(PlanExpiry, NeverDropsMain) {
  table::TableMetadata metadata = LineOf({900});
  metadata.refs["main"].max_ref_age = Millis{1};
  ExpiryLimits limits;
  limits.max_ref_age = Millis{1};
  EXPECT_THAT(PlanExpiry(metadata, limits, kNow), HasValue(ExpiryPlan{}));
}

TEST(PlanExpiry, TakesAStagedSnapshotOnlyOnceItIsOld) {
  table::TableMetadata metadata = LineOf({90, 4, 1});
  metadata.refs["main"] = {SnapshotId(1), table::RefType::kBranch, {}, {}, {}};
  EXPECT_THAT(Expired(metadata), IsEmpty());
  ExpiryLimits limits;
  limits.max_snapshot_age = Millis{0};  // "older than now"
  EXPECT_THAT(Expired(metadata, limits), ElementsAre(2));
}

TEST(PlanExpiry, StandsTimesThatCannotBe) {
  table::TableMetadata metadata = LineOf({9, 1, 1});
  ChangeSnapshot(metadata, 0, [](auto& snapshot) { snapshot.timestamp = TimeMs{INT64_MIN}; });
  ChangeSnapshot(metadata, 1, [](auto& snapshot) { snapshot.timestamp = TimeMs{INT64_MAX}; });
  EXPECT_THAT(Expired(metadata), ElementsAre(1));
}

TEST(PlanExpiry, RefusesRefsToNothing) {
  table::TableMetadata metadata = LineOf({9});
  metadata.refs["lost"] = Tag(77);
  EXPECT_THAT(PlanExpiry(metadata, {}, kNow), IsError(ErrorKind::kCorrupt));
}

TEST(PlanExpiry, RefusesALoopOfParents) {
  table::TableMetadata metadata = LineOf({9, 8, 7});
  ChangeSnapshot(metadata, 0, [](auto& snapshot) { snapshot.parent_id = SnapshotId(3); });
  EXPECT_THAT(PlanExpiry(metadata, {}, kNow), IsError(ErrorKind::kCorrupt));
}

// The specification's five steps, word for word, and what is staged.
std::set<SnapshotId> RetainedByTheSpec(const table::TableMetadata& metadata,
                                       const ExpiryLimits& limits) {
  std::set<SnapshotId> retained, reached;
  for (const auto& [name, ref] : metadata.refs) {
    const table::Snapshot* at = metadata.FindSnapshot(ref.snapshot_id);
    const auto max_age = ref.max_ref_age ? ref.max_ref_age : limits.max_ref_age;
    if (name != "main" && max_age && kNow - at->timestamp > *max_age) continue;
    retained.insert(at->id);
    reached.insert(at->id);
    if (!ref.is_branch()) continue;
    bool ended = false;
    for (int64_t depth = 0; at != nullptr; ++depth) {
      const bool old =
          kNow - at->timestamp > ref.max_snapshot_age.value_or(limits.max_snapshot_age);
      const bool first = depth < ref.min_snapshots_to_keep.value_or(
                                     static_cast<int32_t>(limits.min_snapshots_to_keep));
      ended = ended || (old && !first && depth > 0);
      if (!ended) retained.insert(at->id);
      reached.insert(at->id);
      at = at->parent_id ? metadata.FindSnapshot(*at->parent_id) : nullptr;
    }
  }
  for (const table::Snapshot& snapshot : metadata.snapshots) {
    const Millis age = kNow - snapshot.timestamp;
    const bool young = age <= limits.max_snapshot_age || age <= limits.min_staged_age;
    if (!reached.contains(snapshot.id) && young) retained.insert(snapshot.id);
  }
  return retained;
}

TEST(PlanExpiry, DoesAsTheSpecificationSaysForRandomHistories) {
  for (uint64_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    table::Random random(seed);
    const int64_t count = random.Below(12) + 1;
    table::TableMetadata metadata;
    for (int64_t id = 1; id <= count; ++id) {
      table::Snapshot snapshot;
      snapshot.id = SnapshotId(id);
      if (id > 1 && !random.Chance(6)) snapshot.parent_id = SnapshotId(random.Below(id - 1) + 1);
      snapshot.timestamp = kNow - Millis::Days(random.Below(12));
      metadata.snapshots.push_back(snapshot);
    }
    for (int64_t refs = random.Below(4); refs >= 0; --refs) {
      table::Ref ref = Tag(random.Below(count) + 1);
      if (refs == 0 || random.Chance(2)) ref.type = table::RefType::kBranch;
      if (random.Chance(2)) ref.max_ref_age = Millis::Days(random.Below(12));
      if (random.Chance(2)) ref.max_snapshot_age = Millis::Days(random.Below(12));
      if (random.Chance(2)) ref.min_snapshots_to_keep = static_cast<int32_t>(random.Below(4));
      metadata.refs[refs == 0 ? "main" : "r" + std::to_string(refs)] = ref;
    }
    ExpiryLimits limits;
    limits.max_snapshot_age = Millis::Days(random.Below(8));
    limits.min_snapshots_to_keep = random.Below(4) + 1;
    if (random.Chance(2)) limits.max_ref_age = Millis::Days(random.Below(12));
    const auto plan = PlanExpiry(metadata, limits, kNow);
    ASSERT_THAT(plan, IsOk());
    const std::set<SnapshotId> gone(plan->snapshots.begin(), plan->snapshots.end());
    const std::set<SnapshotId> retained = RetainedByTheSpec(metadata, limits);
    for (const table::Snapshot& snapshot : metadata.snapshots) {
      EXPECT_NE(gone.contains(snapshot.id), retained.contains(snapshot.id))
          << "snapshot " << snapshot.id.ToString();
    }
  }
}

TEST(LimitsOf, ReadsTheTablesPropertiesAndThenTheRequest) {
  table::TableMetadata metadata;
  metadata.properties = {{"history.expire.max-snapshot-age-ms", "1000"},
                         {"history.expire.min-snapshots-to-keep", "7"},
                         {"history.expire.max-ref-age-ms", "5000"}};
  const auto limits = LimitsOf(metadata, {}, kNow);
  ASSERT_THAT(limits, IsOk());
  EXPECT_EQ(limits->max_snapshot_age, Millis{1000});
  EXPECT_EQ(limits->min_snapshots_to_keep, 7);
  EXPECT_EQ(limits->max_ref_age, Millis{5000});
  const auto asked = LimitsOf(metadata, {kNow - Millis::Days(2), 3}, kNow);
  ASSERT_THAT(asked, IsOk());
  EXPECT_EQ(asked->max_snapshot_age, Millis::Days(2));
  EXPECT_EQ(asked->min_snapshots_to_keep, 3);
  EXPECT_THAT(LimitsOf(metadata, {{}, 0}, kNow), IsError(ErrorKind::kInvalidArgument));
  metadata.properties["history.expire.max-snapshot-age-ms"] = "five days";
  EXPECT_THAT(LimitsOf(metadata, {}, kNow), IsError(ErrorKind::kInvalidArgument));
}

TEST(ExpireSnapshots, CutsTheSnapshotLogBeforeAnExpiredEntry) {
  World world;
  for (int day = 0; day < 4; ++day) {
    ASSERT_THAT(world.Append(), IsOk());
    world.env.Advance(Millis::Days(3));
  }
  const TimeMs first = world.Load().metadata->snapshots.front().timestamp;
  ASSERT_THAT(world.Commit(ExpireSnapshots({})), IsOk());
  const auto after = world.Load();
  EXPECT_EQ(after.metadata->snapshots.size(), 1u);
  EXPECT_EQ(after.metadata->snapshot_log.size(), 1u);
  EXPECT_EQ(after.metadata->SnapshotAsOf(first), nullptr);
}

TEST(ExpireSnapshots, IsPlannedAgainWhenABranchMovedMeanwhile) {
  World world;
  for (int day = 0; day < 3; ++day) {
    ASSERT_THAT(world.Append(), IsOk());
    world.env.Advance(Millis::Days(3));
  }
  const auto base = world.Load();
  const auto expire = ExpireSnapshots({});
  const auto plan = expire->Plan(*base.metadata, {world.files, world.env});
  ASSERT_THAT(plan, IsOk());
  ASSERT_THAT(world.Append(), IsOk());
  const catalog::TableChange late{world.name, plan->requirements, plan->updates};
  EXPECT_THAT(world.lake->Commit({&late, 1}), IsError(ErrorKind::kConflict));
}

TEST(ExpireSnapshots, IsRefusedWhereATagWasMadeMeanwhile) {
  World world;
  for (int day = 0; day < 3; ++day) {
    ASSERT_THAT(world.Append(), IsOk());
    world.env.Advance(Millis::Days(3));
  }
  const auto base = world.Load();
  const auto plan = ExpireSnapshots({})->Plan(*base.metadata, {world.files, world.env});
  ASSERT_THAT(plan, IsOk());
  ASSERT_THAT(world.Commit(table::CreateRef("t", Tag(base.metadata->snapshots.front().id.value))),
              IsOk());
  const catalog::TableChange late{world.name, plan->requirements, plan->updates};
  EXPECT_THAT(world.lake->Commit({&late, 1}), IsError(ErrorKind::kConflict));
}

TEST(ExpireSnapshots, LeavesATableAloneThatMustNotBeCleaned) {
  World world(catalog::Properties{{"gc.enabled", "false"}});
  EXPECT_THAT(world.Commit(ExpireSnapshots({})), IsError(ErrorKind::kForbidden));
}

}  // namespace
}  // namespace firn::maintain
