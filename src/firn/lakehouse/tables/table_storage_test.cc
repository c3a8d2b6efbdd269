// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <arrow/api.h>
#include <gmock/gmock.h>

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/catalog/commit.h"
#include "firn/catalog/memory/memory_catalog.h"
#include "firn/datafile/batch_builder.h"
#include "firn/datafile/table_writer.h"
#include "firn/io/memory_file_io.h"
#include "firn/lakehouse/tables/advise.h"
#include "firn/lakehouse/tables/alter_table.h"
#include "firn/lakehouse/tables/column_report.h"
#include "firn/table/append.h"
#include "firn/table/nested_field.h"

namespace firn::lakehouse {
namespace {

using table::NestedField;
using table::Type;

// A lake in memory with the table bench.rows(id, place, text) in some files.
class StorageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    catalog_ = catalog::MakeMemoryCatalog("file:///lake", files_, env_);
    ASSERT_THAT(catalog_->CreateNamespace({"bench"}), IsOk());
    table::NewTable wanted;
    wanted.schema =
        table::Schema::Make(table::SchemaId(0), {NestedField::Required(1, "id", Type::String()),
                                                 NestedField::Required(2, "place", Type::Int()),
                                                 NestedField::Required(3, "text", Type::String())})
            .value();
    wanted.properties = {{"write.parquet.compression-codec", "snappy"}};
    ASSERT_THAT(catalog_->CreateTable(name_, wanted), IsOk());
  }

