// SPDX-License-Identifier: Apache-2.0

#include "firn/maintain/compute_statistics.h"

#include "firn/datafile/partition_statistics.h"
#include "firn/datafile/puffin.h"
#include "firn/maintain/lake_of_rows_testing.h"
#include "firn/table/metadata_operations.h"

namespace firn::maintain {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string NdvOf(const table::StatisticsFile& file) {
  const Json& blob = file.json.Find("blob-metadata")->as_array()->front();
  return blob.Find("properties")->GetString("ndv").value();
}

TEST(ComputeStatistics, CountsDistinctValuesOfLiveRowsOnce) {
  LakeOfRows lake(3);
  lake.AppendIds({1, 2, 2, 3});
  ASSERT_THAT(lake.Delete(lake.Tasks().front(), {3}), IsOk());
  const auto done = ComputeStatistics(lake.Context(), lake.name, false);
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->column_files, 1);
  EXPECT_EQ(done->partition_files, 0);
  const auto metadata = lake.Load().metadata;
  ASSERT_THAT(metadata->statistics, SizeIs(1));
  EXPECT_EQ(metadata->statistics.front().snapshot_id, metadata->current_snapshot()->id);
  EXPECT_EQ(NdvOf(metadata->statistics.front()), "2");

  const auto before = lake.OnDisk();
  const auto again = ComputeStatistics(lake.Context(), lake.name, false);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->column_files, 0);
  EXPECT_EQ(lake.OnDisk(), before);
}

TEST(ComputeStatistics, AddsUpPartitionsInTheSameCommit) {
  LakeOfRows lake;
  table::SpecChange change;
  change.add = {{"id", table::Transform::Truncate(10), ""}};
  ASSERT_THAT(lake.Commit(table::UpdateSpec(change)), IsOk());
  lake.AppendIds({1, 2, 11});
  const size_t commits = lake.Load().metadata->metadata_log.size();
  ASSERT_THAT(ComputeStatistics(lake.Context(), lake.name, false), IsOk());
  const auto metadata = lake.Load().metadata;
  EXPECT_EQ(metadata->metadata_log.size(), commits + 1);
  ASSERT_THAT(metadata->partition_statistics, SizeIs(1));
  const auto path = metadata->partition_statistics.front().json.GetString("statistics-path");
  const auto read = datafile::ReadPartitionStatistics(lake.files, *metadata, path.value());
  ASSERT_THAT(read, IsOk());
  ASSERT_THAT(*read, SizeIs(2));
  EXPECT_EQ(read->front().data_record_count, 2);
}

TEST(ComputeStatistics, SaysInADryRunWhatItWouldCount) {
  LakeOfRows lake;
  lake.AppendIds({1});
  const auto before = lake.OnDisk();
  const auto planned = ComputeStatistics(lake.Context(), lake.name, true);
  ASSERT_THAT(planned, IsOk());
  EXPECT_EQ(planned->column_files, 1);
  EXPECT_EQ(lake.OnDisk(), before);
}

TEST(ComputeStatistics, LeavesAnEmptyTableAlone) {
  LakeOfRows lake;
  const auto done = ComputeStatistics(lake.Context(), lake.name, false);
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->column_files, 0);
  EXPECT_THAT(lake.Load().metadata->statistics, IsEmpty());
}

}  // namespace
}  // namespace firn::maintain
