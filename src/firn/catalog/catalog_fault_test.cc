// SPDX-License-Identifier: Apache-2.0
//
// Fault sweeps: the n-th file operation of a catalog change fails, for every n and in every way.
// After each, a fresh reader finds the tables as before the change or as after it.

#include <functional>
#include <string>
#include <vector>

#include "firn/base/rounds_testing.h"
#include "firn/catalog/testing.h"
#include "firn/table/metadata_operations.h"
#include "firn/table/overwrite.h"

namespace firn::catalog {
namespace {

using Names = std::vector<std::string>;

constexpr int64_t kOneIn = OneIn(1);

// A lake of two tables in memory with one file in each, behind a catalog of its own.
struct World {
  FixedEnv env;
  io::MemoryFileIO files;
  io::TemporaryFolder folder;

  std::unique_ptr<Catalog> Open(io::FileIO& through) {
    return OpenSqliteCatalog(folder.path() + "/catalog.db", "file:///w", through, env).value();
  }

  World() {
    const auto catalog = Open(files);
    catalog->CreateNamespace({"ns"}).Ignore("seen by what follows");
    for (const char* name : {"a", "b"}) {
      const auto made = catalog->CreateTable({{"ns"}, name}, TableOfIds());
      const PendingChange change = Append(*made, "0");
      EXPECT_THAT(CommitOperations(*catalog, files, env, {&change, 1}), IsOk());
    }
  }

  Names FilesNow(const std::string& name) {
    const auto found = FilesOf(*Open(files), {{"ns"}, name}, files);
    EXPECT_THAT(found, IsOk());
    return found ? *found : Names{};
  }
};

class CatalogFaultTest : public ::testing::TestWithParam<io::FaultKind> {
 protected:
  // Runs `change` under every fault; `check` gets whether it was acknowledged.
  static int64_t Sweep(const std::function<bool(World&, Catalog&, io::FileIO&)>& change,
                       const std::function<void(World&, bool)>& check) {
    return io::ForEachFault(
        GetParam(),
        [&](io::FaultPlan plan) {
          World world;
          io::FaultyFileIO faulty(world.files, plan);
          const bool acknowledged = change(world, *world.Open(faulty), faulty);
          check(world, acknowledged);
          return faulty.fault_reached();
        },
        kOneIn);
  }
};
INSTANTIATE_TEST_SUITE_P(Kinds, CatalogFaultTest,
                         ::testing::Values(io::FaultKind::kFail, io::FaultKind::kShortWrite,
                                           io::FaultKind::kDiskFull, io::FaultKind::kCrash));

TEST_P(CatalogFaultTest, ShowsATableCreatedOrNot) {
  const int64_t faults = Sweep(
      [](World&, Catalog& catalog, io::FileIO&) {
        return catalog.CreateTable({{"ns"}, "new"}, TableOfIds()).has_value();
      },
      [](World& world, bool acknowledged) {
        const auto loaded = world.Open(world.files)->LoadTable({{"ns"}, "new"});
        EXPECT_EQ(loaded.has_value(), acknowledged);
        if (!loaded) {
          EXPECT_THAT(loaded, IsError(ErrorKind::kNotFound));
        }
      });
  EXPECT_GT(faults + kOneIn, 4);
}

TEST_P(CatalogFaultTest, ShowsAnAppendOrNot) {
  const int64_t faults = Sweep(
      [](World& world, Catalog& catalog, io::FileIO& files) {
        const auto a = catalog.LoadTable({{"ns"}, "a"});
        if (!a) return false;
        const PendingChange change = Append(*a, "1");
        return CommitOperations(catalog, files, world.env, {&change, 1}).has_value();
      },
      [](World& world, bool acknowledged) {
        EXPECT_EQ(world.FilesNow("a"), acknowledged ? Names({"0", "1"}) : Names({"0"}));
      });
  EXPECT_GT(faults + kOneIn, 10);
}

TEST_P(CatalogFaultTest, ShowsAChangeOfTwoTablesInBothOrInNone) {
  const int64_t faults = Sweep(
      [](World& world, Catalog& catalog, io::FileIO& files) {
        const auto a = catalog.LoadTable({{"ns"}, "a"});
        const auto b = catalog.LoadTable({{"ns"}, "b"});
        if (!a || !b) return false;
        const std::vector<PendingChange> changes = {
            Append(*a, "1"),
            {b->name, table::DeleteFiles({FileNamed(*b, "0").file_path})},
            {b->name, table::UpdateProperties({{"mark", "1"}})}};
        return CommitOperations(catalog, files, world.env, changes).has_value();
      },
      [](World& world, bool acknowledged) {
        EXPECT_EQ(world.FilesNow("a"), acknowledged ? Names({"0", "1"}) : Names({"0"}));
        EXPECT_EQ(world.FilesNow("b"), acknowledged ? Names() : Names({"0"}));
      });
  EXPECT_GT(faults + kOneIn, 15);
}

TEST_P(CatalogFaultTest, DropsATableOrNot) {
  Sweep(
      [](World&, Catalog& catalog, io::FileIO&) {
        return catalog.DropTable({{"ns"}, "a"}).has_value();
      },
      [](World& world, bool acknowledged) {
        EXPECT_THAT(world.Open(world.files)->TableExists({{"ns"}, "a"}), HasValue(!acknowledged));
        EXPECT_EQ(world.FilesNow("b"), Names({"0"}));
      });
}

// What fails cleanly leaves no file behind that nothing refers to.
TEST(CatalogFaults, LeaveNoOrphansWhereCleaningUpWorks) {
  io::ForEachFault(io::FaultKind::kFail, [](io::FaultPlan plan) {
    World world;
    const size_t before = world.files.List("file:///w").value().size();
    io::FaultyFileIO faulty(world.files, plan);
    const auto catalog = world.Open(faulty);
    const auto a = catalog->LoadTable({{"ns"}, "a"});
    if (!a) return faulty.fault_reached();
    const PendingChange change = Append(*a, "1");
    const auto committed = CommitOperations(*catalog, faulty, world.env, {&change, 1});
    if (!committed) {
      EXPECT_EQ(world.files.List("file:///w").value().size(), before);
    }
    return faulty.fault_reached();
  });
}

}  // namespace
}  // namespace firn::catalog
