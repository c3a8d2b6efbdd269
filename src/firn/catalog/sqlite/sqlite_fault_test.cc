// SPDX-License-Identifier: Apache-2.0
//
// The disk fails under SQLite itself: the n-th write, sync or truncate of the catalog's own files,
// for every n. What the catalog then says must be true of what a later process finds: rejected =
// as before, committed = as after, unknown = either; both tables alike. The later process opens a
// copy of the files as the failure left them, so SQLite has to recover.

#include <filesystem>
#include <string>
#include <vector>

#include "firn/catalog/sqlite/faulty_vfs.h"
#include "firn/catalog/testing.h"

namespace firn::catalog {
namespace {

constexpr char kWarehouse[] = "file:///w";

// Which catalogs' files there are to copy.
void CopyCatalog(const std::string& from, const std::string& to) {
  for (const char* suffix : {"", "-wal"}) {
    if (std::filesystem::exists(from + suffix)) {
      std::filesystem::copy_file(from + suffix, to + suffix);
    }
  }
}

class SqliteFaultTest : public ::testing::TestWithParam<bool> {
 protected:
  std::unique_ptr<Catalog> Open(const std::string& path) {
    auto opened = OpenSqliteCatalog(path, kWarehouse, files_, env_);
    EXPECT_THAT(opened, IsOk());
    return std::move(opened).value();
  }

  void MakeLake(Catalog& catalog) {
    ASSERT_THAT(catalog.CreateNamespace({"ns"}), IsOk());
    for (const char* name : {"a", "b"}) {
      ASSERT_THAT(catalog.CreateTable({{"ns"}, name}, TableOfIds({{"mark", "before"}})), IsOk());
    }
  }

  Status MarkBoth(Catalog& catalog) {
    std::vector<TableChange> changes;
    for (const char* name : {"a", "b"}) {
      changes.push_back({{{"ns"}, name}, {}, {table::SetProperties{{{"mark", "after"}}}}});
    }
    const auto committed = catalog.Commit(changes);
    return committed ? Ok() : Status(committed.error());
  }

  std::string MarkOf(Catalog& catalog, const std::string& name) {
    const auto table = catalog.LoadTable({{"ns"}, name});
    EXPECT_THAT(table, IsOk());
    return table ? table->metadata->Property("mark", "") : "";
  }

  void CheckFound(const std::string& path, const Status& outcome) {
    const auto catalog = Open(path);
    const std::string mark = MarkOf(*catalog, "a");
    EXPECT_EQ(MarkOf(*catalog, "b"), mark);
    if (outcome) {
      EXPECT_EQ(mark, "after");
    } else if (outcome.error().kind != ErrorKind::kOutcomeUnknown) {
      EXPECT_EQ(mark, "before") << outcome.error().ToString();
    }
    EXPECT_THAT(MarkBoth(*catalog), IsOk());
    EXPECT_EQ(MarkOf(*catalog, "a"), "after");
  }

  FixedEnv env_;
  io::MemoryFileIO files_;
};
INSTANTIATE_TEST_SUITE_P(OnceOrForGood, SqliteFaultTest, ::testing::Bool());

TEST_P(SqliteFaultTest, SaysWhatIsTrueAfterwards) {
  FaultyVfs vfs;
  int64_t n = 0;
  for (bool reached = true; reached && !HasFailure();) {
    SCOPED_TRACE("operation " + std::to_string(++n) + " fails");
    io::TemporaryFolder folder;
    const std::string path = folder.path() + "/catalog.db";
    const std::string copy = folder.path() + "/copy.db";
    const auto catalog = Open(path);
    MakeLake(*catalog);
    vfs.Arm(n, GetParam());
    const Status outcome = MarkBoth(*catalog);
    CopyCatalog(path, copy);
    reached = vfs.fault_reached();
    EXPECT_TRUE(reached || outcome.ok());
    vfs.Arm(0, false);
    CheckFound(copy, outcome);
    CheckFound(path, outcome);
  }
  EXPECT_GE(n, 4);
}

}  // namespace
}  // namespace firn::catalog
