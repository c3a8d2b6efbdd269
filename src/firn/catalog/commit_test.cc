// SPDX-License-Identifier: Apache-2.0

#include "firn/catalog/commit.h"

#include <algorithm>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "firn/catalog/batch_commit.h"
#include "firn/catalog/forwarding_testing.h"
#include "firn/catalog/testing.h"
#include "firn/table/append.h"
#include "firn/table/metadata_operations.h"
#include "firn/table/overwrite.h"

namespace firn::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Passes everything on, but lets a test decide what comes of a commit.
class CatalogInTheMiddle : public ForwardingCatalog {
 public:
  using CommitRule =
      std::function<Result<std::vector<LoadedTable>>(Catalog&, std::span<const TableChange>)>;

  CatalogInTheMiddle(Catalog& inner, CommitRule rule)
      : ForwardingCatalog(inner), rule_(std::move(rule)) {}

  Result<std::vector<LoadedTable>> Commit(std::span<const TableChange> changes) override {
    return rule_(inner(), changes);
  }

 private:
  CommitRule rule_;
};

class CommitTest : public CatalogFixture {
 protected:
  std::vector<std::string> Files(const TableName& name) {
    const auto found = FilesOf(*catalog_, name, files_);
    EXPECT_THAT(found, IsOk());
    return found ? *found : std::vector<std::string>{};
  }

  // Manifests and manifest lists in a table's folder.
  int64_t AvroFiles(const LoadedTable& table) {
    const auto all = files_.List(table.metadata->location).value();
    return std::count_if(all.begin(), all.end(),
                         [](const io::FileInfo& file) { return file.location.ends_with(".avro"); });
  }
};
FIRN_FOR_EVERY_CATALOG(CommitTest);

TEST_P(CommitTest, MakesAnAppendReadable) {
  const LoadedTable t = MakeTable("t");
  const PendingChange change = Append(t, "1");
  const auto committed = CommitOperations(*catalog_, files_, env_, {&change, 1});
  ASSERT_THAT(committed, HasValue(SizeIs(1)));
  EXPECT_NE(committed->front().metadata->current_snapshot(), nullptr);
  EXPECT_THAT(Files(t.name), ElementsAre("1"));
}

TEST_P(CommitTest, CommitsSeveralTablesAtOnce) {
  const LoadedTable a = MakeTable("a");
  const LoadedTable b = MakeTable("b");
  const std::vector<PendingChange> changes = {Append(a, "1"), Append(b, "2")};
  ASSERT_THAT(CommitOperations(*catalog_, files_, env_, changes), HasValue(SizeIs(2)));
  EXPECT_THAT(Files(a.name), ElementsAre("1"));
  EXPECT_THAT(Files(b.name), ElementsAre("2"));
}

TEST_P(CommitTest, AppliesSeveralOperationsOfOneTableInOrder) {
  const LoadedTable t = MakeTable("t");
  const std::vector<PendingChange> changes = {
      Append(t, "1"), Append(t, "2"), {t.name, table::UpdateProperties({{"mark", "2"}})}};
  const auto committed = CommitOperations(*catalog_, files_, env_, changes);
  ASSERT_THAT(committed, HasValue(SizeIs(1)));
  EXPECT_THAT(committed->front().metadata->snapshots, SizeIs(2));
  EXPECT_EQ(committed->front().metadata->Property("mark", ""), "2");
  EXPECT_THAT(Files(t.name), ElementsAre("1", "2"));
}

TEST_P(CommitTest, PlansAgainAfterALostRace) {
  const LoadedTable t = MakeTable("t");
  int commits = 0;
  CatalogInTheMiddle racing(*catalog_, [&](Catalog& inner, auto changes) {
    if (++commits <= 3) {
      const PendingChange other = Append(t, "other" + std::to_string(commits));
      EXPECT_THAT(CommitOperations(inner, files_, env_, {&other, 1}), IsOk());
    }
    return inner.Commit(changes);
  });
  const PendingChange change = Append(t, "mine");
  ASSERT_THAT(CommitOperations(racing, files_, env_, {&change, 1}), IsOk());
  EXPECT_EQ(commits, 4);
  EXPECT_THAT(Files(t.name), ElementsAre("mine", "other1", "other2", "other3"));
}

// Trap 24: the uuid is checked on every refresh.
TEST_P(CommitTest, WritesIntoNoOtherTableThatTookTheName) {
  const LoadedTable t = MakeTable("t");
  int commits = 0;
  CatalogInTheMiddle replacing(*catalog_, [&](Catalog& inner, auto changes) {
    if (++commits == 1) {
      EXPECT_THAT(inner.DropTable(t.name), IsOk());
      MakeTable("t");
      return Result<std::vector<LoadedTable>>(Conflict("planned"));
    }
    return inner.Commit(changes);
  });
  const PendingChange change = Append(t, "mine");
  EXPECT_THAT(CommitOperations(replacing, files_, env_, {&change, 1}),
              IsError(ErrorKind::kConflict));
  EXPECT_EQ(commits, 1);
  EXPECT_THAT(Files(t.name), IsEmpty());
  EXPECT_EQ(AvroFiles(t), 0);
}

