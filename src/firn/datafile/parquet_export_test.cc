// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/parquet_export.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <parquet/arrow/reader.h>

#include "firn/base/testing.h"
#include "firn/datafile/arrow_wall.h"

namespace firn::datafile {
namespace {

std::shared_ptr<arrow::RecordBatch> Numbers(int64_t from, int64_t count) {
  arrow::Int64Builder builder;
  for (int64_t at = 0; at < count; ++at)
    EXPECT_TRUE(builder.Append(from + at).ok());
  return arrow::RecordBatch::Make(arrow::schema({arrow::field("n", arrow::int64())}), count,
                                  {builder.Finish().ValueOrDie()});
}

std::shared_ptr<arrow::Table> Parse(const std::string& bytes) {
  const auto input = std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes));
  auto reader = parquet::arrow::OpenFile(input, arrow::default_memory_pool()).ValueOrDie();
  return reader->ReadTable().ValueOrDie();
}

TEST(ParquetExport, GivesBackTheRowsItWasGiven) {
  std::string bytes;
  const auto file = ParquetExport::Open(Numbers(0, 1)->schema(), [&](std::string_view part) {
    bytes += part;
    return Ok();
  });
  ASSERT_THAT(file, IsOk());
  ASSERT_THAT((*file)->Write(Numbers(0, 3)), IsOk());
  ASSERT_THAT((*file)->Write(Numbers(3, 2)), IsOk());
  ASSERT_THAT((*file)->Close(), IsOk());
  const auto expected = arrow::Table::FromRecordBatches({Numbers(0, 5)}).ValueOrDie();
  EXPECT_TRUE(Parse(bytes)->Equals(*expected));
}

TEST(ParquetExport, IsAFileAlsoWithoutRows) {
  std::string bytes;
  const auto file = ParquetExport::Open(Numbers(0, 1)->schema(), [&](std::string_view part) {
    bytes += part;
    return Ok();
  });
  ASSERT_THAT(file, IsOk());
  ASSERT_THAT((*file)->Close(), IsOk());
  EXPECT_EQ(Parse(bytes)->num_rows(), 0);
}

TEST(ParquetExport, NamesAColumnThatParquetHasNoTypeFor) {
  const auto schema = arrow::schema({arrow::field("fine", arrow::int64()),
                                     arrow::field("span", arrow::month_day_nano_interval())});
  const auto file = ParquetExport::Open(schema, [](std::string_view) { return Ok(); });
  EXPECT_THAT(file, IsError(ErrorKind::kUnsupported));
  EXPECT_THAT(file, HasMessage("Parquet has no type for the column: span"));
}

TEST(ParquetExport, EndsWithTheErrorOfTheSink) {
  for (int64_t room = 0; room < 200; room += 20) {
    int64_t left = room;
    const auto write = [&]() -> Status {
      const auto sink = [&](std::string_view part) -> Status {
        left -= static_cast<int64_t>(part.size());
        return left >= 0 ? Ok() : Io("the disk is full");
      };
      FIRN_ASSIGN(const auto file, ParquetExport::Open(Numbers(0, 1)->schema(), sink));
      FIRN_TRY(file->Write(Numbers(0, 30)));
      return file->Close();
    };
    EXPECT_THAT(write(), IsError(ErrorKind::kIo)) << room;
  }
}

}  // namespace
}  // namespace firn::datafile
