// SPDX-License-Identifier: Apache-2.0
//
// CALL, as a person at the shell uses it.

#include <string>
#include <vector>

#include "firn/sql/testing.h"
#include "firn/table/ref_operations.h"
#include "firn/table/scan.h"

namespace firn::sql {
namespace {

using table::NestedField;
using table::Type;
using testing::ElementsAre;
using testing::IsEmpty;

class Procedures : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_THAT(lake_.Create("s.t", {{NestedField::Required(1, "id", Type::Long())}, {}}), IsOk());
    for (int64_t id = 0; id < 5; ++id) {
      ASSERT_THAT(lake_.Append("s.t", "SELECT " + std::to_string(id) + "::BIGINT AS id"), IsOk());
      snapshots_.push_back(lake_.Snapshot("s.t").value().ToString());
      times_.push_back(lake_.env().Now().ToString());
    }
  }

  Result<std::vector<std::string>> Count() { return lake_.Rows("SELECT count(*) FROM s.t"); }

  TestLake lake_;
  std::vector<std::string> snapshots_;
  std::vector<std::string> times_;  // When each was committed.
};

TEST_F(Procedures, MoveMain) {
  EXPECT_THAT(lake_.Rows("CALL rollback_to_snapshot('s.t', " + snapshots_[1] + ")"),
              HasValue(ElementsAre(snapshots_[4] + "|" + snapshots_[1])));
  EXPECT_THAT(Count(), HasValue(ElementsAre("2")));
  EXPECT_THAT(lake_.Rows("CALL set_current_snapshot('s.t', snapshot_id => " + snapshots_[3] + ")"),
              HasValue(ElementsAre(snapshots_[1] + "|" + snapshots_[3])));
  EXPECT_THAT(Count(), HasValue(ElementsAre("4")));
  EXPECT_THAT(lake_.Rows("CALL rollback_to_timestamp('s.t', TIMESTAMPTZ '" + times_[2] + "')"),
              HasValue(ElementsAre(snapshots_[3] + "|" + snapshots_[1])));
}

TEST_F(Procedures, MoveBranches) {
  ASSERT_THAT(lake_.Rows("CALL rollback_to_snapshot('s.t', " + snapshots_[0] + ")"), IsOk());
  table::Ref audit;
  audit.snapshot_id = table::SnapshotId(std::stoll(snapshots_[2]));
  ASSERT_THAT(lake_.Commit("s.t", table::CreateRef("audit", audit)), IsOk());
  EXPECT_THAT(lake_.Rows("CALL fast_forward('s.t', 'main', 'audit')"),
              HasValue(ElementsAre("main|" + snapshots_[0] + "|" + snapshots_[2])));
  EXPECT_THAT(Count(), HasValue(ElementsAre("3")));
  EXPECT_THAT(lake_.Rows("CALL set_current_snapshot('s.t', ref => 'audit')"), IsOk());
  EXPECT_THAT(lake_.Rows("CALL set_current_snapshot('s.t')"), IsError(ErrorKind::kInvalidArgument));
}

TEST_F(Procedures, PublishAStagedSnapshot) {
  table::SnapshotOptions options;
  options.stage_only = true;
  options.snapshot_id = table::SnapshotId(77);
  ASSERT_THAT(lake_.Append("s.t", "SELECT 9::BIGINT AS id", options), IsOk());
  EXPECT_THAT(Count(), HasValue(ElementsAre("5")));
  EXPECT_THAT(lake_.Rows("CALL cherrypick_snapshot('s.t', 77)"), HasValue(ElementsAre("77|77")));
  EXPECT_THAT(Count(), HasValue(ElementsAre("6")));
}

TEST_F(Procedures, RewriteFilesAndManifests) {
  EXPECT_THAT(lake_.Rows("CALL rewrite_manifests('s.t')"), HasValue(ElementsAre("5|1")));
  const auto none =
      lake_.Rows("CALL rewrite_data_files('s.t', options => MAP {'min-input-files': '6'})");
  EXPECT_THAT(none, HasValue(ElementsAre("0|0|0")));
  const auto done = lake_.Rows("CALL rewrite_data_files('s.t')");
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->front().substr(0, 4), "5|1|");
  EXPECT_THAT(lake_.Rows("SELECT id FROM s.t ORDER BY id"),
              HasValue(ElementsAre("0", "1", "2", "3", "4")));
  EXPECT_THAT(lake_.Rows("SELECT count(*) FROM s.t.files"), HasValue(ElementsAre("1")));
  EXPECT_THAT(lake_.Rows("CALL rewrite_data_files('s.t', options => MAP {'size': '6'})"),
              IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(lake_.Rows("CALL rewrite_data_files('s.t', strategy => 'sort')"),
              IsError(ErrorKind::kUnsupported));
}

TEST_F(Procedures, ExpireSnapshotsWithTheirFiles) {
  ASSERT_THAT(lake_.Rows("CALL rewrite_data_files('s.t')"), IsOk());
  const auto before = lake_.files().List("file:///warehouse").value().size();
  // Five data files, their manifests and five lists; the manifests went with the rewrite.
  const auto done = lake_.Rows(
      "CALL expire_snapshots('s.t', older_than => TIMESTAMPTZ "
      "'2100-01-01 00:00:00+00', retain_last => 1)");
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->front().substr(0, 2), "5|");
  EXPECT_LT(lake_.files().List("file:///warehouse").value().size(), before);
  EXPECT_THAT(lake_.Rows("SELECT count(*) FROM s.t.snapshots"), HasValue(ElementsAre("1")));
  EXPECT_THAT(Count(), HasValue(ElementsAre("5")));
}

TEST_F(Procedures, RefuseWhatTheyDoNotTake) {
  EXPECT_THAT(lake_.Rows("CALL remove_orphan_files('s.t', dry_run => true)"), HasValue(IsEmpty()));
  EXPECT_THAT(lake_.Rows("CALL rollback_to_snapshot('s.t')"), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(lake_.Rows("CALL rollback_to_snapshot('s.t', 1, 2)"),
              IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(lake_.Rows("CALL rollback_to_snapshot('s.t', 1)"), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(lake_.Rows("CALL rewrite_manifests('s.absent')"), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(Count(), HasValue(ElementsAre("5")));
}

TEST_F(Procedures, AreNoPartOfAQuery) {
  EXPECT_THAT(lake_.Rows("SELECT * FROM rollback_to_snapshot('s.t', " + snapshots_[0] + ")"),
              IsError(ErrorKind::kUnsupported));
  EXPECT_THAT(Count(), HasValue(ElementsAre("5")));
}

}  // namespace
}  // namespace firn::sql