TEST_P(CommitTest, LeavesNoManifestListOfALostRace) {
  const LoadedTable t = MakeTable("t");
  int commits = 0;
  CatalogInTheMiddle racing(*catalog_, [&](Catalog& inner, auto changes) {
    if (++commits == 1) return Result<std::vector<LoadedTable>>(Conflict("planned"));
    return inner.Commit(changes);
  });
  const PendingChange change = Append(t, "mine");
  ASSERT_THAT(CommitOperations(racing, files_, env_, {&change, 1}), IsOk());
  EXPECT_EQ(AvroFiles(t), 2);  // One manifest, one list.
}

TEST_P(CommitTest, GivesUpAfterTheRetriesOfTheTableAndCleansUp) {
  const LoadedTable t = MakeTable("t", {{"commit.retry.num-retries", "3"}});
  int commits = 0;
  CatalogInTheMiddle losing(*catalog_, [&](Catalog&, auto) {
    ++commits;
    return Result<std::vector<LoadedTable>>(Conflict("planned"));
  });
  const PendingChange change = Append(t, "mine");
  EXPECT_THAT(CommitOperations(losing, files_, env_, {&change, 1}), IsError(ErrorKind::kConflict));
  EXPECT_GE(commits, 4);
  EXPECT_EQ(AvroFiles(t), 0);
  EXPECT_THAT(Files(t.name), IsEmpty());
}

TEST_P(CommitTest, MakesDataFilesVisibleWithTheCommitThatNamesThem) {
  const LoadedTable table = MakeTable("batched");
  const table::DataFile file = FileNamed(table, "a");
  io::WriteBatch batch(files_);
  ASSERT_THAT(batch.WriteAll(file.file_path, "rows"), IsOk());
  EXPECT_THAT(files_.Exists(file.file_path), HasValue(false));
  const PendingChange change{table.name, table::FastAppend({file})};
  ASSERT_THAT(CommitOperations(*catalog_, batch, env_, {&change, 1}), IsOk());
  EXPECT_THAT(files_.Exists(file.file_path), HasValue(true));
  EXPECT_THAT(FilesOf(*catalog_, table.name, files_), HasValue(ElementsAre("a")));
}

TEST_P(CommitTest, LeavesNoFileOfARejectedBatch) {
  const LoadedTable table = MakeTable("batched");
  const auto before = files_.List(kWarehouse);
  {
    const table::DataFile file = FileNamed(table, "a");
    io::WriteBatch batch(files_);
    ASSERT_THAT(batch.WriteAll(file.file_path, "rows"), IsOk());
    table::SnapshotOptions options;
    options.expected_snapshot = table::SnapshotId(99);
    const PendingChange change{table.name, table::FastAppend({file}, options)};
    EXPECT_THAT(CommitOperations(*catalog_, batch, env_, {&change, 1}),
                IsError(ErrorKind::kConflict));
  }
  EXPECT_EQ(files_.List(kWarehouse)->size(), before->size());
}

TEST_P(CommitTest, FlushesForACatalogThatWritesNoMetadataItself) {
  const LoadedTable table = MakeTable("batched");
  CatalogInTheMiddle other(*catalog_, [&](Catalog& inner, std::span<const TableChange> changes) {
    EXPECT_THAT(files_.Exists(FileNamed(table, "a").file_path), HasValue(true));
    return inner.Commit(changes);
  });
  io::WriteBatch batch(files_);
  ASSERT_THAT(batch.WriteAll(FileNamed(table, "a").file_path, "rows"), IsOk());
  const PendingChange change = Append(table, "a");
  EXPECT_THAT(CommitOperations(other, batch, env_, {&change, 1}), IsOk());
}

TEST_P(CommitTest, DoesNotRetryWhatNoRetryCanHelp) {
  const LoadedTable t = MakeTable("t");
  int commits = 0;
  CatalogInTheMiddle failing(*catalog_, [&](Catalog&, auto) {
    ++commits;
    return Result<std::vector<LoadedTable>>(Io("planned"));
  });
  const PendingChange change = Append(t, "mine");
  EXPECT_THAT(CommitOperations(failing, files_, env_, {&change, 1}), IsError(ErrorKind::kIo));
  EXPECT_EQ(commits, 1);
  EXPECT_EQ(AvroFiles(t), 0);
}

TEST_P(CommitTest, FindsItsSnapshotAfterAnUnknownOutcome) {
  const LoadedTable t = MakeTable("t");
  CatalogInTheMiddle vague(*catalog_, [](Catalog& inner, auto changes) {
    EXPECT_THAT(inner.Commit(changes), IsOk());
    return Result<std::vector<LoadedTable>>(OutcomeUnknown("planned"));
  });
  const PendingChange change = Append(t, "mine");
  ASSERT_THAT(CommitOperations(vague, files_, env_, {&change, 1}), HasValue(SizeIs(1)));
  EXPECT_THAT(Files(t.name), ElementsAre("mine"));
}

