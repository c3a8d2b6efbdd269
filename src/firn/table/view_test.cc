// SPDX-License-Identifier: Apache-2.0

#include "firn/table/view.h"

#include "firn/base/compression.h"
#include "firn/base/testing.h"
#include "firn/table/view_json.h"
#include "firn/table/view_update.h"

namespace firn::table {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

Schema OneColumn(const std::string& name) {
  return *Schema::Make(SchemaId(0), {NestedField::Optional(1, name, Type::Long())});
}

ViewRepresentation Sql(const std::string& dialect, const std::string& sql) {
  return {std::string(kSqlRepresentation), sql, dialect, {}};
}

ViewDefinition Definition(const std::string& sql) {
  ViewDefinition definition;
  definition.schema = OneColumn("n");
  definition.representations = {Sql("duckdb", sql), Sql("spark", sql)};
  definition.default_namespace = {"silver"};
  return definition;
}

class ViewTest : public ::testing::Test {
 protected:
  ViewMetadata Make() {
    NewView view;
    view.definition = Definition("SELECT 1");
    view.location = "file:///v";
    auto made = NewViewMetadata(view, env_);
    EXPECT_THAT(made, IsOk());
    return *std::move(made);
  }

  Result<ViewMetadata> Apply(const ViewMetadata& base, std::vector<ViewUpdate> updates) {
    return ApplyViewUpdates(base, updates, TimeMs{++now_});
  }
  Result<ViewMetadata> Replace(const ViewMetadata& base, const ViewDefinition& definition) {
    return Apply(base, ReplaceViewVersion(definition, TimeMs{++now_}));
  }

  FixedEnv env_;
  int64_t now_ = 1'000;
};

std::vector<int32_t> LogOf(const ViewMetadata& view) {
  std::vector<int32_t> ids;
  for (const ViewLogEntry& entry : view.version_log)
    ids.push_back(entry.version_id.value);
  return ids;
}

TEST_F(ViewTest, BeginsWithOneVersion) {
  const ViewMetadata view = Make();
  EXPECT_EQ(view.current_version().id, ViewVersionId(1));
  EXPECT_EQ(view.FindSql("DuckDB")->sql, "SELECT 1");
  EXPECT_EQ(view.FindSql("trino"), nullptr);
  EXPECT_THAT(view.version_log, SizeIs(1));
}

TEST_F(ViewTest, GivesBackItsJson) {
  const ViewMetadata view = *Replace(Make(), Definition("SELECT 2"));
  EXPECT_THAT(ParseViewMetadata(ViewMetadataToJson(view).Dump()), HasValue(view));
  EXPECT_THAT(ParseViewMetadata(*WriteViewMetadataFile(view)), HasValue(view));
}

TEST_F(ViewTest, TakesColumnsCountedFromZeroAsSparkCountsThem) {
  ViewDefinition definition = Definition("SELECT 1");
  definition.schema = *Schema::Make(SchemaId(0), {NestedField::Optional(0, "n", Type::Long())});
  const auto view = Replace(Make(), definition);
  ASSERT_THAT(view, IsOk());
  EXPECT_THAT(ParseViewMetadata(ViewMetadataToJson(*view).Dump()), HasValue(*view));
}

TEST_F(ViewTest, IsStoredCompressedWhereItsPropertySaysSo) {
  ViewMetadata view = Make();
  view.properties["write.metadata.compression-codec"] = "gzip";
  const std::string bytes = *WriteViewMetadataFile(view);
  EXPECT_TRUE(IsGzip(bytes));
  EXPECT_THAT(ParseViewMetadata(bytes), HasValue(view));
  EXPECT_THAT(ViewMetadataFileName(view, 2, env_), ::testing::EndsWith(".gz.metadata.json"));
}

TEST_F(ViewTest, IsReplacedByANewVersionAndRolledBack) {
  const ViewMetadata first = Make();
  ViewDefinition definition = Definition("SELECT 2");
  definition.schema = OneColumn("m");
  const auto second = Replace(first, definition);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->current_version().id, ViewVersionId(2));
  EXPECT_EQ(second->schema().fields()[0].name, "m");
  const auto back = Apply(*second, {SetCurrentViewVersion{ViewVersionId(1)}});
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(back->schema().fields()[0].name, "n");
  EXPECT_THAT(LogOf(*back), ElementsAre(1, 2, 1));
  EXPECT_EQ(back->VersionAsOf(second->version_log.back().timestamp)->id, ViewVersionId(2));
}

