// SPDX-License-Identifier: Apache-2.0

#include "firn/maintain/table_folders.h"

#include <string>

#include "firn/base/testing.h"

namespace firn::maintain {
namespace {

constexpr char kWarehouse[] = "file:///w";

table::TableMetadata At(const std::string& location,
                        std::map<std::string, std::string> properties = {}) {
  table::TableMetadata metadata;
  metadata.location = location;
  metadata.properties = std::move(properties);
  return metadata;
}

TEST(TableFolders, OwnWhatLiesInTheTablesFolder) {
  const TableFolders folders(At("file:/w/ns/orders"), kWarehouse, {"file:///w/ns/orders2"});
  EXPECT_TRUE(folders.Owns("file:///w/ns/orders/data/a.parquet"));
  EXPECT_TRUE(folders.Owns("file:/w/ns/orders/metadata/m.avro"));
  EXPECT_FALSE(folders.Owns("file:///w/ns/orders2/data/a.parquet"));
  EXPECT_FALSE(folders.Owns("file:///w/ns/orders"));
}

TEST(TableFolders, OwnNothingThatHostileMetadataPointsAt) {
  const TableFolders folders(At("file:///w/ns/t"), kWarehouse, {});
  for (const char* path :
       {"file:///home/me/.ssh/id_rsa", "/etc/passwd", "file:///w/ns/t/../../../etc/passwd",
        "file:///w/ns/t/data/../../other/a", "s3://w/ns/t/a", "ns/t/a", "", "file:///w/ns/t2/a"}) {
    EXPECT_FALSE(folders.Owns(path)) << path;
  }
}

TEST(TableFolders, OwnNothingOutsideOfTheWarehouse) {
  for (const char* location : {"file:///home/me", "file:///", "file:///w", "file:///w/",
                               "file:///w/../home", "file:///w2/t"}) {
    const TableFolders folders(At(location, {{"write.data.path", location}}), kWarehouse, {});
    EXPECT_TRUE(folders.folders().empty()) << location;
    EXPECT_FALSE(folders.Owns("file:///home/me/a")) << location;
    EXPECT_FALSE(folders.Owns("file:///w/x/a")) << location;
  }
}

TEST(TableFolders, LeaveFilesOfATableThatLiesDeeper) {
  const TableFolders folders(At("file:///w/ns"), kWarehouse, {"file:///w/ns/orders"});
  EXPECT_FALSE(folders.Owns("file:///w/ns/orders/data/a"));
  EXPECT_TRUE(folders.Owns("file:///w/ns/data/a"));
  EXPECT_EQ(folders.SharedFolder(), "file:///w/ns/orders");
}

TEST(TableFolders, OwnNothingInAFolderOfTwoTables) {
  const TableFolders folders(At("file:///w/ns/t", {{"write.data.path", "file:///w/shared"}}),
                             kWarehouse, {"file:///w/ns/u", "file:/w/shared"});
  EXPECT_FALSE(folders.Owns("file:///w/shared/a"));
  EXPECT_TRUE(folders.Owns("file:///w/ns/t/metadata/a"));
  EXPECT_EQ(folders.SharedFolder(), "file:/w/shared");
}

TEST(TableFolders, KnowAStoreByItsOtherNames) {
  const TableFolders folders(At("s3a://b/w/t"), "s3://b/w", {});
  EXPECT_TRUE(folders.Owns("s3n://b/w/t/data/a"));
  EXPECT_FALSE(folders.Owns("s3://other/w/t/data/a"));
}

TEST(TableFolders, AreNotDeeperForMoreSlashes) {
  const TableFolders folders(At("s3://b/////w/////ns"), "s3://b/w", {"s3://b/w/ns/orders"});
  EXPECT_FALSE(folders.Owns("s3://b/w/ns/orders/a"));
}

TEST(TableFolders, IncludeWhereNewFilesGo) {
  const TableFolders folders(At("file:///w/ns/t", {{"write.data.path", "file:///w/fast/t"},
                                                   {"write.metadata.path", "file:///w/ns/t/meta"}}),
                             kWarehouse, {});
  EXPECT_THAT(folders.folders(),
              ::testing::UnorderedElementsAre("file:///w/ns/t", "file:///w/fast/t"));
}

}  // namespace
}  // namespace firn::maintain
