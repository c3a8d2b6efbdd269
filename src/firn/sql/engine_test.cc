// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/engine.h"

#include <atomic>
#include <string>
#include <vector>

#include "firn/sql/testing.h"
#include "firn/table/metadata_operations.h"
#include "firn/table/ref_operations.h"
#include "firn/table/scan.h"

namespace firn::sql {
namespace {

using table::NestedField;
using table::Type;
using testing::ElementsAre;
using testing::HasSubstr;
using Lines = std::vector<std::string>;

// Three commits of ten rows, a file per platform each.
std::unique_ptr<TestLake> LakeOfMessages() {
  auto lake = std::make_unique<TestLake>();
  EXPECT_THAT(
      lake->Create("silver.messages", {{NestedField::Required(1, "id", Type::Long()),
                                        NestedField::Optional(2, "platform", Type::String()),
                                        NestedField::Optional(3, "content", Type::String()),
                                        NestedField::Optional(4, "sent", Type::TimestampTz())},
                                       {{"platform", table::Transform::Identity(), ""}}}),
      IsOk());
  for (int commit = 0; commit < 3; ++commit) {
    const std::string from = std::to_string(commit * 10), to = std::to_string(commit * 10 + 10);
    EXPECT_THAT(lake->Append("silver.messages",
                             "SELECT i AS id, 'p' || (i % 2) AS platform, 'text ' || i AS content, "
                             "TIMESTAMPTZ '2025-11-01 00:00:00+00' + INTERVAL 1 HOUR * i AS sent "
                             "FROM range(" +
                                 from + ", " + to + ") t(i)"),
                IsOk());
  }
  return lake;
}

TEST(Engine, ReadsATableByItsName) {
  const auto lake = LakeOfMessages();
  EXPECT_THAT(lake->Rows("SELECT id, platform, content, sent FROM silver.messages WHERE id = 12"),
              HasValue(ElementsAre("12|p0|text 12|2025-11-01 12:00:00.000000Z")));
  EXPECT_THAT(lake->Rows("SELECT id FROM firn.silver.messages WHERE id = 1"),
              HasValue(ElementsAre("1")));
  EXPECT_THAT(lake->Rows("SELECT ID FROM Silver.MESSAGES WHERE Id = 1"),
              HasValue(ElementsAre("1")));
}

TEST(Engine, CallsAFunctionThatMakesVectorsOfTexts) {
  const auto lake = LakeOfMessages();
  std::atomic<int> asked = 0;
  const TextVectors lengths =
      [&](const std::vector<std::string_view>& texts) -> Result<std::vector<std::vector<float>>> {
    std::vector<std::vector<float>> vectors;
    for (const std::string_view text : texts) {
      ++asked;
      if (text == "broken") return Unavailable("the server is away");
      vectors.push_back(text.empty() ? std::vector<float>()
                                     : std::vector<float>{static_cast<float>(text.size()), 0.5F});
    }
    return vectors;
  };
  ASSERT_THAT(lake->engine().DefineVectorFunction("lengths", lengths), IsOk());
  EXPECT_THAT(lake->Rows("SELECT CAST(lengths(t) AS VARCHAR) FROM (VALUES ('abc'), (NULL), (''), "
                         "('d')) AS v(t)"),
              HasValue(ElementsAre("[3.0, 0.5]", "NULL", "NULL", "[1.0, 0.5]")));
  asked = 0;
  EXPECT_THAT(lake->Rows("SELECT count(*) FROM (SELECT id, lengths(content) AS v FROM "
                         "silver.messages) WHERE v IS NOT NULL AND v[1] > 0"),
              HasValue(ElementsAre("30")));
  EXPECT_EQ(asked, 30);
  EXPECT_THAT(lake->Rows("SELECT lengths('broken')"), IsError(ErrorKind::kUnavailable));
}

TEST(Engine, CountsRowsWithAndWithoutFilter) {
  const auto lake = LakeOfMessages();
  EXPECT_THAT(lake->Rows("SELECT count(*) FROM silver.messages"), HasValue(ElementsAre("30")));
  EXPECT_THAT(lake->Rows("SELECT count(*) FROM silver.messages WHERE id >= 25"),
              HasValue(ElementsAre("5")));
  EXPECT_THAT(lake->Rows("SELECT count(*) FROM silver.messages WHERE platform = 'p1'"),
              HasValue(ElementsAre("15")));
}

TEST(Engine, ReadsAnEmptyTable) {
  TestLake lake;
  ASSERT_THAT(lake.Create("a.b", {{NestedField::Optional(1, "x", Type::Int())}, {}}), IsOk());
  EXPECT_THAT(lake.Rows("SELECT count(*), max(x) FROM a.b"), HasValue(ElementsAre("0|NULL")));
  EXPECT_THAT(lake.Rows("SELECT x FROM a.b WHERE x > 3"), HasValue(Lines{}));
}

TEST(Engine, ExplainSaysWhichFilesArePruned) {
  const auto lake = LakeOfMessages();
  const auto plan =
      lake->Rows("EXPLAIN SELECT content FROM silver.messages WHERE platform = 'p1' AND id > 22");
  ASSERT_THAT(plan, IsOk());
  EXPECT_THAT(plan->front(), HasSubstr("1 of 6"));
  EXPECT_THAT(plan->front(), HasSubstr("5 files"));
}

TEST(Engine, ListsAndDescribesTables) {
  const auto lake = LakeOfMessages();
  EXPECT_THAT(lake->Rows("SELECT table_schema, table_name FROM information_schema.tables "
                         "WHERE table_catalog = 'firn'"),
              HasValue(ElementsAre("silver|messages")));
  EXPECT_THAT(lake->Rows("SELECT column_name, column_type, \"null\" FROM "
                         "(DESCRIBE silver.messages)"),
              HasValue(ElementsAre("id|BIGINT|NO", "platform|VARCHAR|YES", "content|VARCHAR|YES",
                                   "sent|TIMESTAMP WITH TIME ZONE|YES")));
}

TEST(Engine, TravelsToASnapshotATagAndATime) {
  TestLake lake;
  ASSERT_THAT(lake.Create("a.b", {{NestedField::Optional(1, "x", Type::Int())}, {}}), IsOk());
  ASSERT_THAT(lake.Append("a.b", "SELECT 1 AS x"), IsOk());
  const auto first = lake.Snapshot("a.b");
  const std::string then = lake.env().Now().ToString();
  table::Ref tag;
  tag.snapshot_id = *first;
  tag.type = table::RefType::kTag;
  ASSERT_THAT(lake.Commit("a.b", table::CreateRef("v1", tag)), IsOk());
  ASSERT_THAT(lake.Append("a.b", "SELECT 2 AS x"), IsOk());

  const std::string count = "SELECT count(*) FROM a.b ";
  EXPECT_THAT(lake.Rows(count), HasValue(ElementsAre("2")));
  EXPECT_THAT(lake.Rows(count + "AT (VERSION => " + first->ToString() + ")"),
              HasValue(ElementsAre("1")));
  EXPECT_THAT(lake.Rows(count + "AT (VERSION => 'v1')"), HasValue(ElementsAre("1")));
  EXPECT_THAT(lake.Rows(count + "AT (TIMESTAMP => TIMESTAMPTZ '" + then + "')"),
              HasValue(ElementsAre("1")));
  EXPECT_THAT(lake.Rows(count + "AT (VERSION => 77)"), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(lake.Rows(count + "AT (VERSION => 'nope')"), IsError(ErrorKind::kNotFound));
}

TEST(Engine, TravelsToTheColumnsOfThatTime) {
  TestLake lake;
  ASSERT_THAT(lake.Create("a.b", {{NestedField::Optional(1, "x", Type::Int())}, {}}), IsOk());
  ASSERT_THAT(lake.Append("a.b", "SELECT 1 AS x"), IsOk());
  const auto first = lake.Snapshot("a.b");
  ASSERT_THAT(lake.Evolve("a.b", [](table::SchemaUpdate& s) { s.Rename("x", "y"); }), IsOk());

  EXPECT_THAT(lake.Rows("SELECT y FROM a.b WHERE y = 1"), HasValue(ElementsAre("1")));
  EXPECT_THAT(lake.Rows("SELECT x FROM a.b AT (VERSION => " + first->ToString() + ")"),
              HasValue(ElementsAre("1")));
}

TEST(Engine, ReadsFilesWrittenBeforeTheSchemaChanged) {
  TestLake lake;
  ASSERT_THAT(
      lake.Create("a.b", {{NestedField::Optional(1, "small", Type::Int()),
                           NestedField::Optional(2, "half", Type::Float()),
                           NestedField::Optional(
                               3, "s",
                               Type::Struct({NestedField::Optional(4, "p", Type::Int()),
                                             NestedField::Optional(5, "q", Type::String())}))},
                          {}}),
      IsOk());
  ASSERT_THAT(lake.Append("a.b",
                          "SELECT 7 AS small, 0.1::FLOAT AS half, "
                          "{'p': 1, 'q': 'old'} AS s"),
              IsOk());
  ASSERT_THAT(lake.Evolve("a.b",
                          [](table::SchemaUpdate& s) {
                            s.UpdateType("small", Type::Long()).UpdateType("half", Type::Double());
                            s.Rename("small", "large").AddColumn("", "late", Type::String());
                            s.Rename("s.q", "r").AddColumn("s", "t", Type::Int());
                          }),
              IsOk());
  ASSERT_THAT(lake.Append("a.b",
                          "SELECT 5000000000 AS large, 0.1::DOUBLE AS half, 'x' AS late, "
                          "{'p': 2, 'r': 'new', 't': 9} AS s"),
              IsOk());
  EXPECT_THAT(lake.Rows("SELECT large, late, s.p, s.r, s.t FROM a.b ORDER BY large"),
              HasValue(ElementsAre("7|NULL|1|old|NULL", "5000000000|x|2|new|9")));
  // The widened float is 0.10000000149: a filter on 0.1 must not find it.
  EXPECT_THAT(lake.Rows("SELECT large FROM a.b WHERE half = 0.1"),
              HasValue(ElementsAre("5000000000")));
  EXPECT_THAT(lake.Rows("SELECT large FROM a.b WHERE large = 7"), HasValue(ElementsAre("7")));
  EXPECT_THAT(lake.Rows("SELECT large FROM a.b WHERE late IS NULL"), HasValue(ElementsAre("7")));
  EXPECT_THAT(lake.Rows("SELECT large FROM a.b WHERE s.t IS NULL"), HasValue(ElementsAre("7")));
  EXPECT_THAT(lake.Rows("SELECT large FROM a.b WHERE s.r = 'new'"),
              HasValue(ElementsAre("5000000000")));
}

TEST(Engine, ReadsTheTypesOfVersion3) {
  TestLake lake;
  ASSERT_THAT(lake.catalog().CreateNamespace({"a"}), IsOk());
  table::NewTable fresh;
  fresh.properties = {{"format-version", "3"}};
  fresh.schema = *table::Schema::Make(table::SchemaId(0),
                                      {NestedField::Optional(1, "id", Type::Int()),
                                       NestedField::Optional(2, "ns", Type::TimestampNs()),
                                       NestedField::Optional(3, "zns", Type::TimestampTzNs()),
                                       NestedField::Optional(4, "v", Type::Variant()),
                                       NestedField::Optional(5, "g", Type::Geometry()),
                                       NestedField::Optional(6, "u", Type::Unknown())});
  ASSERT_THAT(lake.catalog().CreateTable(TestLake::Name("a.b"), fresh), IsOk());
  ASSERT_THAT(
      lake.Append("a.b",
                  "SELECT 1 AS id, '2025-01-01 00:00:00.123456789'::TIMESTAMP_NS AS ns, "
                  "'2025-01-01 00:00:00.5+00'::TIMESTAMPTZ AS zns, "
                  "{'metadata': '\\x01\\x00\\x00'::BLOB, 'value': '\\x0C\\x22'::BLOB} AS v, "
                  "'\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\xF0\\x3F"
                  "\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x40'::BLOB AS g"),
      IsOk());
  EXPECT_THAT(lake.Rows("SELECT id, ns::VARCHAR, epoch_us(zns), v::JSON::VARCHAR, u FROM a.b"),
              HasValue(ElementsAre("1|2025-01-01 00:00:00.123456789|1735689600500000|34|NULL")));
  EXPECT_THAT(lake.Rows("SELECT id FROM a.b WHERE zns > '2024-01-01'::TIMESTAMPTZ"),
              HasValue(ElementsAre("1")));
  EXPECT_THAT(lake.Rows("SELECT typeof(v), g IS NULL FROM a.b WHERE v IS NOT NULL"),
              HasValue(ElementsAre("VARIANT|false")));
}

TEST(Engine, ReadsInitialDefaultsAlsoOfStructs) {
  TestLake lake;
  ASSERT_THAT(lake.Create("a.b", {{NestedField::Optional(1, "id", Type::Int())}, {}}), IsOk());
  ASSERT_THAT(lake.Append("a.b", "SELECT 1 AS id"), IsOk());
  ASSERT_THAT(lake.Commit("a.b", table::UpdateProperties({{"format-version", "3"}})), IsOk());
  ASSERT_THAT(lake.Evolve("a.b",
                          [](table::SchemaUpdate& s) {
                            NestedField x = NestedField::Optional(0, "x", Type::Int());
                            x.initial_default = table::Literal::Int(7);
                            x.write_default = x.initial_default;
                            NestedField p = NestedField::Optional(0, "p", Type::Struct({x}));
                            p.initial_default = table::Literal::StructOfDefaults();
                            s.AddField("", p).AddField("", x);
                          }),
              IsOk());
  EXPECT_THAT(lake.Rows("SELECT id, p.x, x FROM a.b"), HasValue(ElementsAre("1|7|7")));
}

TEST(Engine, ReadsViewsOfTheCatalog) {
  TestLake lake;
  ASSERT_THAT(lake.Create("a.b", {{NestedField::Optional(1, "id", Type::Int())}, {}}), IsOk());
  ASSERT_THAT(lake.Append("a.b", "SELECT range::INTEGER AS id FROM range(5)"), IsOk());
  table::NewView view;
  view.definition.schema =
      *table::Schema::Make(table::SchemaId(0), {NestedField::Optional(1, "doubled", Type::Long())});
  view.definition.representations = {{"sql", "SELECT id * 2 FROM b WHERE id > 2", "duckdb", {}}};
  view.definition.default_namespace = {"a"};
  ASSERT_THAT(lake.catalog().views().CreateView(TestLake::Name("a.v"), view), IsOk());
  EXPECT_THAT(lake.Rows("SELECT doubled FROM a.v ORDER BY doubled"),
              HasValue(ElementsAre("6", "8")));
  view.definition.representations[0].dialect = "spark";
  ASSERT_THAT(lake.catalog().views().CreateView(TestLake::Name("a.w"), view), IsOk());
  EXPECT_THAT(lake.Rows("SELECT * FROM a.w"), IsError(ErrorKind::kUnsupported));
  EXPECT_THAT(lake.Rows("SELECT table_name FROM information_schema.tables ORDER BY ALL"),
              HasValue(ElementsAre("b", "v", "w")));
  ASSERT_THAT(lake.engine().Execute("DROP VIEW a.w"), IsOk());
  EXPECT_THAT(lake.catalog().views().ViewExists(TestLake::Name("a.w")), HasValue(false));
  EXPECT_THAT(lake.Rows("SELECT doubled FROM a.v WHERE doubled = 8"), HasValue(ElementsAre("8")));
}

TEST(Engine, MakesViewsThatOtherEnginesKnowForItsOwn) {
  TestLake lake;
  ASSERT_THAT(lake.Create("a.b", {{NestedField::Optional(1, "id", Type::Int())}, {}}), IsOk());
  ASSERT_THAT(lake.engine().Execute("CREATE VIEW a.v AS SELECT id, 'x' AS tag, sum(id) OVER () AS "
                                    "total FROM b"),
              IsOk());
  const auto made = lake.catalog().views().LoadView(TestLake::Name("a.v"));
  ASSERT_THAT(made, IsOk());
  const table::ViewVersion& version = made->metadata->current_version();
  EXPECT_THAT(version.default_namespace, ElementsAre("a"));
  ASSERT_THAT(version.representations, ::testing::SizeIs(1));
  EXPECT_EQ(version.representations[0].dialect, "duckdb");
  EXPECT_EQ(version.representations[0].sql.substr(0, 9), "SELECT id");
  std::vector<std::string> columns;
  for (const NestedField& field : made->metadata->schema().fields())
    columns.push_back(field.name + " " + field.type.ToString());
  EXPECT_THAT(columns, ElementsAre("id int", "tag string", "total decimal(38, 0)"));
  ASSERT_THAT(lake.engine().Execute("CREATE OR REPLACE VIEW a.v AS SELECT 1 AS one"), IsOk());
  const auto replaced = lake.catalog().views().LoadView(TestLake::Name("a.v"));
  EXPECT_EQ(replaced->metadata->versions.size(), 2u);
  EXPECT_EQ(replaced->metadata->view_uuid, made->metadata->view_uuid);
  ASSERT_THAT(lake.engine().Execute("DROP VIEW a.v"), IsOk());
  EXPECT_THAT(lake.catalog().views().ViewExists(TestLake::Name("a.v")), HasValue(false));
}

TEST(Engine, FollowsSwappedColumnNames) {
  TestLake lake;
  ASSERT_THAT(lake.Create("a.b", {{NestedField::Optional(1, "x", Type::Int()),
                                   NestedField::Optional(2, "y", Type::Int())},
                                  {}}),
              IsOk());
  ASSERT_THAT(lake.Append("a.b", "SELECT 1 AS x, 100 AS y"), IsOk());
  ASSERT_THAT(
      lake.Evolve("a.b", [](table::SchemaUpdate& s) { s.Rename("x", "z").Rename("y", "x"); }),
      IsOk());
  EXPECT_THAT(lake.Rows("SELECT z FROM a.b WHERE x = 100"), HasValue(ElementsAre("1")));
  EXPECT_THAT(lake.Rows("SELECT z FROM a.b WHERE z = 1"), HasValue(ElementsAre("1")));
}

TEST(Engine, OffersMetadataTables) {
  const auto lake = LakeOfMessages();
  EXPECT_THAT(lake->Rows("SELECT operation FROM silver.messages$snapshots"),
              HasValue(ElementsAre("append", "append", "append")));
  EXPECT_THAT(lake->Rows("SELECT count(*), sum(record_count) FROM silver.messages$files"),
              HasValue(ElementsAre("6|30")));
  EXPECT_THAT(lake->Rows("SELECT partition.platform, record_count FROM silver.messages$partitions"),
              HasValue(ElementsAre("p0|15", "p1|15")));
  EXPECT_THAT(lake->Rows("SELECT count(*) FROM silver.messages$manifests"),
              HasValue(ElementsAre("3")));
  EXPECT_THAT(lake->Rows("SELECT is_current_ancestor FROM silver.messages$history"),
              HasValue(ElementsAre("true", "true", "true")));
  EXPECT_THAT(lake->Rows("SELECT name, type FROM silver.messages$refs"),
              HasValue(ElementsAre("main|BRANCH")));
  EXPECT_THAT(lake->Rows("SELECT * FROM silver.messages$nope"), IsError(ErrorKind::kNotFound));
}

TEST(Engine, ReadsAPinnedStateInsteadOfTheCatalogs) {
  const auto lake = LakeOfMessages();
  const auto loaded = lake->catalog().LoadTable(TestLake::Name("silver.messages"));
  const table::SnapshotId first = loaded->metadata->snapshots.front().id;
  lake->engine().PinTable(loaded->name, loaded->metadata, first);
  EXPECT_THAT(lake->Rows("SELECT count(*) FROM silver.messages"), HasValue(ElementsAre("10")));
  lake->engine().PinTable(loaded->name, loaded->metadata, std::nullopt);
  EXPECT_THAT(lake->Rows("SELECT count(*) FROM silver.messages"), HasValue(ElementsAre("0")));
  lake->engine().UnpinTable(loaded->name);
  EXPECT_THAT(lake->Rows("SELECT count(*) FROM silver.messages"), HasValue(ElementsAre("30")));
}

TEST(Engine, ReadsRegisteredFilesAndSaysWhereRowsAre) {
  const auto lake = LakeOfMessages();
  const auto loaded = lake->catalog().LoadTable(TestLake::Name("silver.messages"));
  const auto& snapshots = loaded->metadata->snapshots;
  auto plan =
      table::PlanAppends(*loaded->metadata, snapshots[0].id, snapshots[1].id, lake->files());
  ASSERT_THAT(plan, IsOk());
  const std::string path = plan->tasks.front().file.file_path;
  ASSERT_THAT(lake->engine().RegisterFiles("changed", loaded->metadata, plan->tasks), IsOk());
  EXPECT_THAT(lake->Rows("SELECT min(id), max(id), count(*) FROM changed"),
              HasValue(ElementsAre("10|19|10")));
  EXPECT_THAT(lake->Rows("SELECT filename, count(*), max(file_row_number) FROM changed "
                         "WHERE filename = '" +
                         path + "' GROUP BY ALL"),
              HasValue(ElementsAre(path + "|5|4")));
  lake->engine().Unregister("changed");
  EXPECT_THAT(lake->Rows("SELECT * FROM changed"), IsError(ErrorKind::kNotFound));
}

TEST(Engine, ReadsRegisteredBatches) {
  const auto lake = LakeOfMessages();
  auto stream = lake->engine().Query("SELECT id, content FROM silver.messages WHERE id < 3");
  ASSERT_THAT(stream, IsOk());
  const auto batches = ReadAll(**stream);
  ASSERT_THAT(batches, IsOk());
  ASSERT_THAT(lake->engine().RegisterBatches("work.some", (*stream)->schema(), *batches), IsOk());
  EXPECT_THAT(
      lake->Rows("SELECT m.id, s.content FROM silver.messages m JOIN work.some s USING (id) "
                 "ORDER BY 1"),
      HasValue(ElementsAre("0|text 0", "1|text 1", "2|text 2")));
}

TEST(Engine, StreamsStayReadableWhileOthersRun) {
  const auto lake = LakeOfMessages();
  auto stream = lake->engine().Query("SELECT id FROM silver.messages ORDER BY id");
  ASSERT_THAT(stream, IsOk());
  EXPECT_THAT(lake->Rows("SELECT count(*) FROM silver.messages"), HasValue(ElementsAre("30")));
  const auto batches = ReadAll(**stream);
  ASSERT_THAT(batches, IsOk());
  EXPECT_EQ(batches->front()->num_rows(), 30);
}

TEST(Engine, KnowsDefinedViewsAndMacros) {
  const auto lake = LakeOfMessages();
  ASSERT_THAT(lake->engine().DefineView("late", "SELECT id FROM silver.messages WHERE id > 27"),
              IsOk());
  ASSERT_THAT(lake->engine().Define("CREATE VIEW silver.none AS SELECT * FROM silver.absent;"
                                    "CREATE MACRO twice(x) AS x * 2;"
                                    "CREATE MACRO first_ones(n) AS TABLE "
                                    "SELECT id FROM silver.messages WHERE id < n"),
              IsOk());
  EXPECT_THAT(lake->Rows("SELECT twice(id) FROM late ORDER BY 1"),
              HasValue(ElementsAre("56", "58")));
  EXPECT_THAT(lake->Rows("SELECT count(*) FROM first_ones(4)"), HasValue(ElementsAre("4")));
  EXPECT_THAT(lake->Rows("SELECT * FROM silver.none"), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(lake->engine().Define("DROP TABLE x"), IsError(ErrorKind::kInvalidArgument));
}

TEST(Engine, RefusesWritesNamingWhatWorks) {
  const auto lake = LakeOfMessages();
  for (const char* sql :
       {"INSERT INTO silver.messages (id) VALUES (1)", "DELETE FROM silver.messages",
        "UPDATE silver.messages SET id = 1", "CREATE TABLE silver.t AS SELECT 1 AS x",
        "CREATE TABLE t (x INT)", "DROP TABLE silver.messages"}) {
    const auto refused = lake->Rows(sql);
    EXPECT_THAT(refused, IsError(ErrorKind::kUnsupported)) << sql;
    EXPECT_THAT(refused, HasMessage("CREATE TEMP TABLE")) << sql;
  }
  EXPECT_THAT(lake->Rows("CREATE TEMP TABLE t AS SELECT 3 AS x; SELECT x FROM t"),
              HasValue(ElementsAre("3")));
}

TEST(Engine, PointsAtTheMistake) {
  const auto lake = LakeOfMessages();
  const auto misspelt = lake->Rows("SELECT idd FROM silver.messages");
  ASSERT_THAT(misspelt, IsError(ErrorKind::kInvalidArgument));
  EXPECT_EQ(misspelt.error().message,
            "Referenced column \"idd\" not found in FROM clause!\n"
            "LINE 1: SELECT idd FROM silver.messages\n"
            "               ^");
  EXPECT_THAT(misspelt.error().hint, HasSubstr("\"id\""));
  EXPECT_THAT(lake->Rows("SELEC 1"), HasMessage("syntax error"));
  EXPECT_THAT(lake->Rows("SELECT 1 FROM silver.mesages"), HasMessage("messages"));
  EXPECT_THAT(lake->Rows(""), IsError(ErrorKind::kInvalidArgument));
}

TEST(Engine, NamesADamagedFileAndReadsOtherTables) {
  const auto lake = LakeOfMessages();
  ASSERT_THAT(lake->Create("a.b", {{NestedField::Optional(1, "x", Type::Int())}, {}}), IsOk());
  ASSERT_THAT(lake->Append("a.b", "SELECT 1 AS x"), IsOk());
  const auto loaded = lake->catalog().LoadTable(TestLake::Name("a.b"));
  lake->files().Replace(loaded->metadata->current_snapshot()->manifest_list, "not Avro");
  EXPECT_THAT(lake->Rows("SELECT * FROM a.b"), IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(lake->Rows("SELECT * FROM a.b"), HasMessage("a.b"));
  EXPECT_THAT(lake->Rows("SELECT count(*) FROM silver.messages"), HasValue(ElementsAre("30")));
}

TEST(Engine, NamesADamagedDataFileAsTheTableDoes) {
  const auto lake = LakeOfMessages();
  ASSERT_THAT(lake->Create("a.b", {{NestedField::Optional(1, "x", Type::Int())}, {}}), IsOk());
  ASSERT_THAT(lake->Append("a.b", "SELECT CAST(range AS INTEGER) AS x FROM range(1000)"), IsOk());
  const auto paths = lake->Rows("SELECT file_path FROM a.b.files");
  ASSERT_THAT(paths, IsOk());
  const std::string path = paths->front();
  const std::string bytes = lake->files().ReadAll(path, 1 << 20).value();
  const std::string no_footer = bytes.substr(0, bytes.size() / 2);
  const std::string no_metadata =
      bytes.substr(0, bytes.size() - 40) + bytes.substr(bytes.size() - 8);
  for (const std::string& damaged : {no_footer, std::string("PAR1")}) {
    lake->files().Replace(path, damaged);
    const auto rows = lake->Rows("SELECT sum(x) FROM a.b");
    EXPECT_THAT(rows, IsError(ErrorKind::kCorrupt));
    EXPECT_THAT(rows, HasMessage(path));
    EXPECT_THAT(rows, testing::Not(HasMessage("firn-lake")));
  }
  // DuckDB does not say which file this was of.
  lake->files().Replace(path, no_metadata);
  const auto rows = lake->Rows("SELECT sum(x) FROM a.b");
  EXPECT_THAT(rows, IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(rows, HasMessage("Parquet"));
}

TEST(Engine, UnderstandsSparksWords) {
  TestLake lake;
  ASSERT_THAT(lake.Create("a.b", {{NestedField::Optional(1, "x", Type::Int())}, {}}), IsOk());
  ASSERT_THAT(lake.Append("a.b", "SELECT 1 AS x"), IsOk());
  const std::string first = lake.Snapshot("a.b")->ToString();
  const std::string then = lake.env().Now().ToString();
  ASSERT_THAT(lake.Append("a.b", "SELECT 2 AS x"), IsOk());
  EXPECT_THAT(lake.Rows("SELECT count(*) FROM a.b VERSION AS OF " + first + " t WHERE t.x > 0"),
              HasValue(ElementsAre("1")));
  EXPECT_THAT(lake.Rows("SELECT count(*) FROM a.b FOR TIMESTAMP AS OF '" + then + "'"),
              HasValue(ElementsAre("1")));
  EXPECT_THAT(lake.Rows("SELECT 'VERSION AS OF 1' AS text, x FROM a.b VERSION AS OF 'main' "
                        "ORDER BY x LIMIT 1"),
              HasValue(ElementsAre("VERSION AS OF 1|1")));
  EXPECT_THAT(lake.Rows("SELECT count(*) FROM a.b.snapshots"), HasValue(ElementsAre("2")));
  EXPECT_THAT(lake.Rows("SELECT count(*) FROM a.b.nothing"), IsError(ErrorKind::kInvalidArgument));
}

TEST(Engine, LocalTimeEqualsDuckDbsTimezone) {
  TestLake lake;
  for (const char* zone : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC",
                           "Asia/Kathmandu", "America/Sao_Paulo"}) {
    const std::string name = "'" + std::string(zone) + "'";
    EXPECT_THAT(
        lake.Rows("SELECT count(*) FILTER (local_time(" + name + ", t) <> timezone(" + name +
                  ", t)), count(*) FROM (SELECT TIMESTAMPTZ '2017-12-30 00:00:00Z' + "
                  "INTERVAL 7 MINUTE * i AS t FROM range(200000) r(i))"),
        HasValue(ElementsAre("0|200000")))
        << zone;
  }
  EXPECT_THAT(lake.Rows("SELECT local_time('UTC', NULL), "
                        "local_time('UTC', 'infinity'::TIMESTAMPTZ)::VARCHAR"),
              HasValue(ElementsAre("NULL|infinity")));
  EXPECT_THAT(lake.Rows("SELECT local_time('Nowhere/At_All', now())"),
              IsError(ErrorKind::kUnsupported));
}

TEST(Engine, SplitsTextsIntoChunks) {
  TestLake lake;
  EXPECT_THAT(
      lake.Rows("SELECT chunk.text, chunk.token_count FROM (SELECT unnest(text_chunks(t, 6, "
                "2)) AS chunk FROM (VALUES ('alpha beta gamma delta'), (NULL), (''), "
                "('short')) AS v(t)) ORDER BY ALL"),
      HasValue(ElementsAre("alpha beta |3", "beta gamma delta|4", "short|2")));
  // More rows than a vector holds.
  EXPECT_THAT(lake.Rows("SELECT sum(len(chunk.text))::BIGINT, max(chunk.token_count) FROM (SELECT "
                        "unnest(text_chunks(repeat('a b ', i % 50), 8, 0)) AS chunk "
                        "FROM range(5000) r(i))"),
              HasValue(ElementsAre("490000|8")));
  EXPECT_THAT(lake.Rows("SELECT text_chunks('a', 2, 2)"), IsError(ErrorKind::kInvalidArgument));
}

TEST(Engine, ScansATableByItsPath) {
  const auto lake = LakeOfMessages();
  const auto loaded = lake->catalog().LoadTable(TestLake::Name("silver.messages"));
  for (const std::string& path : {loaded->metadata_location, loaded->metadata->location}) {
    EXPECT_THAT(lake->Rows("SELECT count(*) FROM iceberg_scan('" + path + "') WHERE id < 5"),
                HasValue(ElementsAre("5")));
  }
  EXPECT_THAT(lake->Rows("SELECT * FROM iceberg_scan('/nowhere')"), IsError(ErrorKind::kNotFound));
}

TEST(Engine, LoadsNoExtensions) {
  TestLake lake;
  EXPECT_THAT(lake.Rows("INSTALL httpfs"), IsError(ErrorKind::kForbidden));
  EXPECT_THAT(lake.Rows("LOAD httpfs"), IsError(ErrorKind::kForbidden));
}

// A delete file of the table's that takes out `rows` of the file at `path`.
Result<table::DataFile> WriteDeletes(TestLake& lake, const table::TableMetadata& metadata,
                                     const std::string& path, const std::string& rows) {
  table::TableMetadata deletes = metadata;
  FIRN_ASSIGN(auto schema,
              table::Schema::Make(metadata.current_schema_id,
                                  {NestedField::Required(2147483546, "file_path", Type::String()),
                                   NestedField::Required(2147483545, "pos", Type::Long())}));
  deletes.schemas = {std::move(schema)};
  deletes.partition_specs = {table::PartitionSpec{metadata.default_spec_id, {}}};
  FIRN_ASSIGN(const auto writer,
              datafile::TableWriter::Open(deletes, "deletes", lake.files(), lake.env(), {}));
  FIRN_ASSIGN(const auto stream, lake.engine().Query("SELECT '" + path +
                                                     "' AS file_path, pos::BIGINT AS pos FROM "
                                                     "unnest([" +
                                                     rows + "]) t(pos)"));
  FIRN_ASSIGN(const auto batches, ReadAll(*stream));
  for (const auto& batch : batches)
    FIRN_TRY(writer->Write(batch));
  FIRN_ASSIGN(auto files, writer->Close());
  files.front().content = table::FileContent::kPositionDeletes;
  return std::move(files.front());
}

TEST(Engine, AppliesPositionDeletes) {
  TestLake lake;
  ASSERT_THAT(lake.Create("a.b", {{NestedField::Optional(1, "x", Type::Long())}, {}}), IsOk());
  auto files = lake.Write("a.b", "SELECT i AS x FROM range(5000) t(i)");
  ASSERT_THAT(files, IsOk());
  const auto loaded = lake.catalog().LoadTable(TestLake::Name("a.b"));
  table::FileScanTask task;
  task.file = files->front();
  for (const char* rows : {"0, 7, 4999", "7, 2048"}) {
    auto deletes = WriteDeletes(lake, *loaded->metadata, task.file.file_path, rows);
    ASSERT_THAT(deletes, IsOk());
    task.deletes.push_back(*deletes);
  }
  ASSERT_THAT(lake.engine().RegisterFiles("rest", loaded->metadata, {task}), IsOk());
  EXPECT_THAT(lake.Rows("SELECT count(*), sum(x) FROM rest"),
              HasValue(ElementsAre("4996|" + std::to_string(4999LL * 5000 / 2 - 7 - 4999 - 2048))));
  EXPECT_THAT(lake.Rows("SELECT count(*) FROM rest"), HasValue(ElementsAre("4996")));
  EXPECT_THAT(lake.Rows("SELECT x FROM rest WHERE x < 10 AND x > 5 ORDER BY x"),
              HasValue(ElementsAre("6", "8", "9")));
}

TEST(Engine, GivesResultsTheirArrowTypes) {
  TestLake lake;
  auto stream = lake.engine().Query(
      "SELECT 12.30::DECIMAL(5,2) AS d, TIMESTAMPTZ '2025-11-05 01:02:03+00' AS t, [1, 2] AS l, "
      "MAP {'k': 1} AS m, {'a': 1, 'b': 'x'} AS s, sum(1) AS h, DATE '2025-11-05' AS day");
  ASSERT_THAT(stream, IsOk());
  const auto& schema = *(*stream)->schema();
  EXPECT_EQ(schema.field(0)->type()->ToString(), "decimal128(5, 2)");
  EXPECT_EQ(schema.field(1)->type()->ToString(), "timestamp[us, tz=UTC]");
  EXPECT_EQ(schema.field(2)->type()->id(), arrow::Type::LIST);
  EXPECT_EQ(schema.field(3)->type()->id(), arrow::Type::MAP);
  EXPECT_EQ(schema.field(4)->type()->id(), arrow::Type::STRUCT);
  EXPECT_EQ(schema.field(5)->type()->ToString(), "decimal128(38, 0)");
  EXPECT_EQ(schema.field(6)->type()->ToString(), "date32[day]");
  ASSERT_THAT(ReadAll(**stream), IsOk());
}

}  // namespace
}  // namespace firn::sql
