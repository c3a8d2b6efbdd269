// SPDX-License-Identifier: Apache-2.0
//
// What every catalog promises of views, run over each of them.

#include "firn/catalog/view_catalog.h"

#include <string>

#include "firn/catalog/sqlite/database.h"
#include "firn/catalog/testing.h"

namespace firn::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

table::NewView ViewOf(const std::string& sql) {
  table::NewView view;
  view.definition.schema = TableOfIds().schema;
  view.definition.representations = {{std::string(table::kSqlRepresentation), sql, "duckdb", {}}};
  view.definition.default_namespace = {"ns"};
  return view;
}

class ViewCatalogTest : public CatalogFixture {
 protected:
  ViewCatalog& views() { return catalog_->views(); }

  LoadedView MakeView(const std::string& name, const std::string& sql = "SELECT 1 AS id") {
    auto made = views().CreateView({{"ns"}, name}, ViewOf(sql));
    EXPECT_THAT(made, IsOk());
    return std::move(made).value();
  }

  std::string SqlOf(const std::string& name) {
    const auto loaded = views().LoadView({{"ns"}, name});
    return loaded ? loaded->metadata->FindSql("duckdb")->sql : loaded.error().ToString();
  }
};
FIRN_FOR_EVERY_CATALOG(ViewCatalogTest);

TEST_P(ViewCatalogTest, LoadsTheViewItCreated) {
  const LoadedView made = MakeView("v");
  const auto loaded = views().LoadView(made.name);
  ASSERT_THAT(loaded, IsOk());
  EXPECT_EQ(loaded->metadata_location, made.metadata_location);
  EXPECT_EQ(*loaded->metadata, *made.metadata);
  EXPECT_THAT(made.metadata->location,
              ::testing::MatchesRegex("file:///warehouse/ns/v-[0-9a-f]{8}"));
  EXPECT_THAT(views().ViewExists(made.name), HasValue(true));
}

TEST_P(ViewCatalogTest, GivesOneNameToOneThing) {
  MakeView("v");
  MakeTable("t");
  EXPECT_THAT(views().CreateView({{"ns"}, "v"}, ViewOf("SELECT 2")),
              IsError(ErrorKind::kAlreadyExists));
  EXPECT_THAT(views().CreateView({{"ns"}, "t"}, ViewOf("SELECT 2")),
              IsError(ErrorKind::kAlreadyExists));
  EXPECT_THAT(catalog_->CreateTable({{"ns"}, "v"}, TableOfIds()),
              IsError(ErrorKind::kAlreadyExists));
  EXPECT_THAT(views().RenameView({{"ns"}, "v"}, {{"ns"}, "t"}), IsError(ErrorKind::kAlreadyExists));
  EXPECT_THAT(catalog_->RenameTable({{"ns"}, "t"}, {{"ns"}, "v"}),
              IsError(ErrorKind::kAlreadyExists));
}

