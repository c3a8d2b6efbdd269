// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/ingest_run.h"

#include <functional>
#include <thread>

#include "firn/datafile/memory_budget.h"
#include "firn/ingest/ensure_table.h"
#include "firn/ingest/test_lake.h"
#include "firn/io/faulty_file_io.h"
#include "firn/io/testing.h"
#include "firn/obs/progress.h"

namespace firn::ingest {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string Lines(int from, int to) {
  std::string lines;
  for (int id = from; id < to; ++id) {
    lines += R"({"id": )" + std::to_string(id) + R"(, "name": "n)" + std::to_string(id) + "\"}\n";
  }
  return lines;
}

std::vector<std::string> ExpectedRows(int from, int to) {
  std::vector<std::string> rows;
  for (int id = from; id < to; ++id) {
    rows.push_back(std::to_string(id) + "|n" + std::to_string(id));
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

TEST(RunIngest, ReadsEachFileOnce) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.jsonl", Lines(0, 3));
  lake.Put("/s/b.jsonl", Lines(3, 5));
  const auto first = lake.Ingest(lake.Options(FileFormat::kJsonLines));
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->ingest.files_new, 2);
  EXPECT_EQ(first->ingest.rows, 5);
  EXPECT_EQ(first->ingest.commits, 1);
  EXPECT_EQ(lake.Rows(), ExpectedRows(0, 5));

  const auto second = lake.Ingest(lake.Options(FileFormat::kJsonLines));
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->ingest.files_unchanged, 2);
  EXPECT_EQ(second->ingest.commits, 0);
  EXPECT_EQ(lake.Rows(), ExpectedRows(0, 5));
  EXPECT_EQ(lake.SnapshotCount(PositionsTableName()), 1u);
}

// Lets another table take the name of the target as the first file is opened.
class Exchange : public io::ForwardingFileIO {
 public:
  explicit Exchange(TestLake& lake) : ForwardingFileIO(lake.source_io()), lake_(lake) {}
  Result<std::unique_ptr<io::InputFile>> Open(std::string_view location) override {
    if (!done_) Replace();
    done_ = true;
    return ForwardingFileIO::Open(location);
  }

 private:
  void Replace() {
    const auto old = lake_.catalog().LoadTable(TestLake::target()).value();
    EXPECT_THAT(lake_.catalog().DropTable(old.name), IsOk());
    table::NewTable blueprint;
    blueprint.schema = old.metadata->schema();
    EXPECT_THAT(lake_.catalog().CreateTable(old.name, blueprint), IsOk());
  }

  TestLake& lake_;
  bool done_ = false;
};

TEST(RunIngest, WritesIntoNoOtherTableThatTookTheName) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.jsonl", Lines(0, 3));
  const auto options = lake.Options(FileFormat::kJsonLines);
  Exchange exchange(lake);
  const IngestContext context{lake.catalog(), lake.lake_io(), exchange,
                              lake.env(),     obs::NoLog(),   obs::NoProgress()};
  EXPECT_THAT(IngestIntoTable(context, lake.Walk(), options), IsError(ErrorKind::kConflict));
  EXPECT_THAT(lake.Rows(), IsEmpty());
  ASSERT_THAT(lake.Ingest(options), IsOk());
  EXPECT_EQ(lake.Rows(), ExpectedRows(0, 3));
}

// Counts how often somebody waits for files to become durable.
class WaitCount : public io::ForwardingFileIO {
 public:
  using ForwardingFileIO::ForwardingFileIO;
  Status CloseAll(std::span<io::OutputFile* const> files) override {
    files_of_waits.push_back(files.size());
    return ForwardingFileIO::CloseAll(files);
  }
  std::vector<size_t> files_of_waits;
};

