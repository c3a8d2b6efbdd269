// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/reader.h"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <arrow/api.h>
#include <arrow/c/abi.h>
#include <gtest/gtest.h>

#include "firn/base/testing.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/literal_array.h"
#include "firn/datafile/position_bitmap.h"
#include "firn/datafile/random_rows.h"
#include "firn/datafile/stream.h"
#include "firn/datafile/table_writer.h"
#include "firn/io/memory_file_io.h"

namespace firn::datafile {
namespace {

using ::testing::ElementsAre;
using BatchPtr = std::shared_ptr<arrow::RecordBatch>;
using table::FieldId;
using table::Literal;
using table::NestedField;
using table::Type;

table::Schema SchemaOf(std::vector<NestedField> fields) {
  return table::Schema::Make(table::SchemaId(0), std::move(fields)).value();
}

// Writes `rows` as one file of a table with their schema.
table::DataFile WriteFile(io::FileIO& files, const table::Schema& schema, const BatchPtr& rows,
                          std::map<std::string, std::string> properties = {}) {
  FixedEnv env;
  table::NewTable wanted;
  wanted.schema = schema;
  wanted.location = "file:///lake/t";
  const auto metadata = table::NewTableMetadata(wanted, env).value();
  auto writer =
      TableWriter::Open(metadata, "t", files, env, WriterOptionsFrom(properties).value()).value();
  EXPECT_THAT(writer->Write(rows), IsOk());
  return writer->Close().value().at(0);
}

table::DataFile WriteWith(const FileSettings& settings, io::FileIO& files,
                          const std::string& location, const BatchPtr& rows) {
  DataFileWriter writer(settings, files, location);
  EXPECT_THAT(writer.Add(rows), IsOk());
  auto described = writer.Finish();
  EXPECT_THAT(described, IsOk());
  EXPECT_THAT(writer.TakeFile()->Close(), IsOk());
  return *described;
}

// Writes `rows` as another program would: without field ids.
table::DataFile WriteForeign(io::FileIO& files, const BatchPtr& rows) {
  return WriteWith({{}, rows->schema(), {}, {}}, files, "file:///lake/foreign.parquet", rows);
}

BatchPtr ReadAll(BatchReader& reader) {
  std::vector<BatchPtr> batches;
  for (;;) {
    auto batch = reader.Next();
    EXPECT_THAT(batch, IsOk());
    if (!batch || *batch == nullptr) break;
    batches.push_back(*batch);
  }
  const auto rows = arrow::Table::FromRecordBatches(reader.schema(), batches).ValueOrDie();
  return rows->CombineChunksToBatch().ValueOrDie();
}

BatchPtr ReadAll(io::FileIO& files, const table::DataFile& file, const table::Schema& projection,
                 ReadOptions options = {}) {
  auto reader = ReadFile(files, file, projection, std::move(options));
  EXPECT_THAT(reader, IsOk());
  return ReadAll(**reader);
}

std::shared_ptr<arrow::Array> Integers(const std::shared_ptr<arrow::DataType>& type,
                                       const std::vector<std::optional<int64_t>>& values) {
  std::unique_ptr<arrow::ArrayBuilder> builder;
  EXPECT_TRUE(arrow::MakeBuilder(arrow::default_memory_pool(), type, &builder).ok());
  for (const auto& value : values) {
    if (value) {
      EXPECT_TRUE(builder->AppendScalar(*arrow::MakeScalar(type, *value).ValueOrDie()).ok());
    } else {
      EXPECT_TRUE(builder->AppendNull().ok());
    }
  }
  return builder->Finish().ValueOrDie();
}

// Ids 0 to rows - 1 and a text each.
BatchPtr Numbered(int64_t rows) {
  arrow::Int32Builder ids;
  arrow::StringBuilder texts;
  for (int64_t i = 0; i < rows; ++i) {
    EXPECT_TRUE(ids.Append(static_cast<int32_t>(i)).ok());
    EXPECT_TRUE(texts.Append("text " + std::to_string(i)).ok());
  }
  return arrow::RecordBatch::Make(
      arrow::schema({arrow::field("id", arrow::int32()), arrow::field("text", arrow::utf8())}),
      rows, {ids.Finish().ValueOrDie(), texts.Finish().ValueOrDie()});
}

table::Schema NumberedSchema() {
  return SchemaOf({NestedField::Required(1, "id", Type::Int()),
                   NestedField::Optional(2, "text", Type::String())});
}

std::vector<int64_t> Ids(const BatchPtr& rows) {
  std::vector<int64_t> ids;
  const auto column = rows->GetColumnByName("id");
  for (int64_t i = 0; i < rows->num_rows(); ++i) {
    ids.push_back(std::stoll(column->GetScalar(i).ValueOrDie()->ToString()));
  }
  return ids;
}

TEST(ReadFile, FindsColumnsByIdThroughRenamesAndReordering) {
  io::MemoryFileIO files;
  const auto file = WriteFile(files, NumberedSchema(), Numbered(3));
  const auto rows = ReadAll(files, file,
                            SchemaOf({NestedField::Optional(2, "words", Type::String()),
                                      NestedField::Required(1, "number", Type::Int())}));
  EXPECT_EQ(rows->schema()->field_names(), (std::vector<std::string>{"words", "number"}));
  EXPECT_EQ(rows->column(0)->ToString(), Numbered(3)->column(1)->ToString());
  EXPECT_EQ(rows->column(1)->ToString(), Numbered(3)->column(0)->ToString());
}

TEST(ReadFile, PromotesTypes) {
  io::MemoryFileIO files;
  const auto schema = SchemaOf({NestedField::Optional(1, "i", Type::Int()),
                                NestedField::Optional(2, "f", Type::Float()),
                                NestedField::Optional(3, "d", Type::Decimal(5, 2))});
  const auto rows = arrow::RecordBatch::Make(
      arrow::schema({arrow::field("i", arrow::int32()), arrow::field("f", arrow::float32()),
                     arrow::field("d", arrow::decimal128(5, 2))}),
      2,
      {Integers(arrow::int32(), {-7, std::nullopt}), Integers(arrow::float32(), {2, std::nullopt}),
       arrow::MakeArrayFromScalar(
           arrow::Decimal128Scalar(arrow::Decimal128(-12345), arrow::decimal128(5, 2)), 2)
           .ValueOrDie()});
  const auto file = WriteFile(files, schema, rows);
  const auto wider = SchemaOf({NestedField::Optional(1, "i", Type::Long()),
                               NestedField::Optional(2, "f", Type::Double()),
                               NestedField::Optional(3, "d", Type::Decimal(30, 2))});
  const auto read = ReadAll(files, file, wider);
  EXPECT_TRUE(read->column(0)->Equals(Integers(arrow::int64(), {-7, std::nullopt})));
  EXPECT_TRUE(read->column(1)->Equals(Integers(arrow::float64(), {2, std::nullopt})));
  EXPECT_EQ(read->column(2)->GetScalar(0).ValueOrDie()->ToString(), "-123.45");
}

TEST(ReadFile, FillsColumnsTheFileLacks) {
  io::MemoryFileIO files;
  auto file = WriteFile(files, NumberedSchema(), Numbered(2));
  auto with_default = NestedField::Optional(7, "origin", Type::String());
  with_default.initial_default = Literal::String("before");
  const auto later = SchemaOf({NestedField::Required(1, "id", Type::Int()),
                               NestedField::Optional(5, "note", Type::String()),
                               NestedField::Optional(6, "platform", Type::String()), with_default});
  ReadOptions options;
  options.spec = table::PartitionSpec{
      table::SpecId(0), {{FieldId(6), FieldId(1000), "platform", table::Transform::Identity()}}};
  file.partition = {Literal::String("chatgpt")};
  const auto rows = ReadAll(files, file, later, options);
  EXPECT_EQ(rows->column(1)->null_count(), 2);
  EXPECT_EQ(rows->column(2)->GetScalar(1).ValueOrDie()->ToString(), "chatgpt");
  EXPECT_EQ(rows->column(3)->GetScalar(0).ValueOrDie()->ToString(), "before");
}

TEST(ReadFile, RefusesAFileWithoutARequiredColumn) {
  io::MemoryFileIO files;
  const auto file = WriteFile(files, NumberedSchema(), Numbered(2));
  auto reader = ReadFile(files, file, SchemaOf({NestedField::Required(9, "key", Type::Int())}));
  ASSERT_THAT(reader, IsOk());
  EXPECT_THAT((*reader)->Next(), IsError(ErrorKind::kCorrupt));
}

TEST(ReadFile, CountsRowsWithoutReadingColumns) {
  io::MemoryFileIO files;
  const auto file = WriteFile(files, NumberedSchema(), Numbered(100));
  auto reader = ReadFile(files, file, SchemaOf({}));
  ASSERT_THAT(reader, IsOk());
  EXPECT_EQ((*(*reader)->Next())->num_rows(), 100);
  EXPECT_EQ(*(*reader)->Next(), nullptr);
}

TEST(ReadFile, KeepsNullsOfAStructOfWhichOnlyNewFieldsAreWanted) {
  io::MemoryFileIO files;
  const auto inner = Type::Struct({NestedField::Optional(2, "a", Type::Int())});
  const auto schema = SchemaOf({NestedField::Optional(1, "s", inner)});
  std::mt19937_64 random(4);
  const auto rows = RandomRows(schema, 50, random);
  const auto file = WriteFile(files, schema, rows);
  const auto later = SchemaOf({NestedField::Optional(
      1, "s", Type::Struct({NestedField::Optional(3, "b", Type::String())}))});
  const auto read = ReadAll(files, file, later);
  ASSERT_EQ(read->num_rows(), 50);
  EXPECT_GT(read->column(0)->null_count(), 0);
  EXPECT_EQ(read->column(0)->null_count(), rows->column(0)->null_count());
}

TEST(ReadFile, ReadsFilesWithoutIdsByNameMappingElseByName) {
  io::MemoryFileIO files;
  const auto file = WriteForeign(files, Numbered(3));
  const auto schema = SchemaOf({NestedField::Optional(11, "key", Type::Long()),
                                NestedField::Optional(12, "text", Type::String())});
  EXPECT_EQ(ReadAll(files, file, schema)->column(0)->null_count(), 3);
  ReadOptions options;
  options.name_mapping = std::make_shared<NameMapping>(
      ParseNameMapping(R"([{"field-id":11,"names":["key","id"]},{"field-id":12,"names":["text"]}])")
          .value());
  const auto rows = ReadAll(files, file, schema, options);
  EXPECT_EQ(rows->column(0)->null_count(), 0);
  EXPECT_EQ(rows->column(1)->null_count(), 0);
}

TEST(ReadFile, FindsNestedFieldsOfFilesWithoutIds) {
  io::MemoryFileIO files;
  std::mt19937_64 random(9);
  const auto schema = SchemaOfAllTypes();
  const auto rows = RandomRows(schema, 60, random);
  const auto layout = WithFieldIds(*rows->schema(), {});
  const auto file = WriteForeign(files, Relabel(*rows, layout));
  ASSERT_FALSE(HasFieldIds(*ReadSchema(files, file.file_path).value()));
  const auto read = ReadAll(files, file, schema);
  EXPECT_TRUE(read->Equals(*rows, false, arrow::EqualOptions::Defaults().nans_equal(true)));
}

TEST(NameMapping, RefusesWhatIsNoMapping) {
  EXPECT_THAT(ParseNameMapping("{}"), IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(ParseNameMapping("[{\"field-id\":1}]"), IsError(ErrorKind::kCorrupt));
  EXPECT_THAT(ParseNameMapping("nonsense"), IsError(ErrorKind::kCorrupt));
}

TEST(ReadFile, KeepsBatchesWithinRowsAndBytes) {
  io::MemoryFileIO files;
  const auto file = WriteFile(files, NumberedSchema(), Numbered(1000));
  ReadOptions options;
  options.batch_rows = 300;
  auto reader = ReadFile(files, file, NumberedSchema(), options).value();
  std::vector<int64_t> sizes;
  while (const BatchPtr batch = reader->Next().value())
    sizes.push_back(batch->num_rows());
  EXPECT_THAT(sizes, ElementsAre(300, 300, 300, 100));
  options.batch_bytes = 1;
  reader = ReadFile(files, file, NumberedSchema(), options).value();
  EXPECT_EQ(reader->Next().value()->num_rows(), 1);
}

TEST(ReadFile, LeavesOutDeletedPositionsAcrossRowGroups) {
  io::MemoryFileIO files;
  const auto file = WriteFile(files, NumberedSchema(), Numbered(100),
                              {{"write.parquet.row-group-size-bytes", "300"}});
  ASSERT_GT(file.split_offsets.size(), 3u);
  auto deleted = std::make_shared<PositionBitmap>();
  for (int64_t i = 0; i < 100; ++i) {
    if (i % 10 != 3) deleted->Add(i);
  }
  ReadOptions options;
  options.deleted = deleted;
  EXPECT_THAT(Ids(ReadAll(files, file, NumberedSchema(), options)),
              ElementsAre(3, 13, 23, 33, 43, 53, 63, 73, 83, 93));
}

TEST(ReadFile, LeavesOutRowGroupsThatCannotMatch) {
  io::MemoryFileIO files;
  const auto file = WriteFile(files, NumberedSchema(), Numbered(1000),
                              {{"write.parquet.row-group-size-bytes", "1000"}});
  ReadOptions options;
  options.filter_schema = NumberedSchema();
  options.filter = table::Expression::Compare(table::Op::kEq, "id", Literal::Int(500))
                       .Bind(options.filter_schema)
                       .value();
  const auto ids = Ids(ReadAll(files, file, NumberedSchema(), options));
  EXPECT_LT(ids.size(), 100u);
  EXPECT_NE(std::find(ids.begin(), ids.end(), 500), ids.end());
}

TEST(ReadFile, NeverLeavesOutARowThatMatches) {
  io::MemoryFileIO files;
  std::mt19937_64 random(17);
  const auto schema = SchemaOfAllTypes();
  const auto rows = RandomRows(schema, 400, random);
  const FileSettings settings{schema, ToArrow(schema).value(), WriterOptions(), {}};
  DataFileWriter writer(settings, files, "file:///lake/f.parquet");
  for (int64_t row = 0; row < 400; row += 5) {
    ASSERT_THAT(writer.Add(rows->Slice(row, 5)), IsOk());
    ASSERT_THAT(writer.WriteRowGroup(), IsOk());
  }
  const auto file = writer.Finish().value();
  ASSERT_THAT(writer.TakeFile()->Close(), IsOk());
  const table::Op ops[] = {table::Op::kLt,   table::Op::kLtEq, table::Op::kGt,
                           table::Op::kGtEq, table::Op::kEq,   table::Op::kNotEq};
  size_t read_rows = 0, tries = 0;
  for (const auto& field : schema.fields()) {
    if (field.type.is_nested()) continue;
    const auto column = ColumnOf(*rows, field.id).value();
    for (const auto op : ops) {
      const auto literal =
          LiteralAt(*column, static_cast<int64_t>(random() % 400), field.type).value();
      if (!literal || literal->is_nan()) continue;
      SCOPED_TRACE(field.name + " op " + std::to_string(static_cast<int>(op)));
      ReadOptions options;
      options.filter_schema = schema;
      options.filter = table::Expression::Compare(op, field.name, *literal).Bind(schema).value();
      const auto kept = Ids(ReadAll(files, file, schema, options));
      const std::set<int64_t> kept_ids(kept.begin(), kept.end());
      const auto ids = Ids(rows);
      for (int64_t row = 0; row < 400; ++row) {
        const bool matches = table::EvaluateRow(
            options.filter, [&](FieldId) { return LiteralAt(*column, row, field.type).value(); });
        EXPECT_TRUE(!matches || kept_ids.contains(ids[static_cast<size_t>(row)]));
      }
      read_rows += kept.size();
      ++tries;
    }
  }
  EXPECT_LT(read_rows, tries * 380);
}

TEST(ReadFile, RefusesFormatsItDoesNotRead) {
  io::MemoryFileIO files;
  table::DataFile file;
  file.file_format = table::FileFormat::kOrc;
  EXPECT_THAT(ReadFile(files, file, NumberedSchema()), IsError(ErrorKind::kUnsupported));
}

TEST(ReadFile, SaysWhichFileIsGoneOrBroken) {
  io::MemoryFileIO files;
  auto file = WriteFile(files, NumberedSchema(), Numbered(1000));
  const std::string bytes = files.ReadAll(file.file_path, 1 << 20).value();
  files.Replace(file.file_path, bytes.substr(0, bytes.size() / 2));
  EXPECT_THAT(ReadFile(files, file, NumberedSchema()), IsError(ErrorKind::kCorrupt));
  file.file_path += ".gone";
  const auto gone = ReadFile(files, file, NumberedSchema());
  EXPECT_THAT(gone, IsError(ErrorKind::kNotFound));
  EXPECT_THAT(gone, HasMessage(".gone"));
}

TEST(ReadFile, NoticesEveryDamagedPage) {
  io::MemoryFileIO files;
  const auto file = WriteFile(files, NumberedSchema(), Numbered(1000));
  const std::string bytes = files.ReadAll(file.file_path, 1 << 20).value();
  const auto whole = ReadAll(files, file, NumberedSchema());
  int noticed = 0;
  for (size_t at = 4; at + 8 < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
    files.Replace(file.file_path, damaged);
    auto reader = ReadFile(files, file, NumberedSchema());
    BatchPtr batch;
    if (reader) {
      auto next = (*reader)->Next();
      if (next) batch = *next;
    }
    noticed += batch == nullptr ? 1 : 0;
  }
  EXPECT_GT(noticed, 100);
}

TEST(Stream, GivesBackWhatWasExported) {
  io::MemoryFileIO files;
  const auto file = WriteFile(files, NumberedSchema(), Numbered(10));
  ArrowArrayStream stream;
  ASSERT_THAT(ExportStream(ReadFile(files, file, NumberedSchema()).value(), &stream), IsOk());
  auto imported = ImportStream(&stream);
  ASSERT_THAT(imported, IsOk());
  EXPECT_EQ(ReadAll(**imported)->num_rows(), 10);
}

TEST(Stream, PassesOnTheErrorOfTheReader) {
  io::MemoryFileIO files;
  const auto file = WriteFile(files, NumberedSchema(), Numbered(10));
  const auto schema = SchemaOf({NestedField::Required(9, "key", Type::Int())});
  ArrowArrayStream stream;
  ASSERT_THAT(ExportStream(ReadFile(files, file, schema).value(), &stream), IsOk());
  auto imported = ImportStream(&stream);
  ASSERT_THAT(imported, IsOk());
  EXPECT_THAT((*imported)->Next(), HasMessage("required column"));
}

}  // namespace
}  // namespace firn::datafile
