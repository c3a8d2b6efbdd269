// SPDX-License-Identifier: Apache-2.0
//
// A lake whose tables are of format version 3, and from which another engine deleted rows by
// deletion vectors.

#include "firn/lakehouse/privacy/forget.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/catalog/commit.h"
#include "firn/catalog/sqlite/sqlite_catalog.h"
#include "firn/datafile/delete_writer.h"
#include "firn/ingest/testing.h"
#include "firn/io/local_file_io.h"
#include "firn/lakehouse/lakehouse.h"
#include "firn/lakehouse/tables/alter_table.h"
#include "firn/table/row_delta.h"
#include "firn/table/scan.h"

namespace firn::lakehouse {
namespace {

using ::testing::IsEmpty;

const std::string kGoes = "00000000-0000-4000-8000-00000000000a";
const std::string kStays = "00000000-0000-4000-8000-00000000000b";

std::string Record(const std::string& session, int number, const std::string& words) {
  return R"({"parentUuid":null,"isSidechain":false,"cwd":"/home/ada/engine","sessionId":")" +
         session + R"(","type":"user","message":{"role":"user","content":")" + words +
         R"("},"uuid":"00000000-0000-4000-8000-00000000)" + session.substr(32) +
         std::to_string(number) + R"(","timestamp":"2025-11-05T10:00:0)" + std::to_string(number) +
         ".000Z\"}\n";
}

// Two conversations in a lake of format version 3.
class Version3Lake {
 public:
  Version3Lake() {
    for (const std::string& session : {kGoes, kStays}) {
      std::string text;
      for (int number = 1; number <= 3; ++number)
        text += Record(session, number, "words " + std::to_string(number));
      folder_.Write("histories/.claude/projects/-home-ada-engine/" + session + ".jsonl", text);
    }
    LakeOptions options;
    options.path = folder_ / "lake";
    options.environment = {{"USER", "ada"}, {"TZ", "UTC"}};
    options.env = &env_;
    lake_ = Lakehouse::Open(options).value();
    IngestRequest ingest;
    ingest.paths = {folder_ / "histories"};
    EXPECT_THAT(lake_->Ingest(ingest), IsOk());
    EXPECT_THAT(lake_->Run({}), IsOk());
    const auto tables = lake_->Tables();
    for (const TableRow& table : *tables) {
      if (table.is_view) continue;
      AlterRequest alter;
      alter.table = table.name;
      alter.set = {{"format-version", "3"}};
      EXPECT_THAT(lake_->Alter(alter), IsOk()) << table.name;
    }
  }

  // As another engine does it.
  void DeleteInPlace(const std::string& table, const std::string& condition) {
    io::LocalFileIO files(env_);
    const auto catalog =
        catalog::OpenSqliteCatalog(folder_ / "lake/catalog.db",
                                   "file://" + (folder_ / "lake/warehouse"), files, env_)
            .value();
    const auto name = catalog::TableName::Parse(table).value();
    const auto loaded = catalog->LoadTable(name).value();
    ASSERT_EQ(loaded.metadata->format_version, 3);
    const auto plan = table::PlanScan(*loaded.metadata, {}, files).value();
    auto writer = datafile::DeleteWriter::Open(*loaded.metadata, name.name, files, env_).value();
    for (const table::FileScanTask& task : plan.tasks) {
      datafile::PositionBitmap positions;
      for (const std::string& position : Rows("SELECT _pos FROM " + table + " WHERE _file = '" +
                                              task.file.file_path + "' AND (" + condition + ")")) {
        positions.Add(std::stoll(position));
      }
      if (positions.empty()) continue;
      ASSERT_THAT(writer->Delete(task.file, positions, task.deletes), IsOk());
    }
    table::RowDeltaChange change;
    change.added_deletes = writer->Close()->added;
    change.validation.from = loaded.metadata->current_snapshot_id;
    ASSERT_THAT(
        catalog::CommitOperation(*catalog, files, env_, name, table::RowDelta(std::move(change))),
        IsOk());
  }

  std::vector<std::string> Rows(const std::string& query) {
    std::vector<std::string> rows;
    auto stream = lake_->Query(query);
    EXPECT_THAT(stream, IsOk()) << query;
    Row row;
    while (stream && *(*stream)->Next(row)) {
      std::string text;
      for (const Cell& cell : row)
        text += (text.empty() ? "" : "|") + cell.text;
      rows.push_back(std::move(text));
    }
    return rows;
  }

  Lakehouse& lake() { return *lake_; }

 private:
  const ingest::ScratchFolder folder_;
  FixedEnv env_;
  std::unique_ptr<Lakehouse> lake_;
};

TEST(Forget, TakesRowsOutOfTablesOfVersion3AndOfWhatWasDeletedInPlace) {
  Version3Lake lake;
  lake.DeleteInPlace("silver.messages", "content IN ('words 1')");
  const std::string stays = " WHERE conversation_id = '" + kStays + "' ORDER BY ALL";
  const std::string query = "SELECT _row_id, message_id, content FROM silver.messages" + stays;
  const auto before = lake.Rows(query);
  ASSERT_EQ(before.size(), 2U);

  ForgetRequest request;
  request.who = kGoes;
  const auto done = lake.lake().Forget(request);
  ASSERT_THAT(done, IsOk());
  EXPECT_THAT(done->left, IsEmpty());
  EXPECT_EQ(lake.Rows(query), before) << "rows keep their ids, what was deleted stays so";
  EXPECT_THAT(lake.Rows("SELECT 1 FROM silver.messages WHERE conversation_id = '" + kGoes + "'"),
              IsEmpty());
  EXPECT_TRUE(lake.lake().Doctor(true)->healthy());
}

TEST(Forget, TakesWhatOthersHadDeletedAlready) {
  Version3Lake lake;
  lake.DeleteInPlace("silver.messages", "conversation_id = '" + kGoes + "'");
  ForgetRequest request;
  request.who = kGoes;
  const auto done = lake.lake().Forget(request);
  ASSERT_THAT(done, IsOk());
  EXPECT_THAT(done->left, IsEmpty());
  EXPECT_EQ(lake.Rows("SELECT count(*) FROM bronze.conversations").front(), "1");
}

}  // namespace
}  // namespace firn::lakehouse