TEST_P(CommitTest, DeletesNothingWhileTheOutcomeIsUnknown) {
  const LoadedTable t = MakeTable("t");
  CatalogInTheMiddle vague(*catalog_, [](Catalog&, auto) {
    return Result<std::vector<LoadedTable>>(OutcomeUnknown("planned"));
  });
  const PendingChange change = Append(t, "mine");
  EXPECT_THAT(CommitOperations(vague, files_, env_, {&change, 1}),
              IsError(ErrorKind::kOutcomeUnknown));
  EXPECT_EQ(AvroFiles(t), 2);
}

TEST_P(CommitTest, RefusesWhenTheExpectedSnapshotMoved) {
  const LoadedTable t = MakeTable("t");
  const PendingChange first = Append(t, "1");
  ASSERT_THAT(CommitOperations(*catalog_, files_, env_, {&first, 1}), IsOk());
  table::SnapshotOptions options;
  options.expected_snapshot = table::kNoSnapshot;
  const PendingChange late = {t.name, table::FastAppend({FileNamed(t, "2")}, options)};
  EXPECT_THAT(CommitOperations(*catalog_, files_, env_, {&late, 1}), IsError(ErrorKind::kConflict));
  EXPECT_THAT(Files(t.name), ElementsAre("1"));
}

TEST_P(CommitTest, ChangesNoTableWhenOneCannotBePlanned) {
  const LoadedTable a = MakeTable("a");
  const LoadedTable b = MakeTable("b");
  const std::vector<PendingChange> changes = {Append(a, "1"),
                                              {b.name, table::DeleteFiles({"file:///not/there"})}};
  EXPECT_THAT(CommitOperations(*catalog_, files_, env_, changes), HasMessage("ns.b"));
  EXPECT_THAT(Files(a.name), IsEmpty());
  EXPECT_EQ(AvroFiles(a), 0);
}

// Threads that append to two tables at once, each file name to both: in the end every file is in
// both tables once, and at no time did a reader of the catalog see one without the other.
TEST_P(CommitTest, LosesNothingWhenManyAppendToTwoTables) {
  constexpr int kWriters = 4;
  constexpr int kCommits = 6;
  const auto env = MakeSystemEnv();
  const LoadedTable a = MakeTable("a", {{"commit.retry.num-retries", "200"}});
  const LoadedTable b = MakeTable("b");
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      for (int i = 0; i < kCommits; ++i) {
        const std::string name = std::to_string(writer) + "-" + std::to_string(i);
        const std::vector<PendingChange> changes = {Append(a, name), Append(b, name)};
        EXPECT_THAT(CommitOperations(*catalog_, files_, *env, changes), IsOk());
      }
    });
  }
  for (std::thread& writer : writers)
    writer.join();
  const std::vector<std::string> in_a = Files(a.name);
  EXPECT_THAT(in_a, SizeIs(kWriters * kCommits));
  EXPECT_EQ(std::adjacent_find(in_a.begin(), in_a.end()), in_a.end());
  EXPECT_EQ(Files(b.name), in_a);
  EXPECT_EQ(catalog_->LoadTable(a.name)->metadata->last_sequence_number.value, kWriters * kCommits);
}

// The same counter in two tables, raised together by a compare and set.
TEST_P(CommitTest, MovesAWatermarkExactlyOnce) {
  constexpr int kWriters = 4;
  constexpr int kTurns = 5;
  const auto env = MakeSystemEnv();
  const LoadedTable a = MakeTable("a", {{"mark", "0"}});
  const LoadedTable b = MakeTable("b", {{"mark", "0"}});
  const auto raise = [&]() -> bool {
    const std::string seen = catalog_->LoadTable(a.name)->metadata->Property("mark", "");
    const std::string next = std::to_string(std::stoi(seen) + 1);
    const std::vector<PendingChange> changes = {
        {a.name, table::UpdateProperties({{"mark", next}}, {}, {{"mark", seen}})},
        {b.name, table::UpdateProperties({{"mark", next}})}};
    const auto committed = CommitOperations(*catalog_, files_, *env, changes);
    if (!committed) {
      EXPECT_THAT(committed, IsError(ErrorKind::kConflict));
    }
    return committed.has_value();
  };
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&] {
      for (int done = 0; done < kTurns;)
        done += raise() ? 1 : 0;
    });
  }
  for (std::thread& writer : writers)
    writer.join();
  EXPECT_EQ(catalog_->LoadTable(a.name)->metadata->Property("mark", ""), "20");
  EXPECT_EQ(catalog_->LoadTable(b.name)->metadata->Property("mark", ""), "20");
}

}  // namespace
}  // namespace firn::catalog
