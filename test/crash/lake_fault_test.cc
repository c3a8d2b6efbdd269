// SPDX-License-Identifier: Apache-2.0
//
// The main job (open a lake, ingest, run the models) with one fault in it: the n-th file operation,
// the n-th write of the catalog's database, or the answer to the n-th commit. Afterwards what is
// there can be read, a rerun ends in the rows of a lake that nothing happened to, and `doctor`
// finds nothing. Each test takes a few n; FIRN_FAULTS=20 takes that many. FIRN_FAULTS=all takes
// every n of a job with models of each kind, which takes an hour; the others do nothing with files
// that these do not. A disk that is full, or a process that is gone, is tried
// where the disk would change: between two changes it does not matter when it happened.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/catalog/catalog.h"
#include "firn/catalog/forwarding_testing.h"
#include "firn/catalog/sqlite/faulty_vfs.h"
#include "firn/catalog/sqlite/sqlite_catalog.h"
#include "firn/conversations/tables.h"
#include "firn/io/checksum_file_io.h"
#include "firn/io/local_file_io.h"
#include "firn/io/testing.h"
#include "firn/lakehouse/collect/collect.h"
#include "firn/lakehouse/lake_folder.h"
#include "firn/lakehouse/lakehouse.h"
#include "firn/lakehouse/models/conversation_model.h"
#include "firn/lakehouse/models/run_models.h"
#include "firn/lakehouse/packages.h"
#include "firn/obs/log.h"
#include "firn/obs/progress.h"
#include "firn/pipeline/run.h"
#include "firn/sql/engine.h"

namespace firn {
namespace {

namespace fs = std::filesystem;
using lakehouse::Lakehouse;
using namespace std::chrono_literals;

// The models of a sweep over every n: the native ones, one that is replaced, two that are merged.
const std::vector<std::string> kModelsOfEachKind = {
    "silver.messages",        "silver.tool_calls",
    "silver.telemetry_calls", "silver.conversation_sources",
    "silver.api_calls",       "silver.model_prices",
    "gold.daily_costs"};

// How many points FIRN_FAULTS asks for; empty where it does not say.
std::string PointsAsked() {
  const char* asked = std::getenv("FIRN_FAULTS");
  return asked == nullptr ? "" : asked;
}

using Contents = std::map<std::string, std::multiset<std::string>>;  // Rows by table.

// Columns that say when or by which run a row was made, not what it says.
constexpr std::string_view kVolatile =
    "'ingestion_timestamp', 'created_at', 'updated_at', 'recorded_at', 'run_id', 'commit_time', "
    "'rejected_at', 'batch_id', 'observed_at', 'first_ingested', 'last_ingested'";

// The log of positions has a row per commit; its meaning is the farthest of each file.
constexpr std::string_view kPositions =
    "SELECT to_json(t)::VARCHAR FROM (SELECT source_id, machine, path, generation, max(\"offset\") "
    "FROM bronze.source_files GROUP BY ALL) AS t";

std::string QueryOf(const std::string& table) {
  if (table == "bronze.source_files") return std::string(kPositions);
  return "SELECT to_json(t)::VARCHAR FROM (SELECT COLUMNS(c -> c NOT IN (" +
         std::string(kVolatile) + ")) FROM " + table + ") AS t";
}

Result<Contents> ReadAll(Lakehouse& lake) {
  Contents contents;
  FIRN_ASSIGN(const auto tables, lake.Tables());
  for (const lakehouse::TableRow& table : tables) {
    if (table.is_view) continue;  // A view has no rows of its own.
    FIRN_ASSIGN(const auto rows, lake.Query(QueryOf(table.name)));
    lakehouse::Row row;
    for (;;) {
      FIRN_ASSIGN(const bool more, rows->Next(row));
      if (!more) break;
      contents[table.name].insert(row[0].text);
    }
  }
  return contents;
}

using AroundCatalog = std::function<std::unique_ptr<catalog::Catalog>(catalog::Catalog&)>;

// What one attempt at the job works through; no fault where neither is set.
struct Surroundings {
  io::FileIO* disk = nullptr;
  AroundCatalog around_catalog;
};

// A folder with histories, of which more and more appear, and a lake that is always in one place.
class World {
 public:
  World() : sources_(folder_.path() + "/histories"), lake_(folder_.path() + "/lake") {}

