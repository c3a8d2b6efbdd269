// SPDX-License-Identifier: Apache-2.0

#include "firn/pipeline/run.h"

#include <algorithm>

#include "firn/base/testing.h"
#include "firn/io/faulty_file_io.h"
#include "firn/obs/log.h"
#include "firn/pipeline/testing.h"

namespace firn::pipeline {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// `moment` is also what a native model's source says the row takes in memory.
Event RandomEvent(Env& env, uint64_t moments) {
  const auto pick = [&](uint64_t below) { return env.Random64() % below; };
  return {"id" + std::to_string(pick(12)), "2025-11-0" + std::to_string(1 + pick(5)),
          static_cast<int64_t>(pick(moments)), static_cast<int64_t>(pick(100))};
}

TEST(Run, MakesEveryTableOfThePackage) {
  TestLake lake;
  lake.Add({{"a", "2025-11-01", 1, 60}, {"b", "2025-11-01", 2, 70}, {"a", "2025-11-02", 3, 5}});
  const auto outcome = lake.Run(TestPackage());
  ASSERT_THAT(outcome, IsOk());
  EXPECT_TRUE(outcome->committed);
  const Contents contents = lake.Read();
  EXPECT_THAT(contents.at("silver.latest"), ElementsAre("a|2025-11-02|5", "b|2025-11-01|70"));
  EXPECT_THAT(contents.at("gold.daily"), ElementsAre("2025-11-01|1|70", "2025-11-02|1|5"));
  EXPECT_THAT(contents.at("gold.overall"), ElementsAre("2|0|75"));
  EXPECT_THAT(contents.at("silver.sums"), ElementsAre("a|65|2", "b|70|1"));
  EXPECT_EQ(contents.at("silver.log").size(), 3U);
  EXPECT_THAT(lake.Orphans(), IsEmpty());
}

TEST(Run, WritesNothingWhenNothingIsNew) {
  TestLake lake;
  lake.Add({{"a", "2025-11-01", 1, 60}});
  ASSERT_THAT(lake.Run(TestPackage()), IsOk());
  const auto files_before = lake.files.List("memory:///lake");
  const auto again = lake.Run(TestPackage());
  ASSERT_THAT(again, IsOk());
  EXPECT_FALSE(again->committed);
  const auto files_after = lake.files.List("memory:///lake");
  EXPECT_EQ(files_before->size(), files_after->size());
}

TEST(Run, TakesAMovedRowOutOfItsOldGroup) {
  TestLake lake;
  lake.Add({{"a", "2025-11-01", 1, 60}});
  ASSERT_THAT(lake.Run(TestPackage()), IsOk());
  lake.Add({{"a", "2025-11-02", 2, 70}});
  ASSERT_THAT(lake.Run(TestPackage()), IsOk());
  EXPECT_THAT(lake.Read().at("gold.daily"), ElementsAre("2025-11-02|1|70"));
}

TEST(Run, ComputesOnlyTheGroupsThatChanged) {
  TestLake lake;
  lake.Add({{"a", "2025-11-01", 1, 60}, {"b", "2025-11-02", 1, 70}, {"c", "2025-11-03", 1, 1}});
  ASSERT_THAT(lake.Run(TestPackage()), IsOk());
  lake.Add({{"c", "2025-11-03", 2, 2}});
  const auto outcome = lake.Run(TestPackage());
  ASSERT_THAT(outcome, IsOk());
  for (const ModelOutcome& model : outcome->models) {
    if (model.model == "gold.daily" || model.model == "silver.latest") {
      EXPECT_EQ(model.groups, 1) << model.model;
      EXPECT_EQ(model.rows_written, 1) << model.model;
    }
  }
}

const std::string kDoubled =
    "/*\nname: doubled\nkind: macro\nparameters: [n]\n*/\nSELECT 2 * n -- of a number";
const std::string kLarge =
    "/*\nname: large\nkind: table_macro\nparameters: [least]\n*/\n"
    "SELECT id FROM amounts WHERE amount >= least";
const std::string kAmounts =
    "/*\nname: amounts\nkind: view\ninputs: [bronze.events]\n*/\n"
    "SELECT id, amount FROM bronze.events";

TEST(Run, LetsModelsUseViewsAndMacrosOfThePackage) {
  TestLake lake;
  lake.Add({{"a", "2025-11-01", 1, 60}, {"b", "2025-11-01", 1, 70}});
  const std::string model =
      "/*\nname: gold.twice\nkind: replace\ninputs: [bronze.events, amounts]\n"
      "columns:\n  n: long\n*/\nSELECT CAST(doubled(amount) AS BIGINT) AS n FROM amounts "
      "WHERE id IN (SELECT id FROM large(65))";
  const auto package = TestPackage({{"doubled.sql", kDoubled},
                                    {"large.sql", kLarge},
                                    {"amounts.sql", kAmounts},
                                    {"twice.sql", model}});
  ASSERT_THAT(lake.Run(package), IsOk());
  EXPECT_THAT(lake.Read().at("gold.twice"), ElementsAre("140"));
}

TEST(Run, NamesTheFileOfAMacroThatDoesNotParse) {
  TestLake lake;
  const auto package =
      TestPackage({{"bad.sql", "/*\nname: bad\nkind: macro\n*/\nSELECT FROM WHERE"}});
  EXPECT_THAT(lake.Run(package), HasMessage("macro bad (bad.sql)"));
}

// Definitions as a question meets them: of a lake that may lack tables, with mistakes in some.
TEST(DefineNames, PassesOverWhatCannotBeDefined) {
  TestLake lake;
  lake.Add({{"a", "2025-11-01", 1, 60}});
  const auto package = TestPackage(
      {{"amounts.sql", kAmounts},
       {"large.sql", kLarge},
       {"bad.sql", "/*\nname: bad\nkind: macro\n*/\nSELECT FROM WHERE"},
       {"worse.sql", "/*\nname: worse\nkind: view\n*/\nSELECT FROM WHERE"},
       {"far.sql", "/*\nname: far\nkind: view\ninputs: [silver.none]\n*/\nFROM silver.none"},
       {"on_far.sql", "/*\nname: a_far\nkind: view\ninputs: [far]\n*/\nFROM far"}});
  auto engine = sql::Engine::Open(*lake.catalog, lake.files, lake.env, {});
  ASSERT_THAT(engine, IsOk());
  ASSERT_THAT(DefineNames(package, *lake.catalog, **engine, obs::NoLog()), IsOk());
  EXPECT_THAT((*engine)->Execute("FROM large(50)"), IsOk());
  EXPECT_THAT((*engine)->Execute("FROM worse"), IsError(ErrorKind::kNotFound));
  EXPECT_THAT((*engine)->Execute("FROM a_far"), IsError(ErrorKind::kNotFound));
}

class RunSplitTest : public ::testing::TestWithParam<uint64_t> {};

// Small groups are put together as their rows come by; groups of some 10 MB wait for more than may
// wait, and those of some 50 MB are streamed.
INSTANTIATE_TEST_SUITE_P(Sizes, RunSplitTest, ::testing::Values(1'000'000, 4'000'000, 20'000'000));

// However events are spread over commits and runs, in whatever order, the tables are those of one
// run over all of them.
TEST_P(RunSplitTest, GivesTheSameTablesForEverySplitOfItsInput) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    TestLake split, whole;
    FixedEnv random(TimeUs{0}, seed);
    std::vector<Event> events;
    for (int i = 0; i < 60; ++i)
      events.push_back(RandomEvent(random, GetParam()));
    whole.Add(events);
    ASSERT_THAT(whole.Run(TestPackage()), IsOk());
    for (size_t i = events.size(); i > 1; --i)
      std::swap(events[i - 1], events[random.Random64() % i]);
    for (size_t begin = 0; begin < events.size();) {
      const size_t end = std::min(events.size(), begin + 1 + random.Random64() % 25);
      split.Add({events.begin() + static_cast<std::ptrdiff_t>(begin),
                 events.begin() + static_cast<std::ptrdiff_t>(end)});
      begin = end;
      if (random.Random64() % 3 > 0) {
        ASSERT_THAT(split.Run(TestPackage()), IsOk());
      }
    }
    ASSERT_THAT(split.Run(TestPackage()), IsOk());
    EXPECT_EQ(split.Read(), whole.Read()) << "seed " << seed;
    RunRequest refresh;
    refresh.full_refresh = true;
    ASSERT_THAT(split.Run(TestPackage(), refresh), IsOk());
    EXPECT_EQ(split.Read(), whole.Read()) << "refreshed, seed " << seed;
  }
}