TEST_P(ViewCatalogTest, TakesNoTableForAViewNorAViewForATable) {
  MakeView("v");
  MakeTable("t");
  EXPECT_THAT(views().LoadView({{"ns"}, "t"}), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(views().ViewExists({{"ns"}, "t"}), HasValue(false));
  EXPECT_THAT(views().DropView({{"ns"}, "t"}), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(views().RenameView({{"ns"}, "t"}, {{"ns"}, "u"}), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(catalog_->LoadTable({{"ns"}, "v"}), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(catalog_->DropTable({{"ns"}, "v"}), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(catalog_->RenameTable({{"ns"}, "v"}, {{"ns"}, "u"}), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(views().ListViews({"ns"}), HasValue(ElementsAre(TableName{{"ns"}, "v"})));
  EXPECT_THAT(catalog_->ListTables({"ns"}), HasValue(ElementsAre(TableName{{"ns"}, "t"})));
  EXPECT_THAT(views().ListViews({"other"}), IsError(ErrorKind::kNotFound));
}

TEST_P(ViewCatalogTest, ReplacesAViewAndGoesBack) {
  const LoadedView first = MakeView("v", "SELECT 1 AS id");
  const auto second = views().CreateOrReplaceView(first.name, ViewOf("SELECT 2 AS id"), TimeMs{5});
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(SqlOf("v"), "SELECT 2 AS id");
  EXPECT_EQ(second->metadata->view_uuid, first.metadata->view_uuid);
  EXPECT_THAT(files_.Exists(first.metadata_location), HasValue(true));
  ASSERT_THAT(
      views().CommitView({first.name, {}, {table::SetCurrentViewVersion{table::ViewVersionId(1)}}}),
      IsOk());
  EXPECT_EQ(SqlOf("v"), "SELECT 1 AS id");
}

TEST_P(ViewCatalogTest, MakesAViewThatIsNotThere) {
  ASSERT_THAT(views().CreateOrReplaceView({{"ns"}, "v"}, ViewOf("SELECT 7"), TimeMs{5}), IsOk());
  EXPECT_EQ(SqlOf("v"), "SELECT 7");
  EXPECT_THAT(views().CreateOrReplaceView({{"no"}, "v"}, ViewOf("SELECT 7"), TimeMs{5}),
              IsError(ErrorKind::kNotFound));
}

TEST_P(ViewCatalogTest, ChangesOnlyTheViewThatIsMeant) {
  const LoadedView old = MakeView("v");
  ASSERT_THAT(views().DropView(old.name), IsOk());
  MakeView("v", "SELECT 'another'");
  EXPECT_THAT(
      views().CommitView(
          {old.name, old.metadata->view_uuid, {table::SetProperties{{{"comment", "mine"}}}}}),
      IsError(ErrorKind::kConflict));
  EXPECT_THAT(views().CommitView({{{"ns"}, "absent"}, {}, {}}), IsError(ErrorKind::kNotFound));
}

TEST_P(ViewCatalogTest, DropsRenamesAndBringsBack) {
  const LoadedView made = MakeView("v");
  ASSERT_THAT(catalog_->CreateNamespace({"other"}), IsOk());
  ASSERT_THAT(views().RenameView(made.name, {{"other"}, "w"}), IsOk());
  EXPECT_THAT(views().LoadView(made.name), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(views().LoadView({{"other"}, "w"}), IsOk());
  EXPECT_THAT(catalog_->DropNamespace({"other"}), IsError(ErrorKind::kInvalidArgument));
  ASSERT_THAT(views().DropView({{"other"}, "w"}), IsOk());
  EXPECT_THAT(views().ListViews({"other"}), HasValue(IsEmpty()));
  EXPECT_THAT(files_.Exists(made.metadata_location), HasValue(true));
  ASSERT_THAT(views().RegisterView({{"ns"}, "again"}, made.metadata_location), IsOk());
  EXPECT_EQ(SqlOf("again"), "SELECT 1 AS id");
}

TEST_P(ViewCatalogTest, SaysWhichViewHasNoMetadata) {
  const LoadedView made = MakeView("v");
  ASSERT_THAT(files_.Delete(made.metadata_location), IsOk());
  EXPECT_THAT(views().LoadView(made.name), IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(views().LoadView(made.name), HasMessage("ns.v"));
}

TEST_P(ViewCatalogTest, LeavesNoFileOfARefusedView) {
  MakeView("v");
  const auto before = files_.List("file:///warehouse")->size();
  EXPECT_FALSE(views().CreateView({{"ns"}, "v"}, ViewOf("SELECT 2")).has_value());
  EXPECT_FALSE(views().CreateView({{"no"}, "v"}, ViewOf("SELECT 2")).has_value());
  EXPECT_EQ(files_.List("file:///warehouse")->size(), before);
}

TEST(SqliteViews, AreRowsOfTheSchemaSharedWithOtherEngines) {
  FixedEnv env;
  io::MemoryFileIO files;
  io::TemporaryFolder folder;
  const std::string path = folder.path() + "/catalog.db";
  const auto catalog = OpenSqliteCatalog(path, "file:///w", files, env).value();
  ASSERT_THAT(catalog->CreateNamespace({"ns"}), IsOk());
  const auto view = catalog->views().CreateView({{"ns"}, "v"}, ViewOf("SELECT 1"));
  ASSERT_THAT(view, IsOk());
  const auto database = SqliteDatabase::Open(path, env).value();
  const auto rows = database->Select(
      "SELECT catalog_name, table_namespace, table_name, metadata_location, iceberg_type "
      "FROM iceberg_tables");
  EXPECT_THAT(rows,
              HasValue(ElementsAre(SqlRow{"firn", "ns", "v", view->metadata_location, "VIEW"})));
}

}  // namespace
}  // namespace firn::catalog