TEST(RunIngest, WaitsOnceForAllItsFiles) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.jsonl", Lines(0, 3));
  ASSERT_THAT(lake.Ingest(lake.Options(FileFormat::kJsonLines)), IsOk());
  lake.Put("/s/b.jsonl", Lines(3, 5));
  WaitCount waits(lake.lake_files());
  lake.lake_io().SwitchTo(waits);
  ASSERT_THAT(lake.Ingest(lake.Options(FileFormat::kJsonLines)), IsOk());
  // Of rows and of positions: the data file, manifest, manifest list and metadata file.
  EXPECT_THAT(waits.files_of_waits, ElementsAre(8u));
  EXPECT_EQ(lake.Rows(), ExpectedRows(0, 5));
}

TEST(RunIngest, AddsOnlyWhatAFileGrewBy) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.jsonl", Lines(0, 3) + R"({"id": 3, "na)");
  ASSERT_THAT(lake.Ingest(lake.Options(FileFormat::kJsonLines)), IsOk());
  EXPECT_EQ(lake.Rows(), ExpectedRows(0, 3));
  lake.Append("/s/a.jsonl", "me\": \"n3\"}\n" + Lines(4, 6));
  const auto grown = lake.Ingest(lake.Options(FileFormat::kJsonLines));
  ASSERT_THAT(grown, IsOk());
  EXPECT_EQ(grown->ingest.files_grown, 1);
  EXPECT_EQ(lake.Rows(), ExpectedRows(0, 6));
}

TEST(RunIngest, RefusesARewrittenFileUnlessToldToAppend) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.jsonl", Lines(0, 3));
  ASSERT_THAT(lake.Ingest(lake.Options(FileFormat::kJsonLines)), IsOk());
  lake.Put("/s/a.jsonl", Lines(7, 9));
  auto options = lake.Options(FileFormat::kJsonLines);
  const auto refused = lake.Ingest(options);
  ASSERT_THAT(refused, IsOk());
  ASSERT_EQ(refused->ingest.problems.size(), 1u);
  EXPECT_THAT(refused->ingest.problems[0].error.message, testing::HasSubstr("/s/a.jsonl"));
  EXPECT_EQ(lake.Rows(), ExpectedRows(0, 3));

  options.on_rewritten = OnRewritten::kAppend;
  const auto appended = lake.Ingest(options);
  ASSERT_THAT(appended, IsOk());
  EXPECT_EQ(appended->ingest.files_rewritten, 1);
  EXPECT_EQ(lake.Rows().size(), 5u);
}

// A change in the middle of a file keeps its size and its edges.
TEST(RunIngest, NoticesAChangeFarFromTheEdges) {
  TestLake lake;
  lake.MakeTable();
  std::string bytes = Lines(0, 5000);
  lake.Put("/s/a.jsonl", bytes);
  ASSERT_THAT(lake.Ingest(lake.Options(FileFormat::kJsonLines)), IsOk());
  const size_t middle = bytes.find("\"n2500\"");
  bytes[middle + 1] = 'm';
  lake.Put("/s/a.jsonl", bytes);
  const auto again = lake.Ingest(lake.Options(FileFormat::kJsonLines));
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->ingest.problems.size(), 1u);
}

TEST(RunIngest, CommitsWithinAFileAndGoesOnFromThere) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.jsonl", Lines(0, 600'000));
  auto options = lake.Options(FileFormat::kJsonLines);
  options.ingest.commit_bytes = 1;
  const auto report = lake.Ingest(options);
  ASSERT_THAT(report, IsOk());
  EXPECT_GT(report->ingest.commits, 1);
  EXPECT_EQ(report->ingest.rows, 600'000);
  EXPECT_EQ(lake.Rows().size(), 600'000u);
}

TEST(RunIngest, NamesAVanishedFileAndGoesOn) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.jsonl", Lines(0, 2));
  lake.Put("/s/b.jsonl", Lines(2, 4));
  const Discovery files = lake.Walk();
  ASSERT_THAT(lake.source_io().Delete("file:///s/a.jsonl"), IsOk());
  const auto report = IngestIntoTable(lake.context(), files, lake.Options(FileFormat::kJsonLines));
  ASSERT_THAT(report, IsOk());
  ASSERT_EQ(report->ingest.problems.size(), 1u);
  EXPECT_EQ(report->ingest.problems[0].path, "/s/a.jsonl");
  EXPECT_EQ(lake.Rows(), ExpectedRows(2, 4));
}