TEST(Run, ComputesATableAnewWhenItsDefinitionChanged) {
  TestLake lake;
  lake.Add({{"a", "2025-11-01", 1, 60}, {"a", "2025-11-02", 2, 70}});
  ASSERT_THAT(lake.Run(TestPackage()), IsOk());
  lake.sums.version_ = "2";
  const auto outcome = lake.Run(TestPackage());
  ASSERT_THAT(outcome, IsOk());
  for (const ModelOutcome& model : outcome->models) {
    if (model.model == "silver.sums") {
      EXPECT_EQ(model.action, ModelPlan::Action::kFull);
    }
  }
  EXPECT_THAT(lake.Read().at("silver.sums"), ElementsAre("a|130|2"));
}

// The package with gold.daily of these columns, which are the query's, too.
Package PackageWithDays(const std::string& columns, const std::string& select) {
  return TestPackage({{"gold/daily.sql",
                       "/*\nname: gold.daily\nkind: replace\ninputs: [bronze.events]\ncolumns: {" +
                           columns + "}\n*/\nSELECT DISTINCT " + select + " FROM bronze.events"},
                      {"gold/overall.sql", ""},
                      {"gold/large.sql", ""}});
}

TEST(Run, AddsTheColumnsThatATableLacks) {
  TestLake lake;
  lake.Add({{"a", "2025-11-01", 1, 60}});
  ASSERT_THAT(lake.Run(PackageWithDays("day: string!", "day")), IsOk());
  const auto longer = PackageWithDays("day: string, amount: long", "day, amount");
  ASSERT_THAT(lake.Run(longer), IsOk());
  EXPECT_THAT(lake.Read().at("gold.daily"), ElementsAre("2025-11-01|60"));
  const auto again = lake.Run(longer);
  ASSERT_THAT(again, IsOk());
  EXPECT_FALSE(again->committed);
}

