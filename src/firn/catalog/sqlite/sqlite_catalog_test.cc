// SPDX-License-Identifier: Apache-2.0
//
// What the SQLite catalog owes to others: the shared schema, foreign writers, other processes.

#include "firn/catalog/sqlite/sqlite_catalog.h"

#include <fstream>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firn/catalog/sqlite/database.h"
#include "firn/catalog/sqlite/stored_checksums.h"
#include "firn/catalog/testing.h"
#include "firn/io/local_file_io.h"

namespace firn::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class SqliteCatalogTest : public ::testing::Test {
 protected:
  std::string Path() const { return folder_.path() + "/catalog.db"; }
  std::string Warehouse() const { return io::FileLocation(folder_.path() + "/warehouse"); }

  std::unique_ptr<Catalog> Open() {
    auto opened = OpenSqliteCatalog(Path(), Warehouse(), files_, *env_);
    EXPECT_THAT(opened, IsOk());
    return std::move(opened).value();
  }

  // What another program would do to the file.
  std::vector<SqlRow> Foreign(std::string_view sql) {
    const auto database = SqliteDatabase::Open(Path(), *env_);
    EXPECT_THAT(database, IsOk());
    const auto rows = (*database)->Read([&] { return (*database)->Select(sql); });
    EXPECT_THAT(rows, IsOk());
    return rows ? *rows : std::vector<SqlRow>{};
  }

  std::unique_ptr<Env> env_ = MakeSystemEnv();
  io::TemporaryFolder folder_;
  io::LocalFileIO files_{*env_};
};

