// SPDX-License-Identifier: Apache-2.0
//
// Writers race expiry and orphan removal. Between any two file operations of one, others run whole
// steps, one level deep in each other; the order comes from a seed, which a failure prints and
// FIRN_SIMULATION_SEED replays. FIRN_SIMULATION_ROUNDS runs more seeds than the default.

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>

#include "firn/base/testing.h"
#include "firn/maintain/clean_table.h"
#include "firn/maintain/testing.h"

namespace firn::maintain {
namespace {

constexpr int kDepthMax = 3;
constexpr int kStepsOfOneRun = 60;

class Simulation {
 public:
  explicit Simulation(uint64_t seed)
      : world_(catalog::Properties{{"commit.manifest.min-count-to-merge", "4"},
                                   {"write.metadata.previous-versions-max", "5"},
                                   {"write.metadata.delete-after-commit.enabled", "true"}},
               seed),
        writer_(world_, seed),
        random_(seed ^ 0x5eed) {
    world_.files.before = [this](std::string_view, std::string_view) { Interleave(); };
  }

  void Run() {
    for (int step = 0; step < kStepsOfOneRun && !::testing::Test::HasFailure(); ++step) {
      Step();
      world_.env.Advance(Millis{random_.Below(Millis::Days(1).value)});
      CheckNothingIsMissing();
    }
  }

  int64_t expired() const { return expired_; }
  int64_t orphans() const { return orphans_; }

 private:
  void Interleave() {
    if (depth_ == 0 || depth_ >= kDepthMax || !random_.Chance(12)) return;
    // Writers are slow now and then, but never as slow as the age limit of orphans.
    world_.env.Advance(Millis{random_.Below(Millis::Days(1).value / 24)});
    Step();
  }

  void Step() {
    ++depth_;
    switch (random_.Below(8)) {
      case 0:
        Expire();
        break;
      case 1:
        Clean();
        break;
      case 2:
        world_.WriteFile();  // A writer that never commits.
        break;
      default:
        writer_.Step();
    }
    --depth_;
  }

  void Expire() {
    ExpiryRequest request;
    if (random_.Chance(2)) request.older_than = world_.env.NowMs() - Millis::Days(random_.Below(4));
    const auto outcome = ExpireTable(world_.Context(), world_.name, request, false);
    if (outcome) expired_ += static_cast<int64_t>(outcome->expired.snapshots.size());
    Accept(outcome ? Ok() : Status(outcome.error()));
  }

  void Clean() {
    const auto outcome = RemoveOrphans(world_.Context(), world_.name, {}, false);
    if (outcome) orphans_ += outcome->deletion.files;
    Accept(outcome ? Ok() : Status(outcome.error()));
  }

  // Losing a race is fine, and so is finding that another expiry took what was to be read.
  static void Accept(const Status& status) {
    if (status) return;
    const ErrorKind kind = status.error().kind;
    EXPECT_TRUE(kind == ErrorKind::kConflict || kind == ErrorKind::kNotFound)
        << status.error().ToString();
  }

  void CheckNothingIsMissing() {
    const auto hook = std::exchange(world_.files.before, nullptr);
    const std::set<std::string> needed = NeededBy(*world_.Load().metadata, world_.files);
    const std::set<std::string> found = world_.OnDisk();
    for (const std::string& file : needed)
      EXPECT_TRUE(found.contains(file)) << "a live file was deleted: " << file;
    world_.files.before = hook;
  }

  World world_;
  RandomWriter writer_;
  table::Random random_;
  int depth_ = 0;
  int64_t expired_ = 0;
  int64_t orphans_ = 0;
};

uint64_t NumberFrom(const char* variable, uint64_t fallback) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : fallback;
}

TEST(MaintenanceSimulation, NeverDeletesALiveFile) {
  const uint64_t first = NumberFrom("FIRN_SIMULATION_SEED", 1);
  const uint64_t rounds = NumberFrom("FIRN_SIMULATION_ROUNDS", first == 1 ? 40 : 1);
  int64_t expired = 0;
  int64_t orphans = 0;
  for (uint64_t seed = first; seed < first + rounds && !HasFailure(); ++seed) {
    SCOPED_TRACE("FIRN_SIMULATION_SEED=" + std::to_string(seed));
    Simulation simulation(seed);
    simulation.Run();
    expired += simulation.expired();
    orphans += simulation.orphans();
  }
  if (rounds < 10) return;
  EXPECT_GT(expired, 100);
  EXPECT_GT(orphans, 20);
}

}  // namespace
}  // namespace firn::maintain
