// SPDX-License-Identifier: Apache-2.0
//
// Encrypted tables in SQL: they read as others do, stay encrypted whatever is done with them, and
// say what is missing where the key is.

#include <memory>
#include <string>
#include <vector>

#include <arrow/api.h>

#include "firn/base/testing.h"
#include "firn/catalog/catalog.h"
#include "firn/catalog/commit.h"
#include "firn/catalog/memory/memory_catalog.h"
#include "firn/datafile/delete_writer.h"
#include "firn/datafile/table_writer.h"
#include "firn/datafile/writer_options.h"
#include "firn/io/key_management.h"
#include "firn/io/memory_file_io.h"
#include "firn/sql/engine.h"
#include "firn/table/append.h"
#include "firn/table/row_delta.h"
#include "firn/table/scan.h"

namespace firn::sql {
namespace {

using table::NestedField;
using table::Type;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kRows =
    "SELECT i AS id, CASE WHEN i % 7 = 0 THEN NULL ELSE 'secret-name-' || (i % 50) END AS name, "
    "[('tag-' || i)::VARCHAR] AS tags, i * 0.37 AS score FROM range(";

// A lake in memory with the table s.t, encrypted with the key k.
class EncryptedLake : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_THAT(catalog_->CreateNamespace(name_.levels), IsOk());
    table::NewTable made;
    made.schema =
        table::Schema::Make(
            table::SchemaId(0),
            {NestedField::Required(1, "id", Type::Long()),
             NestedField::Optional(2, "name", Type::String()),
             NestedField::Optional(3, "tags",
                                   Type::List(NestedField::Optional(4, "element", Type::String()))),
             NestedField::Optional(5, "score", Type::Double())})
            .value();
    made.properties = {{"encryption.key-id", "k"},
                       {"write.parquet.page-row-limit", "100"},
                       {"write.parquet.bloom-filter-enabled.column.name", "true"}};
    ASSERT_THAT(catalog_->CreateTable(name_, made), IsOk());
  }

  Status Commit(std::unique_ptr<table::Operation> operation) {
    env_.Advance(Millis{1000});
    FIRN_TRY(catalog::CommitOperation(*catalog_, files_, env_, name_, std::move(operation)));
    return Ok();
  }

  Status Append(int64_t from, int64_t to) {
    FIRN_ASSIGN(const auto loaded, catalog_->LoadTable(name_));
    FIRN_ASSIGN(auto options, datafile::WriterOptionsFrom(loaded.metadata->properties));
    options.row_group_bytes = 40'000;
    FIRN_ASSIGN(const auto writer,
                datafile::TableWriter::Open(*loaded.metadata, "t", files_, env_, options));
    FIRN_ASSIGN(const auto stream, engine_->Query(kRows + std::to_string(from) + ", " +
                                                  std::to_string(to) + ") t(i)"));
    for (;;) {
      FIRN_ASSIGN(const auto batch, stream->Next());
      if (batch == nullptr) break;
      FIRN_TRY(writer->Write(batch));
    }
    FIRN_ASSIGN(auto written, writer->Close());
    return Commit(table::MergeAppend(std::move(written)));
  }

  Status DeleteFirstRows() {
    FIRN_ASSIGN(const auto loaded, catalog_->LoadTable(name_));
    FIRN_ASSIGN(const auto plan, table::PlanScan(*loaded.metadata, {}, files_));
    FIRN_ASSIGN(const auto writer,
                datafile::DeleteWriter::Open(*loaded.metadata, "t", files_, env_));
    const std::vector<int64_t> first = {0};
    for (const table::FileScanTask& task : plan.tasks)
      FIRN_TRY(writer->Delete(task.file, datafile::PositionBitmap::Of(first), task.deletes));
    FIRN_ASSIGN(const datafile::WrittenDeletes written, writer->Close());
    table::RowDeltaChange change;
    change.added_deletes = written.added;
    change.removed_deletes = written.replaced;
    change.validation.from = loaded.metadata->current_snapshot_id;
    return Commit(table::RowDelta(std::move(change)));
  }

  static Result<std::vector<std::string>> RowsOf(Engine& engine, const std::string& sql) {
    FIRN_ASSIGN(const auto stream, engine.Query(sql));
    FIRN_ASSIGN(const auto batches, ReadAll(*stream));
    std::vector<std::string> rows;
    for (const auto& batch : batches) {
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        std::string& text = rows.emplace_back();
        for (int column = 0; column < batch->num_columns(); ++column) {
          const auto value = batch->column(column)->GetScalar(row).ValueOrDie();
          text += (column > 0 ? "|" : "") + (value->is_valid ? value->ToString() : "NULL");
        }
      }
    }
    return rows;
  }
  Result<std::vector<std::string>> Rows(const std::string& sql) { return RowsOf(*engine_, sql); }

  // All that storage holds, metadata files left out.
  std::string StoredBytes() {
    std::string bytes;
    const auto files = memory_.List("file:///warehouse").value();
    for (const io::FileInfo& file : files) {
      const std::string stored = memory_.ReadAll(file.location, 1 << 30).value();
      if (!file.location.ends_with(".json")) bytes += stored;
      const bool encrypted = stored.starts_with("PARE") || stored.starts_with("AGS1");
      EXPECT_TRUE(encrypted || file.location.ends_with(".json")) << file.location;
    }
    return bytes;
  }

  static EngineOptions Options() {
    EngineOptions options;
    options.warehouse = "file:///warehouse";
    return options;
  }

  FixedEnv env_;
  io::MemoryFileIO memory_;
  io::MasterKeys keys_{[](std::string_view id) -> Result<std::string> {
    if (id == "k") return std::string(32, 'm');
    return Forbidden("no such key", id);
  }};
  io::KeyedFileIO files_{memory_, &keys_};
  const catalog::TableName name_ = catalog::TableName::Parse("s.t").value();
  std::unique_ptr<catalog::Catalog> catalog_ =
      catalog::MakeMemoryCatalog("file:///warehouse", files_, env_);
  std::unique_ptr<Engine> engine_ = Engine::Open(*catalog_, files_, env_, Options()).value();
};

