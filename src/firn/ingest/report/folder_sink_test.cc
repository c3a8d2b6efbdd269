// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/report/folder_sink.h"

#include <filesystem>

#include <arrow/api.h>

#include "firn/base/testing.h"
#include "firn/datafile/reader.h"
#include "firn/ingest/report/report_export.h"
#include "firn/ingest/report/report_tables.h"
#include "firn/ingest/testing.h"
#include "firn/io/local_file_io.h"
#include "firn/io/location.h"
#include "firn/obs/log.h"
#include "firn/obs/progress.h"

namespace firn::ingest {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Action = ExportedReport::Action;

class Folder {
 public:
  ReportExport Export() {
    ReportExportOptions options;
    options.select = ReportExportOptions::Select::kHistorical;
    FolderSink sink(disk_, env_, {scratch / "out", "run", datafile::Codec::kSnappy});
    const std::string from = scratch / "in";
    const auto found = Discover(std::span(&from, 1), env_);
    EXPECT_THAT(found, IsOk());
    auto done =
        ExportReports({disk_, env_, obs::NoLog(), obs::NoProgress()}, *found, options, sink);
    EXPECT_THAT(done, IsOk());
    return done ? std::move(*done) : ReportExport{};
  }

  void Put(const std::string& name, const std::vector<std::string>& rows) {
    std::string text = "timestamp,query_hash\n";
    for (const std::string& row : rows)
      text += row.substr(0, 10) + " 12:00:00," + row.substr(11) + "\n";
    scratch.Write("in/" + name, text);
  }

  // Every file below the folder, hidden ones too.
  std::vector<std::string> Files() {
    std::vector<std::string> names;
    const std::filesystem::path out = scratch / "out";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(out)) {
      if (entry.is_regular_file()) names.push_back(entry.path().lexically_relative(out).string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  // The query hashes in a file.
  std::string Hashes(const std::string& name) {
    table::DataFile file;
    file.file_path = io::FileLocation((scratch / "out") + "/" + name);
    file.file_size_bytes =
        static_cast<int64_t>(std::filesystem::file_size((scratch / "out") + "/" + name));
    const auto reader = datafile::ReadFile(disk_, file, ReportSchema("query_perf"));
    EXPECT_THAT(reader, IsOk());
    std::string hashes;
    while (reader) {
      const auto batch = (*reader)->Next();
      if (!batch || *batch == nullptr) break;
      const auto column = (*batch)->GetColumnByName("query_hash");
      for (int64_t row = 0; row < column->length(); ++row)
        hashes += (hashes.empty() ? "" : " ") + (*column->GetScalar(row))->ToString();
    }
    return hashes;
  }

  ScratchFolder scratch;

 private:
  FixedEnv env_;
  io::LocalFileIO disk_{env_};
};

constexpr char kFile27[] = "query_perf/year=2025/month=10/query_perf_20251027.parquet";
constexpr char kFile28[] = "query_perf/year=2025/month=10/query_perf_20251028.parquet";
constexpr char kFile01[] = "query_perf/year=2025/month=11/query_perf_20251101.parquet";
constexpr char kState[] = "_firn_reports.json";

TEST(FolderSink, WritesAFileADay) {
  Folder folder;
  folder.Put("query_perf_weekly_202544.csv", {"2025-10-27 a", "2025-11-01 c", "2025-10-27 b"});
  folder.Export();
  EXPECT_THAT(folder.Files(), ElementsAre(kState, kFile27, kFile01));
  EXPECT_EQ(folder.Hashes(kFile27), "a b");
  EXPECT_EQ(folder.Hashes(kFile01), "c");
}

TEST(FolderSink, ReplacesAndRemovesDays) {
  Folder folder;
  folder.Put("query_perf_weekly_202544.csv", {"2025-10-27 a", "2025-10-28 b", "2025-11-01 c"});
  folder.Export();
  folder.Put("query_perf_daily_20251028.csv", {"2025-10-28 d"});
  folder.Put("query_perf_weekly_202544.csv", {"2025-10-27 e"});
  folder.Export();
  EXPECT_THAT(folder.Files(), ElementsAre(kState, kFile27, kFile28));
  EXPECT_EQ(folder.Hashes(kFile27), "e");
  EXPECT_EQ(folder.Hashes(kFile28), "d");
}

TEST(FolderSink, PassesOverWhatIsThereUnlessSomebodyRemovedIt) {
  Folder folder;
  folder.Put("query_perf_daily_20251028.csv", {"2025-10-28 a"});
  folder.Export();
  EXPECT_EQ(folder.Export().reports[0].action, Action::kUnchanged);
  std::filesystem::remove((folder.scratch / "out/") + kFile28);
  EXPECT_EQ(folder.Export().reports[0].action, Action::kCreated);
  EXPECT_THAT(folder.Files(), ElementsAre(kState, kFile28));
}

TEST(FolderSink, KeepsRejectedRowsBesideTheTable) {
  Folder folder;
  folder.scratch.Write("in/query_perf_daily_20251028.csv",
                       "query_hash,execution_time_ms\na,x\nb,1\n");
  folder.Export();
  EXPECT_THAT(folder.Files(), ElementsAre(kState, kFile28,
                                          "query_perf_rejected/"
                                          "query_perf_daily_20251028.csv_rejected_run.parquet"));
  EXPECT_EQ(folder.Hashes(kFile28), "b");
}

TEST(FolderSink, LeavesNothingOfAReportThatCannotBeRead) {
  Folder folder;
  folder.Put("query_perf_daily_20251028.csv", {"2025-10-28 a"});
  folder.Export();
  folder.scratch.Write("in/query_perf_weekly_202544.csv", "query_hash\na\n");
  folder.Export();
  EXPECT_THAT(folder.Files(), ElementsAre(kState, kFile28));
}

}  // namespace
}  // namespace firn::ingest