TEST_F(SqliteCatalogTest, KeepsTheFileToItsOwner) {
  const mode_t before = ::umask(0);
  const auto catalog = Open();
  ASSERT_THAT(catalog->CreateNamespace({"ns"}), IsOk());
  ::umask(before);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat status = {};
    ASSERT_EQ(::stat((Path() + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 07777U, 0600U) << suffix;
  }
}

TEST_F(SqliteCatalogTest, WritesTheRowsOthersLookFor) {
  const auto catalog = Open();
  ASSERT_THAT(catalog->CreateNamespace({"a", "b"}, {{"owner", "me"}}), IsOk());
  const auto made = catalog->CreateTable({{"a", "b"}, "t"}, TableOfIds());
  ASSERT_THAT(made, IsOk());
  const TableChange change = {made->name, {}, {table::SetProperties{{{"k", "v"}}}}};
  const auto committed = catalog->Commit({&change, 1});
  ASSERT_THAT(committed, IsOk());
  EXPECT_THAT(Foreign("SELECT * FROM iceberg_tables"),
              ElementsAre(SqlRow{"firn", "a.b", "t", committed->front().metadata_location,
                                 made->metadata_location, "TABLE"}));
  EXPECT_THAT(
      Foreign("SELECT * FROM iceberg_namespace_properties ORDER BY property_key"),
      ElementsAre(SqlRow{"firn", "a.b", "exists", "true"}, SqlRow{"firn", "a.b", "owner", "me"}));
}

TEST_F(SqliteCatalogTest, SurvivesAPowerCutByItsSettings) {
  const auto database = SqliteDatabase::Open(Path(), *env_);
  ASSERT_THAT(database, IsOk());
  EXPECT_THAT((*database)->Select("PRAGMA journal_mode"), HasValue(ElementsAre(SqlRow{"wal"})));
  EXPECT_THAT((*database)->Select("PRAGMA synchronous"), HasValue(ElementsAre(SqlRow{"2"})));
}

TEST_F(SqliteCatalogTest, AddsTheTypeColumnToAnOlderCatalog) {
  Foreign(
      "CREATE TABLE iceberg_tables (catalog_name VARCHAR(255) NOT NULL, "
      "table_namespace VARCHAR(255) NOT NULL, table_name VARCHAR(255) NOT NULL, "
      "metadata_location VARCHAR(1000), previous_metadata_location VARCHAR(1000), "
      "PRIMARY KEY (catalog_name, table_namespace, table_name))");
  Foreign("INSERT INTO iceberg_tables VALUES ('firn', 'old', 't', 'file:///m', NULL)");
  const auto catalog = Open();
  EXPECT_THAT(catalog->ListTables({"old"}), HasValue(ElementsAre(TableName{{"old"}, "t"})));
  EXPECT_THAT(catalog->ListNamespaces(), HasValue(ElementsAre(Namespace{"old"})));
}

TEST_F(SqliteCatalogTest, LeavesViewsAndOtherCatalogsAlone) {
  const auto catalog = Open();
  ASSERT_THAT(catalog->CreateNamespace({"ns"}), IsOk());
  Foreign("INSERT INTO iceberg_tables VALUES ('firn', 'ns', 'v', 'file:///v', NULL, 'VIEW')");
  Foreign("INSERT INTO iceberg_tables VALUES ('else', 'ns', 't', 'file:///t', NULL, 'TABLE')");
  EXPECT_THAT(catalog->ListTables({"ns"}), HasValue(SizeIs(0)));
  EXPECT_THAT(catalog->LoadTable({{"ns"}, "v"}), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(catalog->CreateTable({{"ns"}, "v"}, TableOfIds()),
              IsError(ErrorKind::kAlreadyExists));
  EXPECT_THAT(catalog->DropTable({{"ns"}, "v"}), IsError(ErrorKind::kNotFound));
  EXPECT_THAT(catalog->DropNamespace({"ns"}), IsError(ErrorKind::kInvalidArgument));
}

TEST_F(SqliteCatalogTest, SeesAForeignCommitAtOnce) {
  const auto catalog = Open();
  ASSERT_THAT(catalog->CreateNamespace({"ns"}), IsOk());
  const auto t = catalog->CreateTable({{"ns"}, "t"}, TableOfIds());
  const auto u = catalog->CreateTable({{"ns"}, "u"}, TableOfIds());
  ASSERT_THAT(u, IsOk());
  Foreign("UPDATE iceberg_tables SET metadata_location = '" + u->metadata_location +
          "' WHERE table_name = 't'");
  EXPECT_EQ(catalog->LoadTable(t->name)->metadata->table_uuid, u->metadata->table_uuid);
}

TEST_F(SqliteCatalogTest, TreatsNamesAsValues) {
  const auto catalog = Open();
  const std::string name = "'; DROP TABLE iceberg_tables; --";
  ASSERT_THAT(catalog->CreateNamespace({name}), IsOk());
  ASSERT_THAT(catalog->CreateTable({{name}, "%_"}, TableOfIds()), IsOk());
  EXPECT_THAT(catalog->LoadTable({{name}, "%_"}), IsOk());
  EXPECT_THAT(catalog->LoadTable({{name}, "xx"}), IsError(ErrorKind::kNotFound));
}

// A catalog whose files are written through a ChecksumFileIO.
class ChecksumsTest : public SqliteCatalogTest {
 protected:
  void SetUp() override {
    auto opened = OpenSqliteCatalog(Path(), Warehouse(), checked_, *env_, &log_);
    ASSERT_THAT(opened, IsOk());
    catalog_ = std::move(opened).value();
    ASSERT_THAT(catalog_->CreateNamespace({"ns"}), IsOk());
  }

  std::vector<std::string> Recorded() {
    const auto files = StoredChecksums(Path(), *env_);
    EXPECT_THAT(files, IsOk());
    std::vector<std::string> locations;
    for (const io::FileChecksum& file : *files) {
      locations.push_back(file.location);
      EXPECT_THAT(io::ChecksumOf(files_, file.location), HasValue(file));
    }
    return locations;
  }

  io::ChecksumLog log_;
  io::ChecksumFileIO checked_{files_, log_};
  std::unique_ptr<Catalog> catalog_;
};

TEST_F(ChecksumsTest, AreStoredWithTheCommitThatRefersToTheFiles) {
  const auto made = catalog_->CreateTable({{"ns"}, "a"}, TableOfIds());
  ASSERT_THAT(made, IsOk());
  EXPECT_THAT(Recorded(), ElementsAre(made->metadata_location));
  const PendingChange change = Append(*made, "x");
  const auto done = CommitOperations(*catalog_, checked_, *env_, {&change, 1});
  ASSERT_THAT(done, IsOk());
  EXPECT_THAT(Recorded(), SizeIs(4));  // Two metadata files, a manifest, a manifest list.
}

TEST_F(ChecksumsTest, AreStoredForMoreFilesThanOneStatementHolds) {
  for (int i = 0; i < 250; ++i) {
    ASSERT_THAT(checked_.WriteAll(Warehouse() + "/f" + std::to_string(i), "x"), IsOk());
  }
  ASSERT_THAT(catalog_->CreateTable({{"ns"}, "a"}, TableOfIds()), IsOk());
  EXPECT_THAT(Recorded(), SizeIs(251));
}

TEST_F(ChecksumsTest, OfACommitThatWasRefusedAreNotStored) {
  const auto made = catalog_->CreateTable({{"ns"}, "a"}, TableOfIds());
  ASSERT_THAT(made, IsOk());
  const TableChange refused{{{"ns"}, "a"}, {table::AssertTableUuid{Uuid{}}}, {}};
  EXPECT_THAT(catalog_->Commit({&refused, 1}), IsError(ErrorKind::kConflict));
  EXPECT_THAT(catalog_->CreateTable({{"nowhere"}, "b"}, TableOfIds()),
              IsError(ErrorKind::kNotFound));
  EXPECT_THAT(Recorded(), ElementsAre(made->metadata_location));
}

TEST_F(ChecksumsTest, OfDeletedFilesGoWithTheNextCommit) {
  ASSERT_THAT(checked_.WriteAll(Warehouse() + "/data", "x"), IsOk());
  ASSERT_THAT(catalog_->CreateTable({{"ns"}, "a"}, TableOfIds()), IsOk());
  EXPECT_THAT(Recorded(), SizeIs(2));
  ASSERT_THAT(checked_.Delete(Warehouse() + "/data"), IsOk());
  ASSERT_THAT(catalog_->CreateTable({{"ns"}, "b"}, TableOfIds()), IsOk());
  EXPECT_THAT(Recorded(), SizeIs(2));
}

TEST_F(ChecksumsTest, OfADamagedCatalogAreNotBelieved) {
  ASSERT_THAT(catalog_->CreateTable({{"ns"}, "a"}, TableOfIds()), IsOk());
  catalog_.reset();
  std::fstream file(Path(), std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(4096);  // The second page: the root of a table.
  file << std::string(200, '\x7f');
  file.close();
  EXPECT_THAT(StoredChecksums(Path(), *env_), IsError(ErrorKind::kCorrupt));
}

TEST_F(SqliteCatalogTest, KnowsNoChecksumsOfFilesThatOthersWrote) {
  const auto catalog = Open();
  ASSERT_THAT(catalog->CreateNamespace({"ns"}), IsOk());
  ASSERT_THAT(catalog->CreateTable({{"ns"}, "a"}, TableOfIds()), IsOk());
  EXPECT_THAT(StoredChecksums(Path(), *env_), HasValue(SizeIs(0)));
}

TEST_F(SqliteCatalogTest, RefusesAFileThatIsNoDatabase) {
  std::ofstream(Path()) << std::string(5000, 'x');
  EXPECT_THAT(OpenSqliteCatalog(Path(), Warehouse(), files_, *env_), IsError(ErrorKind::kCorrupt));
}

TEST_F(SqliteCatalogTest, SaysWhichFolderIsMissing) {
  EXPECT_THAT(OpenSqliteCatalog(folder_.path() + "/no/catalog.db", Warehouse(), files_, *env_),
              HasMessage("/no/catalog.db"));
}

// Runs `body` in a process of its own and returns its exit code.
pid_t InProcess(const std::function<bool()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body() ? 0 : 1);
  return child;
}

int ExitOf(pid_t child) {
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(SqliteCatalogTest, OpensOnceForManyProcesses) {
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    children.push_back(InProcess(
        [&] { return OpenSqliteCatalog(Path(), Warehouse(), files_, *env_).has_value(); }));
  }
  for (const pid_t child : children)
    EXPECT_EQ(ExitOf(child), 0);
  EXPECT_THAT(Open()->CreateNamespace({"ns"}), IsOk());
}

TEST_F(SqliteCatalogTest, LosesNoCommitOfTwoProcesses) {
  constexpr int kCommits = 15;
  {
    const auto catalog = Open();
    ASSERT_THAT(catalog->CreateNamespace({"ns"}), IsOk());
    for (const char* name : {"a", "b"}) {
      ASSERT_THAT(
          catalog->CreateTable({{"ns"}, name}, TableOfIds({{"commit.retry.num-retries", "200"}})),
          IsOk());
    }
  }
  const auto write = [this](const std::string& writer) {
    auto catalog = OpenSqliteCatalog(Path(), Warehouse(), files_, *env_);
    if (!catalog) return false;
    for (int i = 0; i < kCommits; ++i) {
      const auto a = (*catalog)->LoadTable({{"ns"}, "a"});
      const auto b = (*catalog)->LoadTable({{"ns"}, "b"});
      const std::string file = writer + std::to_string(i);
      const std::vector<PendingChange> changes = {Append(*a, file), Append(*b, file)};
      if (!CommitOperations(**catalog, files_, *env_, changes)) return false;
    }
    return true;
  };
  const pid_t first = InProcess([&] { return write("x"); });
  const pid_t second = InProcess([&] { return write("y"); });
  EXPECT_EQ(ExitOf(first), 0);
  EXPECT_EQ(ExitOf(second), 0);
  const auto catalog = Open();
  const auto in_a = FilesOf(*catalog, {{"ns"}, "a"}, files_);
  ASSERT_THAT(in_a, HasValue(SizeIs(2 * kCommits)));
  EXPECT_THAT(FilesOf(*catalog, {{"ns"}, "b"}, files_), HasValue(*in_a));
}

// A process killed at any moment of a commit leaves a catalog that opens, with all of its
// acknowledged commits and none by half.
TEST_F(SqliteCatalogTest, SurvivesKilledWriters) {
  {
    const auto catalog = Open();
    ASSERT_THAT(catalog->CreateNamespace({"ns"}), IsOk());
    for (const char* name : {"a", "b"}) {
      ASSERT_THAT(catalog->CreateTable({{"ns"}, name}, TableOfIds()), IsOk());
    }
  }
  size_t seen = 0;
  for (int round = 0; round < 12; ++round) {
    int acknowledged[2];
    ASSERT_EQ(::pipe(acknowledged), 0);
    const pid_t child = InProcess([&] {
      const auto catalog = OpenSqliteCatalog(Path(), Warehouse(), files_, *env_).value();
      for (int i = 0;; ++i) {
        const auto a = catalog->LoadTable({{"ns"}, "a"});
        const auto b = catalog->LoadTable({{"ns"}, "b"});
        const std::string file = std::to_string(round) + "-" + std::to_string(i);
        const std::vector<PendingChange> changes = {Append(*a, file), Append(*b, file)};
        if (!CommitOperations(*catalog, files_, *env_, changes)) return false;
        if (::write(acknowledged[1], "x", 1) != 1) return false;
      }
    });
    // However slow the machine is, some commits come before the kill, and one is under way.
    ::close(acknowledged[1]);
    char byte = 0;
    for (int i = 0; i <= round % 4; ++i) {
      ASSERT_EQ(::read(acknowledged[0], &byte, 1), 1);
    }
    ::usleep(static_cast<useconds_t>(env_->Random64() % 10'000));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ::close(acknowledged[0]);
    ExitOf(child);
    const auto catalog = Open();
    const auto in_a = FilesOf(*catalog, {{"ns"}, "a"}, files_);
    ASSERT_THAT(in_a, IsOk());
    EXPECT_THAT(FilesOf(*catalog, {{"ns"}, "b"}, files_), HasValue(*in_a));
    EXPECT_GT(in_a->size(), seen);
    seen = in_a->size();
  }
}

}  // namespace
}  // namespace firn::catalog