TEST(RunIngest, KeepsRowsOfAFileThatIsGone) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.jsonl", Lines(0, 2));
  ASSERT_THAT(lake.Ingest(lake.Options(FileFormat::kJsonLines)), IsOk());
  ASSERT_THAT(IngestIntoTable(lake.context(), {}, lake.Options(FileFormat::kJsonLines)), IsOk());
  EXPECT_EQ(lake.Rows(), ExpectedRows(0, 2));
}

TEST(RunIngest, TakesItsQueueFromTheMemoryOfWriters) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.jsonl", Lines(0, 3));
  UserTableOptions options = lake.Options(FileFormat::kJsonLines);
  options.ingest.queue_bytes = 2 << 20;
  for (const int64_t limit : {options.ingest.queue_bytes + (1 << 20), int64_t{1} << 20}) {
    datafile::MemoryBudget budget(limit);
    IngestContext context = lake.context();
    context.writing.memory = &budget;
    ASSERT_THAT(IngestIntoTable(context, lake.Walk(), options), IsOk());
    EXPECT_EQ(budget.peak_bytes() >= options.ingest.queue_bytes,
              limit >= options.ingest.queue_bytes);
    EXPECT_EQ(budget.current_bytes(), 0);
    lake.Append("/s/a.jsonl", Lines(3, 6));
  }
  EXPECT_EQ(lake.Rows(), ExpectedRows(0, 6));
}

TEST(RunIngest, WritesNothingInADryRun) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.jsonl", Lines(0, 2) + "broken\n");
  auto options = lake.Options(FileFormat::kJsonLines);
  options.ingest.dry_run = true;
  const auto report = lake.Ingest(options);
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(report->ingest.rows, 2);
  EXPECT_EQ(report->ingest.rejected, 1);
  EXPECT_THAT(lake.Rows(), IsEmpty());
  EXPECT_FALSE(*lake.catalog().TableExists(PositionsTableName()));
}

// After each failure a rerun must end in the same rows, whatever the first run left behind.
void SweepFaults(io::FaultKind kind) {
  const int64_t faults = io::ForEachFault(kind, [](io::FaultPlan plan) {
    TestLake lake;
    lake.MakeTable();
    lake.Put("/s/a.jsonl", Lines(0, 3) + "broken\n");
    lake.Put("/s/b.jsonl", Lines(3, 5));
    auto options = lake.Options(FileFormat::kJsonLines);
    io::FaultyFileIO faulty(lake.lake_files(), plan);
    lake.lake_io().SwitchTo(faulty);
    const auto failed = lake.Ingest(options);
    const bool reached = faulty.fault_reached();
    lake.lake_io().SwitchTo(lake.lake_files());
    const std::vector<std::string> between = lake.Rows();
    EXPECT_TRUE(between.empty() || between == ExpectedRows(0, 5));
    EXPECT_TRUE(!failed || between == ExpectedRows(0, 5));
    EXPECT_THAT(lake.Ingest(options), IsOk());
    EXPECT_EQ(lake.Rows(), ExpectedRows(0, 5));
    EXPECT_EQ(lake.Rows(RejectedTableName(lake.target())).size(), 1u);
    return reached;
  });
  EXPECT_GT(faults, 20);
}