TEST_F(EncryptedLake, IsSelectedFromLikeAnyOther) {
  ASSERT_THAT(Append(0, 3000), IsOk());
  ASSERT_THAT(Append(3000, 3500), IsOk());
  EXPECT_THAT(Rows("SELECT count(*), sum(id), count(name), max(tags[1]) FROM s.t"),
              HasValue(ElementsAre("3500|6123250|3000|tag-999")));
  EXPECT_THAT(
      Rows("SELECT id, name, round(score, 2) FROM s.t WHERE id BETWEEN 2998 AND 3001 ORDER BY id"),
      HasValue(ElementsAre("2998|secret-name-48|1109.26", "2999|secret-name-49|1109.63",
                           "3000|secret-name-0|1110", "3001|secret-name-1|1110.37")));
  EXPECT_THAT(Rows("SELECT count(*) FROM s.t WHERE name = 'secret-name-3'"),
              HasValue(ElementsAre("60")));
  EXPECT_THAT(Rows("SELECT count(*) FROM s.t WHERE name = 'nobody'"), HasValue(ElementsAre("0")));
  EXPECT_THAT(Rows("SELECT count(*) FROM s.t a JOIN s.t b USING (id) WHERE a.score = b.score"),
              HasValue(ElementsAre("3500")));
  EXPECT_EQ(StoredBytes().find("secret"), std::string::npos);
}

TEST_F(EncryptedLake, IsReadAsItWas) {
  ASSERT_THAT(Append(0, 10), IsOk());
  const auto loaded = catalog_->LoadTable(name_).value();
  const std::string first = loaded.metadata->current_snapshot_id->ToString();
  ASSERT_THAT(Append(10, 15), IsOk());
  EXPECT_THAT(Rows("SELECT count(*) FROM s.t AT (VERSION => " + first + ")"),
              HasValue(ElementsAre("10")));
  EXPECT_THAT(Rows("SELECT count(*) FROM s.t$snapshots"), HasValue(ElementsAre("2")));
  EXPECT_THAT(Rows("SELECT count(*) FROM s.t$files"), HasValue(ElementsAre("2")));
  EXPECT_THAT(Rows("SELECT count(*) FROM table_changes('s.t', " + first + ")"),
              HasValue(ElementsAre("5")));
}

TEST_F(EncryptedLake, StaysEncryptedWhateverIsDoneWithIt) {
  ASSERT_THAT(Append(0, 50), IsOk());
  ASSERT_THAT(Append(50, 80), IsOk());
  ASSERT_THAT(DeleteFirstRows(), IsOk());
  EXPECT_THAT(Rows("SELECT count(*), min(id) FROM s.t"), HasValue(ElementsAre("78|1")));
  EXPECT_EQ(StoredBytes().find("secret"), std::string::npos);
  ASSERT_THAT(Rows("CALL rewrite_data_files('s.t', options => MAP {'min-input-files': '2'})"),
              IsOk());
  ASSERT_THAT(Rows("CALL rewrite_manifests('s.t')"), IsOk());
  EXPECT_THAT(Rows("SELECT count(*), sum(id) FROM s.t"), HasValue(ElementsAre("78|3110")));
  env_.Advance(Millis{int64_t{30} * 24 * 3600 * 1000});
  ASSERT_THAT(Rows("CALL expire_snapshots('s.t', retain_last => 1)"), IsOk());
  EXPECT_THAT(Rows("CALL remove_orphan_files('s.t', dry_run => true)"), HasValue(IsEmpty()));
  EXPECT_THAT(Rows("SELECT count(*), sum(id) FROM s.t"), HasValue(ElementsAre("78|3110")));
  EXPECT_EQ(StoredBytes().find("secret"), std::string::npos);
  // A key of the one manifest list that is left, and one for those.
  EXPECT_EQ(catalog_->LoadTable(name_)->metadata->encryption_keys.size(), 2u);
}

TEST_F(EncryptedLake, SaysWhichKeyIsMissing) {
  ASSERT_THAT(Append(0, 10), IsOk());
  const auto blind = Engine::Open(*catalog_, memory_, env_, Options()).value();
  const auto rows = RowsOf(*blind, "SELECT count(name) FROM s.t");
  EXPECT_THAT(rows, IsError(ErrorKind::kForbidden));
  EXPECT_THAT(rows.error().ToString(), HasSubstr("key: k"));
  EXPECT_THAT(RowsOf(*blind, "CALL remove_orphan_files('s.t')"), IsError(ErrorKind::kForbidden));
  EXPECT_THAT(Rows("SELECT count(name) FROM s.t"), HasValue(ElementsAre("8")));
}

TEST_F(EncryptedLake, NoticesAFileThatWasChanged) {
  ASSERT_THAT(Append(0, 2000), IsOk());
  const auto files = memory_.List("file:///warehouse").value();
  for (const io::FileInfo& file : files) {
    if (!file.location.ends_with(".parquet")) continue;
    std::string bytes = memory_.ReadAll(file.location, 1 << 30).value();
    bytes[100] = static_cast<char>(bytes[100] ^ 1);  // In the first page.
    memory_.Replace(file.location, bytes);
  }
  EXPECT_THAT(Rows("SELECT sum(id), max(name), max(tags), max(score) FROM s.t"),
              IsError(ErrorKind::kCorrupt));
}

}  // namespace
}  // namespace firn::sql
