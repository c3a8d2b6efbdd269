// SPDX-License-Identifier: Apache-2.0

#include "firn/maintain/erase_rows.h"

#include <set>

#include "firn/maintain/lake_of_rows_testing.h"
#include "firn/table/metadata_operations.h"
#include "firn/table/ref_operations.h"
#include "firn/table/rewrite_manifests.h"

namespace firn::maintain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Erasure Of(std::set<int64_t> ids) {
  Erasure erasure;
  erasure.columns = {"id"};
  erasure.choose = [ids = std::move(ids)](const arrow::RecordBatch& rows) {
    const auto& column = static_cast<const arrow::Int64Array&>(*rows.GetColumnByName("id"));
    std::vector<int64_t> gone;
    for (int64_t row = 0; row < rows.num_rows(); ++row) {
      if (ids.contains(column.Value(row))) gone.push_back(row);
    }
    return Result<std::vector<int64_t>>(std::move(gone));
  };
  return erasure;
}

TEST(EraseRows, WritesOnlyFilesThatHoldSuchRows) {
  LakeOfRows lake;
  lake.AppendIds({1, 2, 3});
  lake.AppendIds({4, 5});
  lake.AppendIds({6});
  const auto untouched = lake.Tasks()[1].file.file_path;  // The newest come first.
  const auto done = EraseRows(lake.Context(), lake.name, Of({2, 6}), false);
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->files, 2);
  EXPECT_EQ(done->rows, 2);
  EXPECT_GT(done->bytes, 0);
  EXPECT_THAT(lake.Read(), ElementsAre(1, 3, 4, 5));
  ASSERT_THAT(lake.Tasks(), SizeIs(2));
  EXPECT_TRUE(lake.Tasks()[0].file.file_path == untouched ||
              lake.Tasks()[1].file.file_path == untouched);
}

TEST(EraseRows, CountsAndChangesNothingInADryRun) {
  LakeOfRows lake;
  lake.AppendIds({1, 2, 3});
  const auto before = lake.OnDisk();
  const auto planned = EraseRows(lake.Context(), lake.name, Of({1, 2}), true);
  ASSERT_THAT(planned, IsOk());
  EXPECT_EQ(planned->rows, 2);
  EXPECT_EQ(lake.OnDisk(), before);
}

TEST(EraseRows, LeavesRowsOutThatWereDeletedInPlace) {
  for (const int version : {2, 3}) {
    LakeOfRows lake(version);
    lake.AppendIds({1, 2, 3, 4});
    ASSERT_THAT(lake.Delete(lake.Tasks().front(), {0}), IsOk());
    ASSERT_THAT(EraseRows(lake.Context(), lake.name, Of({2}), false), IsOk());
    EXPECT_THAT(lake.Read(), ElementsAre(3, 4));
    EXPECT_THAT(lake.Tasks().front().deletes, IsEmpty());
  }
}

TEST(EraseRows, TakesOutOfFilesWhatWasDeletedInPlace) {
  for (const int version : {2, 3}) {
    LakeOfRows lake(version);
    lake.AppendIds({1, 2, 3});
    const std::string old_file = lake.Tasks().front().file.file_path;
    ASSERT_THAT(lake.Delete(lake.Tasks().front(), {1}), IsOk());
    const auto done = EraseRows(lake.Context(), lake.name, Of({2}), false);
    ASSERT_THAT(done, IsOk());
    EXPECT_EQ(done->files, 1);
    EXPECT_EQ(done->rows, 0);
    EXPECT_THAT(lake.Read(), ElementsAre(1, 3));
    EXPECT_NE(lake.Tasks().front().file.file_path, old_file);
    EXPECT_THAT(EraseRows(lake.Context(), lake.name, Of({2}), false)->files, 0);
  }
}

TEST(EraseRows, KeepsTheLineageOfRowsThatStay) {
  LakeOfRows lake(3);
  lake.AppendIds({1, 2, 3});
  auto ids = lake.Read("_row_id");
  ids.erase(ids.begin() + 1);
  ASSERT_THAT(EraseRows(lake.Context(), lake.name, Of({2}), false), IsOk());
  EXPECT_EQ(lake.Read("_row_id"), ids);
}

TEST(EraseRows, KeepsRowsThatCameMeanwhile) {
  LakeOfRows lake;
  lake.AppendIds({1, 2});
  lake.files.before = [&](std::string_view what, std::string_view) {
    if (what != "create") return;
    lake.files.before = nullptr;
    lake.AppendIds({7});
  };
  ASSERT_THAT(EraseRows(lake.Context(), lake.name, Of({2}), false), IsOk());
  EXPECT_THAT(lake.Read(), ElementsAre(1, 7));
}

TEST(ExpireOnlyCurrent, LeavesNoFileOfErasedRowsWhateverPointsAtThem) {
  LakeOfRows lake;
  lake.AppendIds({1, 2, 3});
  const std::string old_file = lake.Tasks().front().file.file_path;
  table::Ref tag;
  tag.type = table::RefType::kTag;
  tag.snapshot_id = lake.Load().metadata->current_snapshot()->id;
  ASSERT_THAT(lake.Commit(table::CreateRef("keep", tag)), IsOk());
  ASSERT_THAT(EraseRows(lake.Context(), lake.name, Of({2}), false), IsOk());
  ASSERT_THAT(lake.Commit(table::RewriteManifests()), IsOk());
  ExpiryRequest request;
  request.only_current = true;
  const auto expired = ExpireTable(lake.Context(), lake.name, request, false);
  ASSERT_THAT(expired, IsOk());
  EXPECT_THAT(expired->expired.refs, ElementsAre("keep"));
  EXPECT_THAT(lake.Load().metadata->snapshots, SizeIs(1));
  EXPECT_THAT(lake.files.Exists(old_file), HasValue(false));
  EXPECT_THAT(lake.Read(), ElementsAre(1, 3));
}

}  // namespace
}  // namespace firn::maintain