TEST(RunIngest, EndsInTheSameRowsAfterAnyFailedOperation) {
  SweepFaults(io::FaultKind::kFail);
}
TEST(RunIngest, EndsInTheSameRowsAfterAnyCrash) {
  SweepFaults(io::FaultKind::kCrash);
}
TEST(RunIngest, EndsInTheSameRowsAfterAFullDisk) {
  SweepFaults(io::FaultKind::kDiskFull);
}
TEST(RunIngest, EndsInTheSameRowsAfterAShortWrite) {
  SweepFaults(io::FaultKind::kShortWrite);
}

// Calls back when the n-th piece of a file was taken in.
class AtPiece : public obs::Progress {
 public:
  AtPiece(int piece, std::function<void()> then) : left_(piece), then_(std::move(then)) {}
  void Begin(std::string_view, int64_t) override {}
  void Advance(int64_t) override {
    if (--left_ == 0) then_();
  }
  void End() override {}

 private:
  int left_;
  std::function<void()> then_;
};

// The files of its next commit are untouched by the other ingest, those after that are not.
TEST(RunIngest, DecidesAnewWhatAnotherRunTookBetweenItsCommits) {
  TestLake lake;
  lake.MakeTable();
  for (int file = 0; file < 4; ++file) {
    lake.Put("/s/" + std::to_string(file) + ".jsonl", Lines(file * 10, file * 10 + 10));
  }
  const Discovery files = lake.Walk();
  auto options = lake.Options(FileFormat::kJsonLines, "first");
  options.ingest.commit_bytes = 1;
  AtPiece other(2, [&] {
    Discovery last = files;
    last.files.erase(last.files.begin(), last.files.end() - 2);
    const auto report = IngestIntoTable(lake.context(), last, lake.Options(FileFormat::kJsonLines));
    EXPECT_THAT(report, IsOk());
  });
  const IngestContext plain = lake.context();
  const IngestContext watched{plain.catalog, plain.lake_io, plain.source_io,
                              plain.env,     plain.log,     other};
  ASSERT_THAT(IngestIntoTable(watched, files, options), IsOk());
  EXPECT_EQ(lake.Rows(), ExpectedRows(0, 40));
}

// Several ingests of the same files at once, each in its own order of events.
TEST(RunIngest, DoublesAndLosesNothingWhenSeveralRunAtOnce) {
  for (int seed = 0; seed < 15; ++seed) {
    SCOPED_TRACE(seed);
    TestLake lake;
    lake.MakeTable();
    for (int file = 0; file < 12; ++file) {
      lake.Put("/s/" + std::to_string(file) + ".jsonl", Lines(file * 10, file * 10 + 10));
    }
    const Discovery files = lake.Walk();
    std::vector<std::thread> writers;
    for (int writer = 0; writer < 3; ++writer) {
      writers.emplace_back([&, writer] {
        auto options = lake.Options(FileFormat::kJsonLines, "run-" + std::to_string(writer));
        options.ingest.commit_bytes = 200 + 150 * ((seed + writer) % 4);
        options.ingest.parse_threads = 1 + static_cast<size_t>(seed % 2);
        const auto report = IngestIntoTable(lake.context(), files, options);
        EXPECT_THAT(report, IsOk());
      });
    }
    for (std::thread& writer : writers)
      writer.join();
    ASSERT_EQ(lake.Rows(), ExpectedRows(0, 120));
  }
}

TEST(RunIngest, KeepsPositionsOfDifferentTargetsApart) {
  TestLake lake;
  lake.MakeTable();
  lake.Put("/s/a.jsonl", Lines(0, 2));
  auto options = lake.Options(FileFormat::kJsonLines);
  ASSERT_THAT(lake.Ingest(options), IsOk());
  options.ingest.target = {{"silver"}, "copy"};
  options.create = true;
  const auto copied = lake.Ingest(options);
  ASSERT_THAT(copied, IsOk());
  EXPECT_EQ(copied->ingest.rows, 2);
  EXPECT_THAT(lake.Rows({{"silver"}, "copy"}), ElementsAre("0|n0", "1|n1"));
}

}  // namespace
}  // namespace firn::ingest