  // Part 1 is the first half of every JSONL file, part 2 all of it.
  void ShowPart(int part) {
    fs::remove_all(sources_);
    fs::copy("examples/histories", sources_, fs::copy_options::recursive);
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(sources_)) {
      if (!entry.is_regular_file()) continue;
      if (part == 1 && entry.path().extension() == ".jsonl") Halve(entry.path());
      // What was changed just now is recorded otherwise than what is old.
      fs::last_write_time(entry.path(), std::chrono::file_clock::from_sys(
                                            std::chrono::sys_seconds(1'762'000'000s + part * 1s)));
    }
  }

  // Opens the lake as `Lakehouse` does, ingests and runs the models.
  Status RunJob(const Surroundings& around = {}) {
    io::LocalFileIO disk(*env_);
    io::ChecksumLog checksums;
    io::ChecksumFileIO files(around.disk != nullptr ? *around.disk : disk, checksums);
    FIRN_ASSIGN(const auto folder, lakehouse::OpenLakeFolder(lake_, true, files));
    FIRN_ASSIGN(const auto stored,
                catalog::OpenSqliteCatalog(folder.CatalogPath(), folder.WarehouseLocation(), files,
                                           *env_, &checksums));
    const auto between = around.around_catalog ? around.around_catalog(*stored) : nullptr;
    catalog::Catalog& catalog = between != nullptr ? *between : *stored;
    FIRN_TRY(Ingest(folder, catalog, files));
    return RunModels(folder, catalog, files);
  }

  void Save(const std::string& name) { CopyFolder(lake_, folder_.path() + "/" + name); }
  void Restore(const std::string& name) { CopyFolder(folder_.path() + "/" + name, lake_); }

  Contents Read() {
    const auto lake = Open();
    EXPECT_THAT(lake, IsOk());
    if (!lake) return {};
    auto contents = ReadAll(**lake);
    EXPECT_THAT(contents, IsOk());
    return contents ? *contents : Contents{};
  }

  // Whatever happened, every table that is there can be read and every file it needs is whole.
  void CheckSound() {
    if (!fs::exists(lake_ + "/firn.toml")) return;
    const auto lake = Open();
    ASSERT_THAT(lake, IsOk());
    EXPECT_THAT(ReadAll(**lake), IsOk());
    CheckHealthy(**lake);
  }

  void CheckRecovers(const Contents& expected) {
    CheckSound();
    ASSERT_THAT(RunJob(), IsOk());
    EXPECT_EQ(Read(), expected);
    const auto lake = Open();
    ASSERT_THAT(lake, IsOk());
    CheckHealthy(**lake);
  }

  Env& env() { return *env_; }

 private:
  Result<std::unique_ptr<Lakehouse>> Open() {
    lakehouse::LakeOptions options;
    options.path = lake_;
    options.environment = environment_;
    options.env = env_.get();
    return Lakehouse::Open(std::move(options));
  }

  Status Ingest(const lakehouse::LakeFolder& folder, catalog::Catalog& catalog, io::FileIO& files) {
    const lakehouse::Collector collector{
        folder,       catalog, files, *env_, obs::NoLog(), obs::NoProgress(),
        environment_, "ada",   {},    {}};
    lakehouse::IngestRequest request;
    request.paths = {sources_};
    FIRN_ASSIGN(const auto ingested, lakehouse::Collect(collector, request));
    for (const lakehouse::FileTrouble& trouble : ingested.troubles) {
      if (trouble.failed) return Io("a file could not be read", trouble.path, trouble.reason);
    }
    return Ok();
  }

  Status RunModels(const lakehouse::LakeFolder& folder, catalog::Catalog& catalog,
                   io::FileIO& files) {
    sql::EngineOptions options;
    options.temp_directory = folder.TemporaryPath();
    FIRN_ASSIGN(const auto engine, sql::Engine::Open(catalog, files, *env_, options));
    FIRN_ASSIGN(const auto scale, conversations::ParseScale(folder.config.scale));
    const auto native = lakehouse::MakeConversationModel(
        scale, folder.config.privacy.policy, folder.config.privacy.columns,
        [&] { return lakehouse::PrivacyKey(folder, files, *env_); });
    pipeline::NativeModel* const natives[] = {native.get()};
    const pipeline::RunContext context{catalog, files, *env_, *engine, obs::NoLog(), natives};
    FIRN_ASSIGN(const auto package, lakehouse::PackagesOf(folder, files));
    lakehouse::RunRequest request;
    if (PointsAsked() == "all") request.models = kModelsOfEachKind;
    FIRN_TRY(lakehouse::RunModels(context, request, package, folder.config.scale));
    return Ok();
  }

  static void Halve(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
      lines.push_back(line + "\n");
    in.close();
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    for (size_t i = 0; i < std::max<size_t>(1, lines.size() / 2); ++i)
      out << lines[i];
  }

  static void CopyFolder(const std::string& from, const std::string& to) {
    fs::remove_all(to);
    if (fs::exists(from)) fs::copy(from, to, fs::copy_options::recursive);
  }

  static void CheckHealthy(Lakehouse& lake) {
    const auto report = lake.Doctor(true);
    ASSERT_THAT(report, IsOk());
    for (const lakehouse::Finding& finding : report->findings) {
      EXPECT_NE(finding.severity, lakehouse::Severity::kError) << finding.message;
      // Nobody else writes here, so no file may be without a checksum.
      EXPECT_EQ(finding.message.find("other writers"), std::string::npos) << finding.message;
    }
  }

  std::unique_ptr<Env> env_ = MakeSystemEnv();
  io::TemporaryFolder folder_;
  std::string sources_;
  std::string lake_;
  std::map<std::string, std::string> environment_ = {
      {"HOME", folder_.path()}, {"TZ", "UTC"}, {"USER", "ada"}};
};

// Which of `total` points to try.
std::vector<int64_t> Choose(int64_t total, int64_t by_default) {
  const std::string text = PointsAsked();
  const int64_t points = text == "all" ? total : text.empty() ? by_default : std::stoll(text);
  const char* seed_text = std::getenv("FIRN_SEED");
  const uint64_t seed = seed_text == nullptr ? std::random_device{}() : std::stoull(seed_text);
  std::cout << "faults: " << std::min(points, total) << " of " << total << ", FIRN_SEED=" << seed
            << std::endl;
  std::vector<int64_t> all(static_cast<size_t>(total));
  for (size_t i = 0; i < all.size(); ++i)
    all[i] = static_cast<int64_t>(i) + 1;
  std::vector<int64_t> chosen;
  std::mt19937_64 random(seed);
  std::sample(all.begin(), all.end(), std::back_inserter(chosen), points, random);
  return chosen;
}

// Prepares the worlds that a fault strikes: an empty one (part 1) and one with a lake (part 2).
class LakeFaultTest : public ::testing::Test {
 protected:
  // Runs the job once as it should be; `count` gives how many points it had.
  template <typename Count>
  int64_t Undisturbed(int part, const Count& count) {
    if (part == 2) {
      world_.ShowPart(1);
      EXPECT_THAT(world_.RunJob(), IsOk());
      world_.Save("base");
    }
    world_.ShowPart(part);
    const int64_t total = count();
    expected_ = world_.Read();
    EXPECT_FALSE(expected_.empty());
    return total;
  }

  // Puts the lake back to what it was before the job, and lets `attempt` do the job with a fault.
  template <typename Attempt>
  void Strike(int64_t n, int64_t total, const Attempt& attempt) {
    SCOPED_TRACE("fault " + std::to_string(n) + " of " + std::to_string(total));
    world_.Restore("base");
    attempt(n);
    world_.CheckRecovers(expected_);
  }

  World world_;
  Contents expected_;
};

struct FileFault {
  std::string name;
  io::FaultKind kind;
  std::string operation;
};

void PrintTo(const FileFault& fault, std::ostream* out) {
  *out << fault.name;
}

class LakeFileFaultTest : public LakeFaultTest, public ::testing::WithParamInterface<FileFault> {
 protected:
  int64_t Job(int64_t n) {
    io::LocalFileIO local(world_.env());
    const FileFault& fault = GetParam();
    const bool stays =
        fault.kind == io::FaultKind::kDiskFull || fault.kind == io::FaultKind::kCrash;
    io::FaultyFileIO faulty(local, {.fail_at = n,
                                    .kind = fault.kind,
                                    .at_fault = {},
                                    .operation = fault.operation,
                                    .changes_only = stays});
    world_.RunJob({.disk = &faulty, .around_catalog = {}})
        .Ignore("it may fail; what it left is looked at");
    EXPECT_TRUE(n == 0 || faulty.fault_reached());
    return faulty.operations();
  }
};

INSTANTIATE_TEST_SUITE_P(
    Faults, LakeFileFaultTest,
    ::testing::Values(FileFault{"open", io::FaultKind::kFail, "open"},
                      FileFault{"create", io::FaultKind::kFail, "create"},
                      FileFault{"read", io::FaultKind::kFail, "read"},
                      FileFault{"write", io::FaultKind::kFail, "write"},
                      FileFault{"short_write", io::FaultKind::kShortWrite, "write"},
                      FileFault{"sync", io::FaultKind::kFail, "sync"},
                      FileFault{"publish", io::FaultKind::kFail, "publish"},
                      FileFault{"sync_folder", io::FaultKind::kFail, "sync folder"},
                      FileFault{"exists", io::FaultKind::kFail, "exists"},
                      FileFault{"disk_full", io::FaultKind::kDiskFull, ""},
                      FileFault{"crash", io::FaultKind::kCrash, ""}),
    [](const auto& fault) { return fault.param.name; });

TEST_P(LakeFileFaultTest, LeavesNothingThatARerunDoesNotMend) {
  for (const int part : {1, 2}) {
    const int64_t total = Undisturbed(part, [this] { return Job(0); });
    for (const int64_t n : Choose(total, 1))
      Strike(n, total, [this](int64_t at) { Job(at); });
  }
}

// The disk fails under the catalog's database, once or for good.
class LakeCatalogFaultTest : public LakeFaultTest, public ::testing::WithParamInterface<bool> {
 protected:
  int64_t Job(int64_t n) {
    catalog::FaultyVfs vfs;
    vfs.Arm(n, GetParam());
    world_.RunJob().Ignore("it may fail; what it left is looked at");
    return vfs.operations();
  }
};

INSTANTIATE_TEST_SUITE_P(OnceOrForGood, LakeCatalogFaultTest, ::testing::Bool());

TEST_P(LakeCatalogFaultTest, LeavesNothingThatARerunDoesNotMend) {
  for (const int part : {1, 2}) {
    const int64_t total = Undisturbed(part, [this] { return Job(0); });
    for (const int64_t n : Choose(total, 2))
      Strike(n, total, [this](int64_t at) { Job(at); });
  }
}

// The answer to a commit is lost: after it landed, or before it reached the catalog.
class LakeLostReplyTest : public LakeFaultTest, public ::testing::WithParamInterface<bool> {
 protected:
  int64_t Job(int64_t n) {
    catalog::Forgetfulness state{.forget_at = n, .landed = GetParam()};
    const AroundCatalog around = [&state](catalog::Catalog& inner) {
      return std::make_unique<catalog::ForgetfulCatalog>(inner, state);
    };
    world_.RunJob({.disk = nullptr, .around_catalog = around})
        .Ignore("it may fail; what it left is looked at");
    return state.commits;
  }
};

INSTANTIATE_TEST_SUITE_P(LandedOrNot, LakeLostReplyTest, ::testing::Bool());

TEST_P(LakeLostReplyTest, LeavesNothingThatARerunDoesNotMend) {
  for (const int part : {1, 2}) {
    const int64_t total = Undisturbed(part, [this] { return Job(0); });
    for (const int64_t n : Choose(total, 3))
      Strike(n, total, [this](int64_t at) { Job(at); });
  }
}

}  // namespace
}  // namespace firn
