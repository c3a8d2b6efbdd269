// SPDX-License-Identifier: Apache-2.0
//
// `Catalog::Commit`, run over every catalog: requirements, atomicity, the metadata log.

#include <string>
#include <vector>

#include "firn/catalog/testing.h"
#include "firn/table/metadata_json.h"

namespace firn::catalog {
namespace {

using ::testing::SizeIs;

class CatalogCommitTest : public CatalogFixture {
 protected:
  static TableChange SetProperty(const LoadedTable& table, const std::string& key,
                                 const std::string& value) {
    return {table.name,
            {table::AssertTableUuid{*table.metadata->table_uuid}},
            {table::SetProperties{{{key, value}}}}};
  }

  std::string PropertyNow(const TableName& name, const std::string& key) {
    const auto loaded = catalog_->LoadTable(name);
    EXPECT_THAT(loaded, IsOk());
    return loaded->metadata->Property(key, "unset");
  }

  int64_t MetadataFiles(const LoadedTable& table) {
    return static_cast<int64_t>(
        files_.List(io::JoinLocation(table.metadata->location, "metadata")).value().size());
  }
};
FIRN_FOR_EVERY_CATALOG(CatalogCommitTest);

TEST_P(CatalogCommitTest, ReturnsAndStoresTheNewMetadata) {
  const LoadedTable made = MakeTable("t");
  const TableChange change = SetProperty(made, "k", "v");
  const auto committed = catalog_->Commit({&change, 1});
  ASSERT_THAT(committed, HasValue(SizeIs(1)));
  EXPECT_EQ(committed->front().metadata->Property("k", ""), "v");
  const auto loaded = catalog_->LoadTable(made.name);
  EXPECT_EQ(loaded->metadata_location, committed->front().metadata_location);
  EXPECT_EQ(*loaded->metadata, *committed->front().metadata);
  EXPECT_EQ(made.metadata->Property("k", "unset"), "unset");
}

TEST_P(CatalogCommitTest, NumbersMetadataFilesAndKeepsTheirLog) {
  const LoadedTable made = MakeTable("t");
  const TableChange change = SetProperty(made, "k", "v");
  const auto committed = catalog_->Commit({&change, 1});
  ASSERT_THAT(committed, IsOk());
  const LoadedTable& now = committed->front();
  EXPECT_THAT(now.metadata_location, ::testing::HasSubstr("/metadata/00001-"));
  ASSERT_THAT(now.metadata->metadata_log, SizeIs(1));
  EXPECT_EQ(now.metadata->metadata_log[0].metadata_file, made.metadata_location);
}

TEST_P(CatalogCommitTest, CutsTheLogAndDeletesWhatItCutWhenAsked) {
  const LoadedTable made = MakeTable("t", {{"write.metadata.previous-versions-max", "2"},
                                           {"write.metadata.delete-after-commit.enabled", "true"}});
  for (int i = 0; i < 5; ++i) {
    const TableChange change = SetProperty(made, "k", std::to_string(i));
    ASSERT_THAT(catalog_->Commit({&change, 1}), IsOk());
  }
  EXPECT_THAT(catalog_->LoadTable(made.name)->metadata->metadata_log, SizeIs(2));
  EXPECT_EQ(MetadataFiles(made), 3);
}

TEST_P(CatalogCommitTest, DeletesNothingElseThatAMetadataLogNames) {
  const LoadedTable made = MakeTable("t", {{"write.metadata.previous-versions-max", "1"},
                                           {"write.metadata.delete-after-commit.enabled", "true"}});
  table::TableMetadata hostile = *made.metadata;
  const std::vector<std::string> victims = {
      "file:///home/me/letter.metadata.json", made.metadata->location + "/data/a.parquet",
      made.metadata->location + "/metadata/../../x/a.metadata.json"};
  for (const std::string& victim : victims) {
    ASSERT_THAT(files_.WriteAll(victim, "precious"), IsOk());
    hostile.metadata_log.push_back({hostile.last_updated, victim});
  }
  const std::string location = made.metadata->location + "/metadata/00007-x.metadata.json";
  ASSERT_THAT(files_.WriteAll(location, table::WriteMetadata(hostile)), IsOk());
  ASSERT_THAT(catalog_->DropTable(made.name), IsOk());
  const auto table = catalog_->RegisterTable(made.name, location);
  ASSERT_THAT(table, IsOk());
  const TableChange change = SetProperty(*table, "k", "v");
  ASSERT_THAT(catalog_->Commit({&change, 1}), IsOk());
  for (const std::string& victim : victims)
    EXPECT_THAT(files_.Exists(victim), HasValue(true)) << victim;
}

TEST_P(CatalogCommitTest, KeepsOldMetadataFilesByDefault) {
  const LoadedTable made = MakeTable("t", {{"write.metadata.previous-versions-max", "2"}});
  for (int i = 0; i < 5; ++i) {
    const TableChange change = SetProperty(made, "k", std::to_string(i));
    ASSERT_THAT(catalog_->Commit({&change, 1}), IsOk());
  }
  EXPECT_EQ(MetadataFiles(made), 6);
}

TEST_P(CatalogCommitTest, RejectsWhenARequirementDoesNotHold) {
  const LoadedTable made = MakeTable("t");
  TableChange change = SetProperty(made, "k", "v");
  change.requirements = {table::AssertTableUuid{Uuid{}}};
  EXPECT_THAT(catalog_->Commit({&change, 1}), IsError(ErrorKind::kConflict));
  EXPECT_EQ(PropertyNow(made.name, "k"), "unset");
  EXPECT_EQ(MetadataFiles(made), 1);
}

TEST_P(CatalogCommitTest, ChangesSeveralTablesOrNone) {
  const LoadedTable a = MakeTable("a");
  const LoadedTable b = MakeTable("b");
  std::vector<TableChange> changes = {SetProperty(a, "k", "1"), SetProperty(b, "k", "1")};
  ASSERT_THAT(catalog_->Commit(changes), HasValue(SizeIs(2)));
  changes = {SetProperty(a, "k", "2"), SetProperty(b, "k", "2")};
  changes[1].requirements = {table::AssertTableUuid{Uuid{}}};
  EXPECT_THAT(catalog_->Commit(changes), IsError(ErrorKind::kConflict));
  EXPECT_EQ(PropertyNow(a.name, "k"), "1");
  EXPECT_EQ(PropertyNow(b.name, "k"), "1");
  EXPECT_EQ(MetadataFiles(a), 2);
}

TEST_P(CatalogCommitTest, RefusesATableNamedTwiceAndOneThatIsNotThere) {
  const LoadedTable a = MakeTable("a");
  const std::vector<TableChange> twice = {SetProperty(a, "k", "1"), SetProperty(a, "k", "2")};
  EXPECT_THAT(catalog_->Commit(twice), IsError(ErrorKind::kInvalidArgument));
  TableChange absent = SetProperty(a, "k", "1");
  absent.name.name = "absent";
  EXPECT_THAT(catalog_->Commit({&absent, 1}), IsError(ErrorKind::kNotFound));
}

TEST_P(CatalogCommitTest, CommitsNothingWithoutHarm) {
  EXPECT_THAT(catalog_->Commit({}), HasValue(SizeIs(0)));
}

TEST_P(CatalogCommitTest, CreatesATableTogetherWithAChangeOfAnother) {
  const LoadedTable a = MakeTable("a");
  table::NewTable parts = TableOfIds();
  parts.location = "file:///elsewhere";
  const auto fresh = table::NewTableMetadata(parts, env_);
  ASSERT_THAT(fresh, IsOk());
  const TableChange create = {
      {{"ns"}, "made"},
      {table::AssertCreate{}},
      {table::AssignUuid{Uuid::Random(env_)}, table::UpgradeFormatVersion{2},
       table::AddSchema{fresh->schema(), {}}, table::SetCurrentSchema{},
       table::AddSpec{fresh->spec()}, table::SetDefaultSpec{},
       table::AddSortOrder{fresh->sort_order()}, table::SetDefaultSortOrder{},
       table::SetProperties{{{"k", "new"}}}}};
  const std::vector<TableChange> changes = {create, SetProperty(a, "k", "1")};
  ASSERT_THAT(catalog_->Commit(changes), IsOk());
  EXPECT_EQ(PropertyNow({{"ns"}, "made"}, "k"), "new");
  EXPECT_EQ(PropertyNow(a.name, "k"), "1");
  EXPECT_THAT(catalog_->LoadTable({{"ns"}, "made"})->metadata->location,
              ::testing::StartsWith("file:///warehouse/ns/made-"));
  EXPECT_THAT(catalog_->Commit(changes), IsError(ErrorKind::kConflict));
}

TEST_P(CatalogCommitTest, CreatesNoTableByHalf) {
  const TableChange nothing = {{{"ns"}, "made"}, {table::AssertCreate{}}, {}};
  EXPECT_THAT(catalog_->Commit({&nothing, 1}), IsError(ErrorKind::kInvalidArgument));
  TableChange spec_first = nothing;
  spec_first.updates = {table::AssignUuid{Uuid::Random(env_)}, table::AddSpec{}};
  EXPECT_THAT(catalog_->Commit({&spec_first, 1}), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(catalog_->TableExists({{"ns"}, "made"}), HasValue(false));
}

}  // namespace
}  // namespace firn::catalog
