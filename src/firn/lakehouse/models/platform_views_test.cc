// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/models/platform_views.h"

#include "firn/base/testing.h"
#include "firn/sql/testing.h"

namespace firn::lakehouse {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A lake with conversations of two platforms, and of one nobody knows.
class PlatformViewsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    using table::NestedField;
    using table::Type;
    ASSERT_THAT(lake_.Create("silver.conversations",
                             {{NestedField::Required(1, "conversation_id", Type::String()),
                               NestedField::Required(2, "platform", Type::String())},
                              {},
                              2}),
                IsOk());
    ASSERT_THAT(lake_.Append("silver.conversations",
                             "SELECT * FROM (VALUES ('a', 'codex'), ('b', 'roo_code'), "
                             "('c', 'codex'), ('d', 'gold')) AS v(conversation_id, platform)"),
                IsOk());
  }

  Status Keep() { return KeepPlatformViews(lake_.catalog(), lake_.engine(), lake_.env()); }
  std::vector<std::string> Rows(const std::string& sql) {
    const auto rows = lake_.Rows(sql);
    EXPECT_THAT(rows, IsOk()) << sql;
    return rows ? *rows : std::vector<std::string>();
  }

  sql::TestLake lake_;
};

TEST_F(PlatformViewsTest, ShowEachPlatformItsRows) {
  ASSERT_THAT(Keep(), IsOk());
  EXPECT_THAT(Rows("SELECT conversation_id FROM codex.conversations ORDER BY ALL"),
              ElementsAre("a", "c"));
  EXPECT_THAT(Rows("SELECT conversation_id FROM roo_code.conversations"), ElementsAre("b"));
  EXPECT_THAT(lake_.catalog().views().ListViews({"codex"})->size(), 1U);
  const auto view = lake_.catalog().views().LoadView({{"codex"}, "conversations"});
  ASSERT_THAT(view, IsOk());
  for (const char* dialect : {"duckdb", "spark", "trino"})
    EXPECT_NE(view->metadata->FindSql(dialect), nullptr) << dialect;
}

TEST_F(PlatformViewsTest, AreOfKnownPlatformsAlone) {
  ASSERT_THAT(Keep(), IsOk());
  EXPECT_THAT(lake_.catalog().NamespaceExists({"gold"}), HasValue(false));
  EXPECT_THAT(lake_.catalog().NamespaceExists({"claude_code"}), HasValue(false));
}

TEST_F(PlatformViewsTest, FollowTheColumnsOfTheirTables) {
  ASSERT_THAT(Keep(), IsOk());
  ASSERT_THAT(lake_.Evolve("silver.conversations",
                           [](table::SchemaUpdate& update) {
                             update.AddColumn("", "title", table::Type::String());
                           }),
              IsOk());
  ASSERT_THAT(Keep(), IsOk());
  EXPECT_THAT(Rows("SELECT title FROM roo_code.conversations"), ElementsAre("NULL"));
}

TEST_F(PlatformViewsTest, LeaveAloneWhatOthersMade) {
  ASSERT_THAT(lake_.catalog().CreateNamespace({"codex"}), IsOk());
  ASSERT_THAT(
      lake_.Create("codex.notes",
                   {{table::NestedField::Optional(1, "note", table::Type::String())}, {}, 2}),
      IsOk());
  ASSERT_THAT(lake_.engine().Execute("CREATE VIEW codex.conversations AS SELECT 'mine' AS whose"),
              IsOk());
  ASSERT_THAT(Keep(), IsOk());
  EXPECT_THAT(Rows("FROM codex.conversations"), ElementsAre("mine"));
  EXPECT_THAT(Rows("FROM codex.notes"), IsEmpty());
}

TEST_F(PlatformViewsTest, StayAsTheirOwnersReplacedThem) {
  ASSERT_THAT(Keep(), IsOk());
  ASSERT_THAT(lake_.engine().Execute("CREATE OR REPLACE VIEW codex.conversations AS SELECT 1 AS x"),
              IsOk());
  ASSERT_THAT(lake_.Evolve("silver.conversations",
                           [](table::SchemaUpdate& update) {
                             update.AddColumn("", "title", table::Type::String());
                           }),
              IsOk());
  ASSERT_THAT(Keep(), IsOk());
  EXPECT_THAT(Rows("FROM codex.conversations"), ElementsAre("1"));
}

TEST_F(PlatformViewsTest, StayDroppedWhereNothingChanged) {
  ASSERT_THAT(Keep(), IsOk());
  ASSERT_THAT(lake_.catalog().views().DropView({{"codex"}, "conversations"}), IsOk());
  ASSERT_THAT(Keep(), IsOk());
  EXPECT_THAT(lake_.catalog().views().ViewExists({{"codex"}, "conversations"}), HasValue(false));
}

TEST(PlatformViews, AreNoneInAnEmptyLake) {
  sql::TestLake lake;
  EXPECT_THAT(KeepPlatformViews(lake.catalog(), lake.engine(), lake.env()), IsOk());
}

}  // namespace
}  // namespace firn::lakehouse
