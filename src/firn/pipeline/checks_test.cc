// SPDX-License-Identifier: Apache-2.0

#include "firn/pipeline/checks.h"

#include "firn/base/testing.h"
#include "firn/pipeline/testing.h"

namespace firn::pipeline {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The package with one check on silver.latest.
Package PackageWith(const std::string& check) {
  return TestPackage({{"silver/latest.sql", R"(/*
name: silver.latest
kind: merge
keys: [id]
inputs:
  - table: bronze.events
    columns: [id, day, moment, amount]
    touches: SELECT DISTINCT id FROM changes
columns:
  id: string!
  day: string!
  amount: long
checks:
)" + check + R"(
*/
SELECT id, max(day) AS day, max(amount) AS amount
FROM bronze.events WHERE id IN (SELECT id FROM touched) GROUP BY id
)"}});
}

const CheckOutcome* Find(const RunOutcome& outcome, const std::string& check) {
  for (const CheckOutcome& found : outcome.checks) {
    if (found.check == check) return &found;
  }
  return nullptr;
}

TEST(Checks, LetNothingOfARunBecomeVisibleWhenOneFails) {
  TestLake lake;
  lake.Add({{"a", "2025-11-01", 1, 5}});
  const auto package = PackageWith("  - {name: small, expression: amount < 10}");
  ASSERT_THAT(lake.Run(package), IsOk());
  const Contents before = lake.Read();
  lake.Add({{"b", "2025-11-01", 1, 50}});
  const auto outcome = lake.Run(package);
  ASSERT_THAT(outcome, IsOk());
  EXPECT_TRUE(outcome->gate_failed);
  EXPECT_FALSE(outcome->committed);
  ASSERT_NE(Find(*outcome, "small"), nullptr);
  EXPECT_EQ(Find(*outcome, "small")->violations, 1);
  EXPECT_EQ(lake.Read(), before);
  EXPECT_THAT(lake.Orphans(), IsEmpty());
}

TEST(Checks, LeaveWhatTheyRefuseOnABranch) {
  TestLake lake;
  const auto package = PackageWith("  - {name: small, expression: amount < 10}");
  lake.Add({{"a", "2025-11-01", 1, 5}});
  ASSERT_THAT(lake.Run(package), IsOk());
  lake.Add({{"b", "2025-11-01", 1, 50}});
  const auto outcome = lake.Run(package);
  ASSERT_THAT(outcome, IsOk());
  EXPECT_THAT(outcome->left_on_branch, Contains("silver.latest"));
  EXPECT_THAT(lake.Query(Find(*outcome, "small")->query), ElementsAre("b|2025-11-01|50"));
  const auto again = lake.Run(package);
  ASSERT_THAT(again, IsOk());
  EXPECT_THAT(lake.Query(Find(*again, "small")->query), ElementsAre("b|2025-11-01|50"));
  EXPECT_THAT(lake.Orphans(), IsEmpty());
}

TEST(Checks, LeaveTheFirstRowsOfATableOnABranch) {
  TestLake lake;
  lake.Add({{"a", "2025-11-01", 1, 50}});
  const auto outcome = lake.Run(PackageWith("  - {name: small, expression: amount < 10}"));
  ASSERT_THAT(outcome, IsOk());
  EXPECT_THAT(lake.Read().at("silver.latest"), IsEmpty());
  EXPECT_THAT(lake.Query(Find(*outcome, "small")->query), ElementsAre("a|2025-11-01|50"));
}

TEST(Checks, RemoveTheBranchWithTheNextRunThatGoesWell) {
  TestLake lake;
  lake.Add({{"a", "2025-11-01", 1, 50}});
  ASSERT_THAT(lake.Run(PackageWith("  - {name: small, expression: amount < 10}")), IsOk());
  const auto outcome = lake.Run(PackageWith("  - {name: small, expression: amount < 100}"));
  ASSERT_THAT(outcome, IsOk());
  EXPECT_TRUE(outcome->committed);
  EXPECT_THAT(lake.Read().at("silver.latest"), ElementsAre("a|2025-11-01|50"));
  const auto table = lake.catalog->LoadTable(catalog::TableName::Parse("silver.latest").value());
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ(table->metadata->FindRef(std::string(kFailedRunBranch)), nullptr);
}

TEST(Checks, OnlyReportWhereTheyWarn) {
  TestLake lake;
  lake.Add({{"a", "2025-11-01", 1, 50}});
  const auto outcome =
      lake.Run(PackageWith("  - {name: small, expression: amount < 10, on_violation: warn}"));
  ASSERT_THAT(outcome, IsOk());
  EXPECT_TRUE(outcome->committed);
  EXPECT_EQ(Find(*outcome, "small")->violations, 1);
  EXPECT_THAT(lake.Read().at("silver.latest"), ElementsAre("a|2025-11-01|50"));
}

TEST(Checks, MoveRowsAsideWhereTheyQuarantine) {
  TestLake lake;
  lake.Add({{"a", "2025-11-01", 1, 50}, {"b", "2025-11-01", 1, 5}});
  const auto outcome =
      lake.Run(PackageWith("  - {name: small, expression: amount < 10, on_violation: quarantine}"));
  ASSERT_THAT(outcome, IsOk());
  EXPECT_TRUE(outcome->committed);
  EXPECT_EQ(Find(*outcome, "small")->quarantined, 1);
  EXPECT_THAT(lake.Read().at("silver.latest"), ElementsAre("b|2025-11-01|5"));
  EXPECT_THAT(lake.Query("SELECT id, amount, _rule FROM silver.latest_quarantine"),
              ElementsAre("a|50|small"));
  EXPECT_THAT(lake.Read().at("gold.daily"), ElementsAre("2025-11-01|1|5"));
  EXPECT_THAT(lake.Orphans(), IsEmpty());
}

TEST(Checks, CountValuesThatAreNotAccepted) {
  TestLake lake;
  lake.Add({{"a", "2025-11-01", 1, 1}, {"b", "2025-11-09", 1, 2}});
  const auto outcome =
      lake.Run(PackageWith("  - accepted_values: {column: day, values: ['2025-11-01']}"));
  ASSERT_THAT(outcome, IsOk());
  EXPECT_TRUE(outcome->gate_failed);
  EXPECT_EQ(Find(*outcome, "accepted_values_day")->violations, 1);
}

TEST(Checks, FindEqualValuesAmongOldAndNewRows) {
  TestLake lake;
  const auto package = PackageWith("  - unique: [day]");
  lake.Add({{"a", "2025-11-01", 1, 1}});
  ASSERT_THAT(lake.Run(package), IsOk());
  lake.Add({{"b", "2025-11-01", 1, 2}});
  const auto outcome = lake.Run(package);
  ASSERT_THAT(outcome, IsOk());
  EXPECT_TRUE(outcome->gate_failed);
  EXPECT_EQ(Find(*outcome, "unique_day")->violations, 1);
  EXPECT_THAT(lake.Query(Find(*outcome, "unique_day")->query), ElementsAre("2025-11-01|2"));
}

TEST(Checks, TellRowsApartWhoseQueryGivesOneKeyTwice) {
  TestLake lake;
  lake.Add({{"a", "2025-11-01", 1, 1}, {"a", "2025-11-02", 2, 2}});
  const auto package = TestPackage({{"silver/latest.sql", R"(/*
name: silver.latest
kind: merge
keys: [id]
inputs:
  - table: bronze.events
    columns: [id]
    touches: SELECT DISTINCT id FROM changes
columns:
  id: string!
  day: string!
  amount: long
*/
SELECT id, day, amount FROM bronze.events
)"}});
  EXPECT_THAT(lake.Run(package), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(lake.Orphans(), IsEmpty());
}

}  // namespace
}  // namespace firn::pipeline