TEST(Run, ChangesTheTypeOfNoColumn) {
  TestLake lake;
  lake.Add({{"a", "2025-11-01", 1, 60}});
  ASSERT_THAT(lake.Run(PackageWithDays("day: string!", "day")), IsOk());
  const auto other = lake.Run(PackageWithDays("day: date", "CAST(day AS DATE) AS day"));
  EXPECT_THAT(other, IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(other, HasMessage("columns of gold.daily"));
}

TEST(Run, KeepsTheConsumedSnapshotByATag) {
  TestLake lake;
  lake.Add({{"a", "2025-11-01", 1, 60}});
  ASSERT_THAT(lake.Run(TestPackage()), IsOk());
  const auto events = lake.catalog->LoadTable(catalog::TableName::Parse("bronze.events").value());
  const auto latest = lake.catalog->LoadTable(catalog::TableName::Parse("silver.latest").value());
  ASSERT_THAT(events, IsOk());
  const table::Ref* tag = events->metadata->FindRef(ConsumerTag("silver.latest"));
  ASSERT_NE(tag, nullptr);
  EXPECT_EQ(tag->snapshot_id, *events->metadata->current_snapshot_id);
  EXPECT_EQ(latest->metadata->Property(WatermarkKey("bronze.events"), ""),
            tag->snapshot_id.ToString());
}

TEST(Run, RefusesAModelThatDoesNotExist) {
  TestLake lake;
  RunRequest request;
  request.models = {"gold.dialy"};
  EXPECT_THAT(lake.Run(TestPackage(), request), IsError(ErrorKind::kNotFound));
}

TEST(Run, RunsOnlyTheModelsSelected) {
  TestLake lake;
  lake.Add({{"a", "2025-11-01", 1, 60}});
  RunRequest request;
  request.models = {"silver.latest"};
  ASSERT_THAT(lake.Run(TestPackage(), request), IsOk());
  const Contents contents = lake.Read();
  EXPECT_EQ(contents.at("silver.latest").size(), 1U);
  EXPECT_THAT(contents.at("gold.daily"), IsEmpty());
}

TEST(PlanRun, SaysWhatWouldRunAndWritesNothing) {
  TestLake lake;
  lake.Add({{"a", "2025-11-01", 1, 60}});
  auto engine = sql::Engine::Open(*lake.catalog, lake.files, lake.env, {});
  ASSERT_THAT(engine, IsOk());
  NativeModel* const natives[] = {&lake.sums};
  const RunContext context{*lake.catalog, lake.files, lake.env, **engine, obs::NoLog(), natives};
  const auto files_before = lake.files.List("memory:///lake");
  const auto plans = PlanRun(TestPackage(), {}, context);
  ASSERT_THAT(plans, IsOk());
  EXPECT_EQ(lake.files.List("memory:///lake")->size(), files_before->size());
  for (const ModelPlan& plan : *plans) {
    if (plan.model != "silver.latest") continue;
    EXPECT_EQ(plan.action, ModelPlan::Action::kFull);
    ASSERT_EQ(plan.inputs.size(), 1U);
    EXPECT_EQ(plan.inputs[0].files_added, 1);
    EXPECT_GT(plan.inputs[0].bytes, 0);
  }
}

// Another run finishes while this one computes: this one starts over and nothing is counted twice.
TEST(Run, StartsOverWhenAnotherRunWasFirst) {
  TestLake lake;
  lake.Add({{"a", "2025-11-01", 1, 60}});
  ASSERT_THAT(lake.Run(TestPackage()), IsOk());
  lake.Add({{"a", "2025-11-01", 2, 7}, {"b", "2025-11-02", 2, 8}});
  bool inside = false;
  lake.sums.on_process = [&] {
    if (inside) return;
    inside = true;
    EXPECT_THAT(lake.Run(TestPackage()), IsOk());
  };
  const auto outcome = lake.Run(TestPackage());
  ASSERT_THAT(outcome, IsOk());
  EXPECT_EQ(outcome->attempts, 2);
  const Contents contents = lake.Read();
  EXPECT_THAT(contents.at("silver.sums"), ElementsAre("a|67|2", "b|8|1"));
  EXPECT_EQ(contents.at("silver.log").size(), 3U);
  EXPECT_THAT(lake.Orphans(), IsEmpty());
}

// Fails the n-th file operation of a run, for every n: the tables are then as before or as after,
// and a rerun always ends as if nothing had happened.
class RunFaultTest : public ::testing::TestWithParam<io::FaultKind> {};

INSTANTIATE_TEST_SUITE_P(Kinds, RunFaultTest,
                         ::testing::Values(io::FaultKind::kFail, io::FaultKind::kDiskFull,
                                           io::FaultKind::kCrash));

TEST_P(RunFaultTest, LeavesTablesAsBeforeOrAsAfter) {
  const auto prepare = [](TestLake& lake) {
    lake.Add({{"a", "2025-11-01", 1, 60}, {"b", "2025-11-01", 1, 7}});
    ASSERT_THAT(lake.Run(TestPackage()), IsOk());
    lake.Add({{"a", "2025-11-02", 2, 70}, {"c", "2025-11-02", 1, 9}});
  };
  Contents before, after;
  {
    TestLake lake;
    prepare(lake);
    before = lake.Read();
    ASSERT_THAT(lake.Run(TestPackage()), IsOk());
    after = lake.Read();
  }
  bool reached = true;
  int64_t step = 1;
  for (; reached; step += 1 + step / 5) {
    TestLake lake;
    prepare(lake);
    io::FaultyFileIO faulty(lake.files, {step, GetParam()});
    const auto outcome = lake.Run(TestPackage(), {}, &faulty);
    reached = faulty.fault_reached();
    const Contents now = lake.Read();
    EXPECT_TRUE(now == before || now == after) << "fault at " << step;
    if (outcome && outcome->committed) {
      EXPECT_EQ(now, after) << "fault at " << step;
    }
    ASSERT_THAT(lake.Run(TestPackage()), IsOk());
    EXPECT_EQ(lake.Read(), after) << "fault at " << step;
  }
  EXPECT_GT(step, 20);
}

}  // namespace
}  // namespace firn::pipeline