  // Texts that tell the place, in random order of places; ids that tell nothing.
  void Append(int64_t rows) {
    const auto loaded = catalog_->LoadTable(name_).value();
    auto options = datafile::WriterOptionsFrom(loaded.metadata->properties).value();
    auto writer =
        datafile::TableWriter::Open(*loaded.metadata, "rows", files_, env_, options).value();
    auto builder = datafile::BatchBuilder::Make(loaded.metadata->schema()).value();
    for (int64_t row = 0; row < rows; ++row) {
      const auto place = static_cast<int32_t>(random_() % 200);
      std::string id(16, ' ');
      for (char& c : id)
        c = static_cast<char>('!' + random_() % 90);
      const std::string text = "the place " + std::to_string(place * 7919) + " of " +
                               std::to_string(place * 104'729) + " at " +
                               std::to_string(place * 1'299'709);
      ASSERT_TRUE(builder.column<arrow::StringBuilder>(0)->Append(id).ok());
      ASSERT_TRUE(builder.column<arrow::Int32Builder>(1)->Append(place).ok());
      ASSERT_TRUE(builder.column<arrow::StringBuilder>(2)->Append(text).ok());
    }
    ASSERT_THAT(writer->Write(builder.Finish().value()), IsOk());
    auto written = writer->Close().value();
    ASSERT_THAT(catalog::CommitOperation(*catalog_, files_, env_, name_,
                                         table::MergeAppend(std::move(written), {})),
                IsOk());
  }

  const table::TableMetadata& Metadata() {
    loaded_ = catalog_->LoadTable(name_).value();
    return *loaded_.metadata;
  }

  FixedEnv env_;
  io::MemoryFileIO files_;
  std::unique_ptr<catalog::Catalog> catalog_;
  catalog::LoadedTable loaded_;
  const catalog::TableName name_{{"bench"}, "rows"};
  std::mt19937_64 random_{1};
};

TEST_F(StorageTest, SaysWhatEachColumnTakes) {
  Append(5000);
  Append(5000);
  const auto report = ColumnSizesOf(*catalog_, files_, "bench.rows").value();
  EXPECT_EQ(report.files, 2);
  EXPECT_EQ(report.files_read, 2);
  EXPECT_EQ(report.rows, 10'000);
  ASSERT_EQ(report.columns.size(), 3u);
  const ColumnSizeRow& id = report.columns[0];
  EXPECT_EQ(id.name, "id");
  EXPECT_EQ(id.values, 10'000);
  EXPECT_EQ(id.codecs, "snappy");
  EXPECT_GT(id.encoded_bytes, 160'000);
  const ColumnSizeRow& place = report.columns[1];
  EXPECT_EQ(place.plain_bytes, 40'000);
  EXPECT_LT(place.compressed_bytes, 20'000);
  EXPECT_EQ(place.encodings, "delta-binary-packed");
}

TEST_F(StorageTest, SaysNothingOfATableWithoutFiles) {
  EXPECT_TRUE(ColumnSizesOf(*catalog_, files_, "bench.rows")->columns.empty());
  EXPECT_EQ(AdviseTable(*catalog_, files_, env_, "bench.rows")->sample_rows, 0);
}

const Advice* Find(const AdviceReport& report, const std::string& subject,
                   const std::string& column) {
  const auto found = std::ranges::find_if(report.advice, [&](const Advice& advice) {
    return advice.subject == subject && advice.column == column;
  });
  return found == report.advice.end() ? nullptr : &*found;
}

TEST_F(StorageTest, AdvisesWhatMakesTheSampleSmaller) {
  Append(20'000);
  const auto report = AdviseTable(*catalog_, files_, env_, "bench.rows").value();
  EXPECT_EQ(report.sample_rows, 20'000);
  const Advice* codec = Find(report, "codec", "");
  ASSERT_NE(codec, nullptr);
  EXPECT_LT(codec->bytes_then, codec->bytes_now);
  EXPECT_EQ(codec->properties[0].value, "zstd");
  const Advice* order = Find(report, "sort order", "");
  ASSERT_NE(order, nullptr);
  EXPECT_TRUE(report.sort_by == "place" || report.sort_by == "text") << report.sort_by;
  EXPECT_LT(order->bytes_then, order->bytes_now);
  EXPECT_THAT(files_.List("file:///advise").value(), ::testing::IsEmpty());
}

TEST_F(StorageTest, AltersPropertiesAndSortOrderInOneCommit) {
  AlterRequest request;
  request.table = "bench.rows";
  request.set = {{"write.parquet.compression-codec", "zstd"},
                 {"write.parquet.compression-level", "9"}};
  request.sort_by = {"place", "id desc"};
  ASSERT_THAT(AlterTable(*catalog_, files_, env_, request), IsOk());
  EXPECT_EQ(Metadata().Property("write.parquet.compression-level", ""), "9");
  ASSERT_EQ(Metadata().sort_order().fields.size(), 2u);
  EXPECT_EQ(Metadata().sort_order().fields[1].direction, table::SortDirection::kDescending);
  request = {};
  request.table = "bench.rows";
  request.unset = {"write.parquet.compression-level"};
  request.sort_by.emplace();
  ASSERT_THAT(AlterTable(*catalog_, files_, env_, request), IsOk());
  EXPECT_TRUE(Metadata().sort_order().is_unsorted());
  EXPECT_EQ(Metadata().Property("write.parquet.compression-level", "none"), "none");
}

TEST_F(StorageTest, RefusesWhatNoWriterCouldUse) {
  const auto refuses = [&](const NamedValue& property, const std::string& message) {
    AlterRequest request;
    request.table = "bench.rows";
    request.set = {property};
    const Status done = AlterTable(*catalog_, files_, env_, request);
    EXPECT_THAT(done, IsError(ErrorKind::kInvalidArgument));
    EXPECT_THAT(done, HasMessage(message));
  };
  refuses({"write.parquet.compression-level", "3"}, "the codec snappy takes no level");
  refuses({"firn.parquet.encoding.column.text", "byte-stream-split"}, "takes no such encoding");
  AlterRequest request;
  request.table = "bench.rows";
  request.sort_by = {"nobody"};
  EXPECT_THAT(AlterTable(*catalog_, files_, env_, request), IsError(ErrorKind::kInvalidArgument));
  request.sort_by.reset();
  EXPECT_THAT(AlterTable(*catalog_, files_, env_, request), HasMessage("nothing to change"));
}

}  // namespace
}  // namespace firn::lakehouse