TEST_F(ViewTest, ReusesAVersionThatSaysTheSame) {
  const ViewMetadata first = Make();
  const auto same = Replace(first, Definition("SELECT 1"));
  ASSERT_THAT(same, IsOk());
  EXPECT_EQ(*same, first);
  const auto there_and_back =
      Replace(*Replace(first, Definition("SELECT 2")), Definition("SELECT 1"));
  ASSERT_THAT(there_and_back, IsOk());
  EXPECT_THAT(there_and_back->versions, SizeIs(2));
  EXPECT_THAT(LogOf(*there_and_back), ElementsAre(1, 2, 1));
}

TEST_F(ViewTest, LosesNoDialectUnlessTold) {
  ViewMetadata view = Make();
  ViewDefinition definition = Definition("SELECT 2");
  definition.representations.pop_back();
  EXPECT_THAT(Replace(view, definition), IsError(ErrorKind::kInvalidArgument));
  view.properties["replace.drop-dialect.allowed"] = "true";
  EXPECT_THAT(Replace(view, definition), IsOk());
}

TEST_F(ViewTest, KeepsAsManyVersionsAsItsPropertySays) {
  ViewMetadata view = Make();
  view.properties["version.history.num-entries"] = "3";
  for (int i = 2; i <= 6; ++i) {
    ViewDefinition definition = Definition("SELECT " + std::to_string(i));
    definition.schema = OneColumn("c" + std::to_string(i));
    view = *Replace(view, definition);
  }
  EXPECT_THAT(LogOf(view), ElementsAre(4, 5, 6));
  EXPECT_THAT(view.versions, SizeIs(3));
  EXPECT_THAT(view.schemas, SizeIs(3));
  EXPECT_EQ(CheckViewMetadata(view).ok(), true);
}

TEST_F(ViewTest, KeepsTheCurrentVersionHoweverOld) {
  ViewMetadata view = Make();
  view.properties["version.history.num-entries"] = "2";
  view = *Replace(view, Definition("SELECT 2"));
  view = *Apply(view, {SetCurrentViewVersion{ViewVersionId(1)}});
  std::vector<ViewUpdate> staged = ReplaceViewVersion(Definition("SELECT 3"), TimeMs{9});
  staged.pop_back();  // Adds a version without making it current.
  view = *Apply(view, staged);
  EXPECT_EQ(view.current_version_id, ViewVersionId(1));
  EXPECT_THAT(view.versions, SizeIs(2));
  EXPECT_THAT(LogOf(view), ElementsAre(1));
}

TEST_F(ViewTest, RefusesWhatMakesNoView) {
  const ViewMetadata view = Make();
  ViewDefinition twice = Definition("SELECT 2");
  twice.representations.push_back(Sql("SPARK", "SELECT 3"));
  EXPECT_THAT(Replace(view, twice), IsError(ErrorKind::kInvalidArgument));
  ViewDefinition none = Definition("");
  none.representations.clear();
  EXPECT_FALSE(Replace(view, none).has_value());
  EXPECT_THAT(Apply(view, {SetCurrentViewVersion{ViewVersionId(9)}}),
              IsError(ErrorKind::kNotFound));
  EXPECT_THAT(Apply(view, {SetCurrentViewVersion{}}), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(Apply(view, {AssignUuid{Uuid::Random(env_)}}), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(Apply(view, {UpgradeFormatVersion{2}}), IsError(ErrorKind::kUnsupported));
  EXPECT_THAT(Apply(view, {SetProperties{{{"version.history.num-entries", "0"}}}}),
              IsError(ErrorKind::kInvalidArgument));
}

TEST_F(ViewTest, KeepsWhatItDoesNotKnow) {
  Json json = ViewMetadataToJson(Make());
  json.Set("from-the-future", 1);
  Json& version = json.Find("versions")->as_array()->front();
  version.Set("storage-table", Json::Object{{"name", "s"}});
  Json plan;
  plan.Set("type", "substrait");
  plan.Set("plan", "base64");
  version.Find("representations")->as_array()->push_back(plan);
  json.Find("version-log")->as_array()->front().Set("by", "me");
  const auto view = ParseViewMetadata(json.Dump());
  ASSERT_THAT(view, IsOk());
  EXPECT_THAT(ParseViewMetadata(ViewMetadataToJson(*view).Dump()), HasValue(*view));
  const std::string written = ViewMetadataToJson(*view).Dump();
  for (const char* kept : {R"("from-the-future":1)", R"("storage-table":{"name":"s"})",
                           R"({"type":"substrait","plan":"base64"})", R"("by":"me")"}) {
    EXPECT_THAT(written, HasSubstr(kept));
  }
}

}  // namespace
}  // namespace firn::table
