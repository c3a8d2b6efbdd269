// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/tables/table_refs.h"

#include <memory>
#include <string>
#include <vector>

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/catalog/commit.h"
#include "firn/catalog/memory/memory_catalog.h"
#include "firn/catalog/testing.h"
#include "firn/io/memory_file_io.h"
#include "firn/table/append.h"

namespace firn::lakehouse {
namespace {

using ::testing::HasSubstr;

// The table ns.t with three snapshots, a second apart.
class TableRefs : public ::testing::Test {
 protected:
  void SetUp() override {
    catalog_ = catalog::MakeMemoryCatalog("file:///lake", files_, env_);
    ASSERT_THAT(catalog_->CreateNamespace({"ns"}), IsOk());
    ASSERT_THAT(catalog_->CreateTable({{"ns"}, "t"}, catalog::TableOfIds()), IsOk());
    for (const char* name : {"a", "b", "c"}) {
      env_.Advance(Millis{1000});
      Append(name, {});
    }
  }

  void Append(const std::string& file, table::SnapshotOptions options) {
    const auto loaded = catalog_->LoadTable({{"ns"}, "t"}).value();
    const auto committed = catalog::CommitOperation(
        *catalog_, files_, env_, loaded.name,
        table::FastAppend({catalog::FileNamed(loaded, file + ".parquet")}, std::move(options)));
    ASSERT_THAT(committed, IsOk());
    snapshots_.push_back(committed->metadata->snapshots.back().id.value);
  }

  std::string Id(size_t snapshot) const { return std::to_string(snapshots_[snapshot]); }
  RefContext Context() { return {*catalog_, files_, env_}; }
  int64_t Head() {
    const auto loaded = catalog_->LoadTable({{"ns"}, "t"}).value();
    return loaded.metadata->current_snapshot_id->value;
  }

  Result<RefRow> Make(const std::string& name, const std::string& at, bool is_branch = true) {
    RefRequest request;
    request.table = "ns.t";
    request.name = name;
    request.at = at;
    request.is_branch = is_branch;
    return MakeRef(Context(), request);
  }

  FixedEnv env_;
  io::MemoryFileIO files_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::vector<int64_t> snapshots_;
};

TEST_F(TableRefs, AreMadeOfAnyVersion) {
  for (const auto& [at, snapshot] : std::vector<std::pair<std::string, size_t>>{
           {"", 2}, {Id(0), 0}, {"500ms", 1}, {"main", 2}}) {
    const auto made = Make("of_" + at, at, false);
    ASSERT_THAT(made, IsOk()) << at;
    EXPECT_EQ(made->snapshot_id, snapshots_[snapshot]) << at;
  }
  EXPECT_EQ(RefsOf(*catalog_, "ns.t", false)->size(), 4u);
  EXPECT_EQ(RefsOf(*catalog_, "ns.t", true)->size(), 1u);
  EXPECT_THAT(Make("x", "nonsense"), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(Make("x", "12"), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(Make("x", "3h"), IsError(ErrorKind::kNotFound));
}

TEST_F(TableRefs, KeepTheirLimitsWhenTheyAreMoved) {
  RefRequest request;
  request.table = "ns.t";
  request.name = "audit";
  request.at = Id(0);
  request.min_snapshots = 5;
  request.max_snapshot_age = Millis::Days(7);
  ASSERT_THAT(MakeRef(Context(), request), IsOk());
  EXPECT_THAT(MakeRef(Context(), request), IsError(ErrorKind::kAlreadyExists));
  request.at = "";
  request.replace = true;
  request.min_snapshots.reset();
  request.max_snapshot_age = Millis::Days(8);
  const auto moved = MakeRef(Context(), request);
  ASSERT_THAT(moved, IsOk());
  EXPECT_EQ(moved->snapshot_id, snapshots_[2]);
  EXPECT_EQ(moved->min_snapshots, 5);
  EXPECT_EQ(moved->max_snapshot_age, Millis::Days(8));
  request.min_snapshots = 0;
  EXPECT_THAT(MakeRef(Context(), request), IsError(ErrorKind::kInvalidArgument));
}

TEST_F(TableRefs, AreDroppedByTheirOwnKind) {
  ASSERT_THAT(Make("audit", ""), IsOk());
  EXPECT_THAT(DropRef(Context(), "ns.t", "audit", false), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(RenameRef(Context(), "ns.t", "audit", "other", true), IsOk());
  EXPECT_THAT(DropRef(Context(), "ns.t", "other", true), IsOk());
  EXPECT_THAT(DropRef(Context(), "ns.t", "main", true), IsError(ErrorKind::kInvalidArgument));
}

TEST_F(TableRefs, RollBackAndForwardAgain) {
  ASSERT_THAT(Make("newest", ""), IsOk());
  const auto back = RollBack(Context(), "ns.t", Id(0), "main");
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(back->before, snapshots_[2]);
  EXPECT_EQ(Head(), snapshots_[0]);
  const auto ahead = RollBack(Context(), "ns.t", Id(2), "main");
  EXPECT_THAT(ahead, IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(ahead.error().hint, HasSubstr("set_current_snapshot"));
  ASSERT_THAT(FastForwardBranch(Context(), "ns.t", "main", "newest"), IsOk());
  EXPECT_EQ(Head(), snapshots_[2]);
}

TEST_F(TableRefs, RollBackABranchToATime) {
  ASSERT_THAT(Make("audit", Id(1)), IsOk());
  const auto back = RollBack(Context(), "ns.t", "1500ms", "audit");
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(back->after, snapshots_[0]);
  EXPECT_EQ(Head(), snapshots_[2]);
}

TEST_F(TableRefs, TakeAStagedSnapshot) {
  table::SnapshotOptions staged;
  staged.stage_only = true;
  Append("d", staged);
  const auto picked = CherryPickSnapshot(Context(), "ns.t", Id(3), "main");
  ASSERT_THAT(picked, IsOk());
  EXPECT_EQ(picked->before, snapshots_[2]);
  EXPECT_EQ(Head(), *picked->after);
  EXPECT_THAT(CherryPickSnapshot(Context(), "ns.t", Id(3), "absent"),
              IsError(ErrorKind::kNotFound));
}

}  // namespace
}  // namespace firn::lakehouse
