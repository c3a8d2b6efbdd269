// SPDX-License-Identifier: Apache-2.0
//
// Several writers of one table at once, who lose races, requests and replies, while others compact,
// expire and clean up: every snapshot that lands is judged against a model of rows, and no file may
// go that a snapshot needs. FIRN_SIMULATION_SEED=n replays a run; FIRN_SIMULATION_COMMITS=n makes
// runs of 5,000 commits with consecutive seeds, one per processor at once, until there were so
// many.

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <random>
#include <string_view>
#include <thread>

#include "firn/base/parallel.h"
#include "firn/base/testing.h"
#include "firn/io/testing.h"
#include "firn/maintain/simulation/writer.h"

namespace firn::maintain {
namespace {

constexpr int kWriters = 4;
constexpr int64_t kCommitsOfARun = 200;
constexpr int64_t kCommitsOfALongRun = 5'000;

using Outcomes = std::map<std::string, int64_t>;

int64_t NumberOf(const char* variable, int64_t fallback) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::strtoll(text, nullptr, 10) : fallback;
}

std::string Describe(const Outcomes& outcomes) {
  std::string text;
  for (const auto& [outcome, count] : outcomes)
    text += "  " + outcome + " " + std::to_string(count) + "\n";
  return text;
}

// Runs the lake of a seed.
Outcomes Simulate(uint64_t seed, int64_t commits, const std::string& sqlite_file = "") {
  SCOPED_TRACE("FIRN_SIMULATION_SEED=" + std::to_string(seed) +
               " FIRN_SIMULATION_COMMITS=" + std::to_string(commits));
  SimulatedLake lake(seed, sqlite_file);
  lake.wanted_commits = commits;
  std::vector<std::unique_ptr<SimulatedWriter>> writers;
  std::vector<std::function<void()>> bodies;
  for (uint64_t at = 0; at < kWriters; ++at) {
    writers.push_back(std::make_unique<SimulatedWriter>(lake, seed * 1000 + at));
    bodies.emplace_back([writer = writers.back().get()] { writer->Run(); });
  }
  lake.baton.Run(bodies);
  if (lake.model.fault().empty()) lake.SettleAndCheck();
  EXPECT_EQ(lake.model.fault(), "");
  lake.outcomes["commits"] = lake.model.commits();
  lake.outcomes["snapshots"] = lake.model.snapshots();
  return lake.outcomes;
}

// Runs lakes of consecutive seeds, which have nothing in common, on `threads` threads.
Outcomes SimulateMany(uint64_t seed, int64_t commits, int64_t commits_of_a_run, size_t threads) {
  const int64_t runs = (commits + commits_of_a_run - 1) / commits_of_a_run;
  std::mutex mutex;
  Outcomes all;
  const auto run = [&](size_t at) -> Status {
    const Outcomes outcomes = Simulate(seed + at, std::min(commits, commits_of_a_run));
    const std::scoped_lock lock(mutex);
    for (const auto& [outcome, count] : outcomes)
      all[outcome] += count;
    return ::testing::Test::HasFailure() ? Status(Internal("a lake is broken")) : Ok();
  };
  ParallelFor(static_cast<size_t>(runs), threads, run).Ignore("the run itself has said why");
  return all;
}

TEST(LakeSimulation, LosesAndDoublesNothingOnKnownSeeds) {
  const Outcomes outcomes = SimulateMany(1, 3 * kCommitsOfARun, kCommitsOfARun, 1);
  for (const char* outcome :
       {"insert: ok", "update: ok", "delete: ok", "delete by key: ok", "copy on write: ok",
        "replace partition: ok", "compact: ok", "rewrite deletes: ok", "rewrite manifests: ok",
        "expire: ok", "remove orphans: ok", "pick: ok", "create branch: ok", "tag: ok",
        "statistics: ok", "update: conflict", "delete: conflict", "compact: conflict",
        "copy on write: conflict"}) {
    EXPECT_TRUE(outcomes.contains(outcome)) << outcome << " never came\n" << Describe(outcomes);
  }
  // Which operations lose their replies depends on every call before them; that some do, does not.
  for (const std::string_view trouble : {": unavailable", ": outcome_unknown"}) {
    EXPECT_TRUE(std::any_of(outcomes.begin(), outcomes.end(),
                            [&](const auto& outcome) { return outcome.first.ends_with(trouble); }))
        << "no operation ended" << trouble;
  }
}

// A long run found a picked delete that did not see a delete by equality of the same row.
TEST(LakeSimulation, LosesAndDoublesNothingOnASeedThatOnceDid) {
  EXPECT_GE(Simulate(931008, kCommitsOfARun).at("commits"), kCommitsOfARun);
}

TEST(LakeSimulation, LosesAndDoublesNothingOnAFreshSeed) {
  if (!std::getenv("FIRN_SIMULATION_COMMITS") && !std::getenv("FIRN_SIMULATION_SEED")) {
    GTEST_SKIP() << "FIRN_SIMULATION_COMMITS or FIRN_SIMULATION_SEED starts it; "
                    "the slow test maintain.long_simulation does";
  }
  const int64_t fresh = std::random_device{}() % 1'000'000;
  const auto seed = static_cast<uint64_t>(NumberOf("FIRN_SIMULATION_SEED", fresh));
  const int64_t commits = NumberOf("FIRN_SIMULATION_COMMITS", kCommitsOfARun);
  std::cout << "FIRN_SIMULATION_SEED=" << seed << std::endl;
  const size_t threads = std::max(1u, std::thread::hardware_concurrency());
  std::cout << Describe(SimulateMany(seed, commits, kCommitsOfALongRun, threads));
}

TEST(LakeSimulation, LosesAndDoublesNothingInASqliteCatalog) {
  const io::TemporaryFolder folder;
  Simulate(1, 50, folder.path() + "/catalog.db");
}

TEST(LakeSimulation, IsTheSameForTheSameSeed) {
  EXPECT_EQ(Simulate(11, 60), Simulate(11, 60));
}

}  // namespace
}  // namespace firn::maintain
