// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/table_writer.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <arrow/api.h>
#include <arrow/compute/api_vector.h>
#include <gtest/gtest.h>

#include "firn/base/testing.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/literal_array.h"
#include "firn/datafile/memory_budget.h"
#include "firn/datafile/random_rows.h"
#include "firn/datafile/reader.h"
#include "firn/io/faulty_file_io.h"
#include "firn/io/local_file_io.h"
#include "firn/io/memory_file_io.h"
#include "firn/io/scratch.h"
#include "firn/io/testing.h"

namespace firn::datafile {
namespace {

using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using BatchPtr = std::shared_ptr<arrow::RecordBatch>;
using table::FieldId;
using table::Literal;
using table::NestedField;
using table::Transform;
using table::Type;

// A table of `schema` in memory, with what is needed to write and read it.
struct World {
  explicit World(const table::Schema& schema,
                 std::vector<table::PartitionFieldRequest> partition = {},
                 std::map<std::string, std::string> properties = {}) {
    table::NewTable wanted;
    wanted.schema = schema;
    wanted.spec = table::BuildPartitionSpec(table::SpecId(0), schema, partition).value();
    wanted.location = "file:///lake/t";
    wanted.properties = std::move(properties);
    metadata = table::NewTableMetadata(wanted, env).value();
  }

  std::unique_ptr<TableWriter> Writer(io::FileIO& files) {
    return TableWriter::Open(metadata, "Silver Messages", files, env,
                             WriterOptionsFrom(metadata.properties).value())
        .value();
  }

  std::vector<table::DataFile> WriteAll(const std::vector<BatchPtr>& batches) {
    auto writer = Writer(memory);
    for (const BatchPtr& batch : batches)
      EXPECT_THAT(writer->Write(batch), IsOk());
    auto files = writer->Close();
    EXPECT_THAT(files, IsOk());
    return files ? *files : std::vector<table::DataFile>();
  }

  BatchPtr ReadAll(const std::vector<table::DataFile>& written) {
    std::vector<BatchPtr> batches;
    for (const table::DataFile& file : written) {
      auto reader = ReadFile(memory, file, metadata.schema());
      EXPECT_THAT(reader, IsOk());
      for (;;) {
        auto batch = (*reader)->Next();
        EXPECT_THAT(batch, IsOk());
        if (!batch || *batch == nullptr) break;
        EXPECT_TRUE((*batch)->ValidateFull().ok());
        batches.push_back(*batch);
      }
    }
    const auto layout = ToArrow(metadata.schema()).value();
    const auto rows = arrow::Table::FromRecordBatches(layout, batches).ValueOrDie();
    return rows->CombineChunksToBatch().ValueOrDie();
  }

  FixedEnv env;
  io::MemoryFileIO memory;
  table::TableMetadata metadata;
};

// The same rows, ids as a fresh table numbers them.
BatchPtr RowsOf(const World& world, int64_t rows, uint64_t seed) {
  std::mt19937_64 random(seed);
  return RandomRows(world.metadata.schema(), rows, random);
}

BatchPtr SortedById(const BatchPtr& batch) {
  const auto ids = std::static_pointer_cast<arrow::Int64Array>(batch->GetColumnByName("id"));
  std::vector<int64_t> order(static_cast<size_t>(batch->num_rows()));
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](int64_t a, int64_t b) { return ids->Value(a) < ids->Value(b); });
  const auto indices =
      std::make_shared<arrow::Int64Array>(batch->num_rows(), arrow::Buffer::FromVector(order));
  return arrow::compute::Take(arrow::Datum(batch), arrow::Datum(indices))
      .ValueOrDie()
      .record_batch();
}

// Equal with NaN equal to itself, and zeros told apart.
bool SameRows(const BatchPtr& left, const BatchPtr& right) {
  const auto options = arrow::EqualOptions::Defaults().nans_equal(true).signed_zeros_equal(false);
  return left->Equals(*right, false, options);
}

table::Schema TwoColumns() {
  return table::Schema::Make(table::SchemaId(0), {NestedField::Required(1, "id", Type::Long()),
                                                  NestedField::Optional(2, "text", Type::String())})
      .value();
}

BatchPtr TwoColumnRows(const std::vector<std::pair<int64_t, std::string>>& rows) {
  arrow::Int64Builder ids;
  arrow::StringBuilder texts;
  for (const auto& [id, text] : rows) {
    EXPECT_TRUE(ids.Append(id).ok());
    EXPECT_TRUE(texts.Append(text).ok());
  }
  const auto schema =
      arrow::schema({arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8())});
  return arrow::RecordBatch::Make(schema, static_cast<int64_t>(rows.size()),
                                  {ids.Finish().ValueOrDie(), texts.Finish().ValueOrDie()});
}

class TableWriterCodecs : public ::testing::TestWithParam<const char*> {};

TEST_P(TableWriterCodecs, GivesBackRowsOfEveryType) {
  World world(SchemaOfAllTypes(), {}, {{"write.parquet.compression-codec", GetParam()}});
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE(seed);
    const auto rows = RowsOf(world, static_cast<int64_t>(seed * seed * 7), seed);
    const auto files = world.WriteAll({rows});
    EXPECT_TRUE(SameRows(world.ReadAll(files), rows));
  }
}

INSTANTIATE_TEST_SUITE_P(AllCodecs, TableWriterCodecs,
                         ::testing::Values("zstd", "snappy", "gzip", "lz4", "brotli",
                                           "uncompressed"));

TEST(TableWriter, NamesFilesByTableDayAndUlidUnderPartitionFolders) {
  World world(TwoColumns(), {{"id", Transform::Bucket(1), ""}});
  const auto files = world.WriteAll({TwoColumnRows({{1, "a"}})});
  ASSERT_EQ(files.size(), 1u);
  EXPECT_THAT(files[0].file_path,
              MatchesRegex("file:///lake/t/data/id_bucket_1=0/"
                           "silver_messages_data_20251105_[0-9A-HJKMNP-TV-Z]+\\.parquet"));
}

TEST(TableWriter, WritesNoFileForNoRows) {
  World world(TwoColumns());
  EXPECT_THAT(world.WriteAll({}), IsEmpty());
  EXPECT_THAT(world.WriteAll({TwoColumnRows({})}), IsEmpty());
}

TEST(TableWriter, RoutesRowsByEveryTransformAndLosesNone) {
  const std::vector<std::pair<std::string, Transform>> cases = {
      {"text", Transform::Identity()},   {"flag", Transform::Identity()},
      {"id", Transform::Bucket(7)},      {"key", Transform::Bucket(3)},
      {"large", Transform::Bucket(3)},   {"text", Transform::Truncate(1)},
      {"large", Transform::Truncate(9)}, {"blob", Transform::Truncate(1)},
      {"day", Transform::Year()},        {"instant", Transform::Year()},
      {"local", Transform::Year()},      {"place.city", Transform::Truncate(1)},
      {"count", Transform::Void()},      {"clock", Transform::Bucket(5)}};
  for (const auto& [column, transform] : cases) {
    SCOPED_TRACE(column + " " + transform.ToString());
    World world(SchemaOfAllTypes(), {{column, transform, "p"}});
    const auto rows = RowsOf(world, 300, 11);
    const auto files = world.WriteAll({rows->Slice(0, 100), rows->Slice(100)});
    EXPECT_TRUE(SameRows(SortedById(world.ReadAll(files)), SortedById(rows)));
    std::set<std::string> partitions;
    for (const auto& file : files) {
      partitions.insert(table::PartitionPath(world.metadata.spec(), file.partition));
    }
    EXPECT_EQ(partitions.size(), files.size());
  }
}

TEST(TableWriter, PutsEveryRowIntoThePartitionItsTransformNames) {
  World world(SchemaOfAllTypes(),
              {{"instant", Transform::Month(), "p"}, {"flag", Transform::Identity(), "f"}});
  const auto files = world.WriteAll({RowsOf(world, 500, 3)});
  for (const auto& file : files) {
    const auto rows = world.ReadAll({file});
    const auto instants =
        std::static_pointer_cast<arrow::TimestampArray>(rows->GetColumnByName("instant"));
    for (int64_t i = 0; i < rows->num_rows(); ++i) {
      std::optional<Literal> value;
      if (instants->IsValid(i)) value = Literal::TimestampTz(instants->Value(i));
      EXPECT_EQ(Transform::Month().Apply(value).value(), file.partition[0]);
    }
  }
}

TEST(TableWriter, CountsBoundsAndNansAsTheRowsHaveThem) {
  World world(SchemaOfAllTypes());
  arrow::DoubleBuilder scores;
  ASSERT_TRUE(scores.AppendValues({0.0, std::nan(""), -0.0}).ok());
  ASSERT_TRUE(scores.AppendNull().ok());
  arrow::Int64Builder ids;
  ASSERT_TRUE(ids.AppendValues({4, -2, 9, 1}).ok());
  const auto rows = arrow::RecordBatch::Make(
      arrow::schema({arrow::field("score", arrow::float64()), arrow::field("id", arrow::int64())}),
      4, {scores.Finish().ValueOrDie(), ids.Finish().ValueOrDie()});
  const auto files = world.WriteAll({rows});
  ASSERT_EQ(files.size(), 1u);
  const auto id = [&](const char* name) { return world.metadata.schema().FindByName(name)->id; };
  EXPECT_EQ(files[0].record_count, 4);
  EXPECT_EQ(files[0].lower_bounds.at(id("id")), Literal::Long(-2).ToBytes());
  EXPECT_EQ(files[0].upper_bounds.at(id("id")), Literal::Long(9).ToBytes());
  EXPECT_EQ(files[0].lower_bounds.at(id("score")), Literal::Double(-0.0).ToBytes());
  EXPECT_EQ(files[0].upper_bounds.at(id("score")), Literal::Double(0.0).ToBytes());
  EXPECT_EQ(files[0].nan_value_counts.at(id("score")), 1);
  EXPECT_EQ(files[0].null_value_counts.at(id("score")), 1);
  EXPECT_EQ(files[0].value_counts.at(id("score")), 4);
  EXPECT_EQ(files[0].null_value_counts.at(id("text")), 4);
  EXPECT_FALSE(files[0].lower_bounds.contains(id("text")));
  EXPECT_EQ(files[0].nan_value_counts.count(id("id")), 0u);
}

std::string RandomText(std::mt19937_64& random, size_t size) {
  std::string text(size, ' ');
  for (char& c : text)
    c = static_cast<char>(' ' + random() % 64);
  return text;
}

BatchPtr TextsOf(const std::vector<std::string>& values) {
  arrow::StringBuilder builder;
  EXPECT_TRUE(builder.AppendValues(values).ok());
  return arrow::RecordBatch::Make(arrow::schema({arrow::field("text", arrow::utf8())}),
                                  static_cast<int64_t>(values.size()),
                                  {builder.Finish().ValueOrDie()});
}

int64_t SizeOfTexts(const std::vector<std::string>& values, const std::string& level) {
  const auto schema =
      table::Schema::Make(table::SchemaId(0), {NestedField::Optional(1, "text", Type::String())});
  World world(*schema, {}, {{"write.parquet.compression-level", level}});
  return world.WriteAll({TextsOf(values)}).at(0).column_sizes.at(FieldId(1));
}

// At level 3 zstd itself would look back 2 MiB.
TEST(TableWriter, FindsALongTextAgainAnywhereInItsPage) {
  std::mt19937_64 random(1);
  const std::string text = RandomText(random, size_t{3} << 20);
  const int64_t once = SizeOfTexts({text}, "3");
  EXPECT_LT(SizeOfTexts({text, text}, "3"), once + once / 10);
}

TEST(TableWriter, GivesIdsNoDictionary) {
  std::mt19937_64 random(1);
  std::vector<std::string> ids(20'000);
  for (std::string& id : ids)
    id = RandomText(random, 32);  // 24 bytes of information.
  EXPECT_LT(SizeOfTexts(ids, "9"), 20'000 * 26);
}

TEST(TableWriter, BoundsHoldEveryValueOfRandomRows) {
  World world(SchemaOfAllTypes());
  const auto rows = RowsOf(world, 400, 5);
  const auto files = world.WriteAll({rows});
  ASSERT_EQ(files.size(), 1u);
  const auto& schema = world.metadata.schema();
  int checked = 0;
  for (const auto& [id, lower] : files[0].lower_bounds) {
    const auto column = ColumnOf(*rows, id).value();
    const auto& type = schema.FindField(id)->type;
    SCOPED_TRACE(std::string(schema.NameOf(id)));
    for (int64_t i = 0; i < rows->num_rows(); ++i) {
      const auto value = LiteralAt(*column, i, type).value();
      if (!value || value->is_nan()) continue;
      if (type.id() == table::TypeId::kFixed) continue;  // Cut bounds are no values of the type.
      EXPECT_TRUE(table::Compare(*Literal::FromBytes(type, lower), *value) <= 0);
      EXPECT_TRUE(table::Compare(*value, *Literal::FromBytes(type, files[0].upper_bounds.at(id))) <=
                  0);
      ++checked;
    }
  }
  EXPECT_GT(checked, 5000);
}

TEST(TableWriter, CutsTextBoundsToSixteenCodePoints) {
  World world(TwoColumns());
  const std::string text =
      "\xC3\xA9"
      "abcdefghijklmnopqrstuvwxyz";
  const auto files = world.WriteAll({TwoColumnRows({{1, text}})});
  EXPECT_EQ(files[0].lower_bounds.at(FieldId(2)),
            "\xC3\xA9"
            "abcdefghijklmno");
  EXPECT_EQ(files[0].upper_bounds.at(FieldId(2)),
            "\xC3\xA9"
            "abcdefghijklmnp");
}

TEST(TableWriter, KeepsNoMetricsOfColumnsThatAskForNone) {
  World world(TwoColumns(), {}, {{"write.metadata.metrics.column.text", "none"}});
  const auto files = world.WriteAll({TwoColumnRows({{1, "a"}})});
  EXPECT_FALSE(files[0].lower_bounds.contains(FieldId(2)));
  EXPECT_FALSE(files[0].value_counts.contains(FieldId(2)));
  EXPECT_TRUE(files[0].lower_bounds.contains(FieldId(1)));
}

TEST(TableWriter, KeepsRowGroupsBelowTheirSizeWithLongTexts) {
  World world(TwoColumns(), {}, {{"write.parquet.row-group-size-bytes", "3000000"}});
  std::vector<std::pair<int64_t, std::string>> rows;
  for (int64_t i = 0; i < 20; ++i)
    rows.emplace_back(i, std::string(1'000'000, 'x'));
  const auto files = world.WriteAll({TwoColumnRows(rows)});
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].split_offsets.size(), 10u);
  EXPECT_EQ(files[0].split_offsets[0], 4);
  EXPECT_TRUE(std::is_sorted(files[0].split_offsets.begin(), files[0].split_offsets.end()));
  EXPECT_EQ(world.ReadAll(files)->num_rows(), 20);
}

TEST(TableWriter, GivesARowLargerThanARowGroupItsOwn) {
  World world(TwoColumns(), {}, {{"write.parquet.row-group-size-bytes", "1000"}});
  const auto files =
      world.WriteAll({TwoColumnRows({{1, "a"}, {2, std::string(5000, 'b')}, {3, "c"}, {4, "d"}})});
  EXPECT_EQ(files[0].split_offsets.size(), 3u);
  EXPECT_EQ(world.ReadAll(files)->num_rows(), 4);
}

TEST(TableWriter, BeginsANewFileWhenOneIsLargeEnough) {
  World world(TwoColumns(), {},
              {{"write.parquet.row-group-size-bytes", "10000"},
               {"write.target-file-size-bytes", "25000"},
               {"write.parquet.compression-codec", "uncompressed"}});
  std::vector<BatchPtr> batches;
  std::mt19937_64 random(1);
  for (int64_t i = 0; i < 100; ++i) {
    std::string text(1000, 'x');
    for (char& c : text)
      c = static_cast<char>('a' + random() % 26);
    batches.push_back(TwoColumnRows({{i, text}}));
  }
  const auto files = world.WriteAll(batches);
  ASSERT_GT(files.size(), 2u);
  for (size_t i = 0; i + 1 < files.size(); ++i) {
    EXPECT_GT(files[i].file_size_bytes, 25'000);
    EXPECT_LT(files[i].file_size_bytes, 45'000);
  }
  EXPECT_EQ(world.ReadAll(files)->num_rows(), 100);
}

// Every partition has its rows in one file, though memory holds a fraction of them.
TEST(TableWriter, KeepsAThousandPartitionsWithinASharedBudget) {
  World world(TwoColumns(), {{"id", Transform::Identity(), ""}});
  MemoryBudget budget(1'000'000);
  auto options = WriterOptionsFrom({}).value();
  options.memory = &budget;
  auto writer = TableWriter::Open(world.metadata, "t", world.memory, world.env, options).value();
  for (int round = 0; round < 5; ++round) {
    std::vector<std::pair<int64_t, std::string>> rows;
    for (int64_t id = 0; id < 1000; ++id)
      rows.emplace_back(id, std::string(1000, static_cast<char>('a' + round)));
    ASSERT_THAT(writer->Write(TwoColumnRows(rows)), IsOk());
  }
  const auto files = writer->Close().value();
  EXPECT_EQ(files.size(), 1000u);
  EXPECT_LE(budget.peak_bytes(), 1'000'000);
  EXPECT_GT(budget.peak_bytes(), 400'000);
  EXPECT_EQ(budget.current_bytes(), 0);
  for (const auto& file : files) {
    EXPECT_EQ(file.record_count, 5);
    EXPECT_EQ(file.lower_bounds.at(FieldId(1)), file.upper_bounds.at(FieldId(1)));
    EXPECT_EQ(file.sort_order_id, std::nullopt);
  }
  EXPECT_EQ(world.ReadAll(files)->num_rows(), 5000);
}

TEST(TableWriter, WritesLargePartitionsAsTheyFillAndTheRestFromDisk) {
  World world(TwoColumns(), {{"id", Transform::Identity(), ""}});
  auto options = WriterOptionsFrom({}).value();
  options.memory_bytes = 200'000;
  auto writer = TableWriter::Open(world.metadata, "t", world.memory, world.env, options).value();
  int64_t rows = 0;
  for (int64_t round = 0; round < 300; ++round) {
    ASSERT_THAT(writer->Write(TwoColumnRows({{0, std::string(3000, 'x')},
                                             {0, std::string(3000, 'y')},
                                             {1 + round % 60, std::string(500, 'z')}})),
                IsOk());
    rows += 3;
  }
  const auto files = writer->Close().value();
  EXPECT_EQ(files.size(), 61u);
  EXPECT_EQ(world.ReadAll(files)->num_rows(), rows);
}

TEST(TableWriter, WritesAlsoWhereOthersHaveAllTheMemory) {
  World world(TwoColumns(), {{"id", Transform::Identity(), ""}});
  MemoryBudget budget(1000);
  ASSERT_TRUE(budget.TryReserve(1000));
  auto options = WriterOptionsFrom({}).value();
  options.memory = &budget;
  auto writer = TableWriter::Open(world.metadata, "t", world.memory, world.env, options).value();
  for (int64_t i = 0; i < 10; ++i)
    ASSERT_THAT(writer->Write(TwoColumnRows({{i % 3, "x"}, {i % 2, "y"}})), IsOk());
  const auto files = writer->Close().value();
  EXPECT_EQ(world.ReadAll(files)->num_rows(), 20);
  budget.Release(1000);
  EXPECT_EQ(budget.current_bytes(), 0);
}

TEST(TableWriter, KeepsAtMostTheOpenFilesAllowed) {
  World world(TwoColumns(), {{"id", Transform::Identity(), ""}},
              {{"write.parquet.row-group-size-bytes", "1"}});
  auto options = WriterOptionsFrom(world.metadata.properties).value();
  options.open_files_max = 2;
  auto writer = TableWriter::Open(world.metadata, "t", world.memory, world.env, options).value();
  for (int64_t i = 0; i < 9; ++i)
    ASSERT_THAT(writer->Write(TwoColumnRows({{i % 3, "x"}})), IsOk());
  EXPECT_EQ(writer->Close()->size(), 9u);
}

TEST(TableWriter, EndsAFileBeforeItCouldPassTheCap) {
  World world(TwoColumns(), {},
              {{"firn.write.max-file-size-bytes", "30000"},
               {"write.parquet.row-group-size-bytes", "10000"},
               {"write.parquet.compression-codec", "uncompressed"}});
  std::mt19937_64 random(1);
  std::vector<std::pair<int64_t, std::string>> rows;
  for (int64_t i = 0; i < 5000; ++i)
    rows.emplace_back(static_cast<int64_t>(random()), RandomText(random, 16));
  const auto files = world.WriteAll({TwoColumnRows(rows)});
  EXPECT_GE(files.size(), 4u);
  for (const auto& file : files)
    EXPECT_LE(file.file_size_bytes, 33'000);  // The footer comes on top.
  EXPECT_EQ(world.ReadAll(files)->num_rows(), 5000);
}

TEST(TableWriter, CutsABatchWhereAFileHasItsRows) {
  World world(TwoColumns(), {}, {{"firn.write.max-file-rows", "7"}});
  std::vector<std::pair<int64_t, std::string>> rows;
  for (int64_t i = 0; i < 20; ++i)
    rows.emplace_back(i, "x");
  const auto files = world.WriteAll({TwoColumnRows(rows), TwoColumnRows({{20, "x"}})});
  ASSERT_EQ(files.size(), 3u);
  for (const auto& file : files)
    EXPECT_EQ(file.record_count, 7);
}

TEST(TableWriter, IsDueOnceTheStreamIsQuietOrItsFirstRowIsOld) {
  World world(
      TwoColumns(), {},
      {{"firn.write.rotation-timeout-ms", "300000"}, {"firn.write.max-file-age-ms", "600000"}});
  auto writer = world.Writer(world.memory);
  world.env.Advance(Millis{1'000'000});
  EXPECT_FALSE(writer->IsDue());  // There is nothing to show.
  ASSERT_THAT(writer->Write(TwoColumnRows({{1, "a"}})), IsOk());
  world.env.Advance(Millis{299'999});
  EXPECT_FALSE(writer->IsDue());
  world.env.Advance(Millis{1});
  EXPECT_TRUE(writer->IsDue());
  ASSERT_THAT(writer->Write(TwoColumnRows({{2, "b"}})), IsOk());
  EXPECT_FALSE(writer->IsDue());
  world.env.Advance(Millis{200'000});
  ASSERT_THAT(writer->Write(TwoColumnRows({{3, "c"}})), IsOk());
  world.env.Advance(Millis{100'000});
  EXPECT_TRUE(writer->IsDue());
}

TEST(TableWriter, RollsWhatIsThereAndGoesOn) {
  World world(TwoColumns());
  auto writer = world.Writer(world.memory);
  ASSERT_THAT(writer->Write(TwoColumnRows({{1, "a"}})), IsOk());
  const auto first = writer->Roll().value();
  ASSERT_EQ(first.size(), 1u);
  EXPECT_FALSE(writer->IsDue());
  EXPECT_THAT(writer->Roll().value(), IsEmpty());
  ASSERT_THAT(writer->Write(TwoColumnRows({{2, "b"}})), IsOk());
  writer->Abort();
  EXPECT_EQ(world.memory.List("file:///lake")->size(), 1u);
  EXPECT_EQ(world.ReadAll(first)->num_rows(), 1);
}

// A table sorted by text, last first, and by id.
struct SortedWorld : World {
  explicit SortedWorld(std::vector<table::PartitionFieldRequest> partition = {},
                       std::map<std::string, std::string> properties = {})
      : World(TwoColumns(), std::move(partition), std::move(properties)) {
    table::SortOrder order{table::SortOrderId(1), {}, {}};
    order.fields.push_back({FieldId(2),
                            Transform::Identity(),
                            table::SortDirection::kDescending,
                            table::NullOrder::kNullsLast,
                            {},
                            {}});
    order.fields.push_back({FieldId(1),
                            Transform::Identity(),
                            table::SortDirection::kAscending,
                            table::NullOrder::kNullsFirst,
                            {},
                            {}});
    metadata.sort_orders.push_back(order);
    metadata.default_sort_order_id = order.id;
  }
};

std::vector<std::pair<int64_t, std::string>> RandomPairs(size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::pair<int64_t, std::string>> rows;
  for (size_t i = 0; i < count; ++i)
    rows.emplace_back(random() % 7, RandomText(random, 1 + random() % 30));
  return rows;
}

bool IsInOrder(const BatchPtr& rows) {
  const auto& ids = static_cast<const arrow::Int64Array&>(*rows->GetColumnByName("id"));
  const auto& texts = static_cast<const arrow::StringArray&>(*rows->GetColumnByName("text"));
  for (int64_t row = 1; row < rows->num_rows(); ++row) {
    const int order = texts.GetView(row - 1).compare(texts.GetView(row));
    if (order < 0 || (order == 0 && ids.Value(row - 1) > ids.Value(row))) return false;
  }
  return true;
}

class TableWriterSorts : public ::testing::TestWithParam<int64_t> {};

TEST_P(TableWriterSorts, EveryFileByTheOrderOfTheTable) {
  SortedWorld world({{"id", Transform::Identity(), ""}}, {{"firn.write.max-file-rows", "500"}});
  auto options = WriterOptionsFrom(world.metadata.properties).value();
  options.memory_bytes = GetParam();
  auto writer = TableWriter::Open(world.metadata, "t", world.memory, world.env, options).value();
  for (uint64_t batch = 0; batch < 20; ++batch)
    ASSERT_THAT(writer->Write(TwoColumnRows(RandomPairs(300, batch))), IsOk());
  const auto files = writer->Close().value();
  EXPECT_GE(files.size(), 12u);
  EXPECT_LE(files.size(), 19u);
  std::map<std::string, std::vector<table::DataFile>> partitions;
  for (const auto& file : files) {
    EXPECT_EQ(file.sort_order_id, table::SortOrderId(1));
    EXPECT_TRUE(IsInOrder(world.ReadAll({file})));
    partitions[table::PartitionPath(world.metadata.spec(), file.partition)].push_back(file);
  }
  EXPECT_EQ(partitions.size(), 7u);
  for (const auto& [path, of_partition] : partitions)
    EXPECT_TRUE(IsInOrder(world.ReadAll(of_partition))) << path;
  EXPECT_EQ(world.ReadAll(files)->num_rows(), 6000);
}

INSTANTIATE_TEST_SUITE_P(InMemoryAndOnDisk, TableWriterSorts,
                         ::testing::Values(int64_t{64} << 20, int64_t{200'000}));

TEST(TableWriter, RefusesASortOrderThatCannotBeKept) {
  SortedWorld world;
  world.metadata.sort_orders.back().fields[0].transform = Transform::Unknown("zorder");
  EXPECT_THAT(TableWriter::Open(world.metadata, "t", world.memory, world.env, {}),
              IsError(ErrorKind::kUnsupported));
}

TEST(TableWriter, ShowsNothingBeforeClose) {
  World world(TwoColumns(), {}, {{"write.parquet.row-group-size-bytes", "1"}});
  auto writer = world.Writer(world.memory);
  ASSERT_THAT(writer->Write(TwoColumnRows({{1, "a"}, {2, "b"}})), IsOk());
  EXPECT_THAT(world.memory.List("file:///lake").value(), IsEmpty());
  EXPECT_THAT(writer->Close(), IsOk());
  EXPECT_EQ(world.memory.List("file:///lake")->size(), 1u);
}

TEST(TableWriter, LeavesNothingAfterAbortOnDisk) {
  io::TemporaryFolder folder;
  FixedEnv env;
  io::LocalFileIO disk(env);
  World world(TwoColumns(), {{"id", Transform::Identity(), ""}},
              {{"write.parquet.row-group-size-bytes", "1"}});
  world.metadata.location = folder.location();
  auto writer = world.Writer(disk);
  ASSERT_THAT(writer->Write(TwoColumnRows({{1, "a"}, {2, "b"}, {1, "c"}})), IsOk());
  EXPECT_THAT(disk.List(folder.location()).value(), Not(IsEmpty()));
  writer->Abort();
  EXPECT_THAT(disk.List(folder.location()).value(), IsEmpty());
  EXPECT_THAT(writer->Write(TwoColumnRows({{1, "a"}})), IsError(ErrorKind::kInternal));
}

TEST(TableWriter, RefusesANullInARequiredColumnAndNamesTheRow) {
  World world(TwoColumns());
  arrow::Int64Builder ids;
  ASSERT_TRUE(ids.Append(1).ok());
  ASSERT_TRUE(ids.AppendNull().ok());
  const auto rows = arrow::RecordBatch::Make(arrow::schema({arrow::field("id", arrow::int64())}), 2,
                                             {ids.Finish().ValueOrDie()});
  auto writer = world.Writer(world.memory);
  const Status written = writer->Write(rows);
  EXPECT_THAT(written, IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(written, HasMessage("id in row 2"));
  EXPECT_THAT(writer->Write(TwoColumnRows({{1, "still open"}})), IsOk());
}

TEST(TableWriter, RefusesColumnsTheTableLacksAndMissingRequiredOnes) {
  World world(TwoColumns());
  auto writer = world.Writer(world.memory);
  const auto rows = TwoColumnRows({{1, "a"}});
  EXPECT_THAT(writer->Write(rows->RenameColumns({"id", "words"}).ValueOrDie()),
              HasMessage("the table has no such column: words"));
  EXPECT_THAT(writer->Write(rows->SelectColumns({1}).ValueOrDie()),
              HasMessage("a required column is missing: id"));
}

// Writes a few files through `files`; tells whether `Close` succeeded.
bool WriteSome(World& world, io::FileIO& files) {
  auto writer = world.Writer(files);
  for (int64_t i = 0; i < 12; ++i) {
    if (!writer->Write(TwoColumnRows({{i % 3, std::string(200, 'x')}}))) return false;
  }
  return writer->Close().has_value();
}

class TableWriterFaults : public ::testing::TestWithParam<io::FaultKind> {};

TEST_P(TableWriterFaults, LeavesNothingVisibleWhereverAFileOperationFails) {
  const int64_t faults = io::ForEachFault(GetParam(), [](io::FaultPlan plan) {
    World world(
        TwoColumns(), {{"id", Transform::Identity(), ""}},
        {{"write.parquet.row-group-size-bytes", "300"}, {"write.target-file-size-bytes", "100"}});
    io::FaultyFileIO files(world.memory, plan);
    const bool closed = WriteSome(world, files);
    EXPECT_EQ(closed, !files.fault_reached());
    const size_t visible = world.memory.List("file:///lake")->size();
    // A crash between two names leaves the first; no table refers to it.
    if (closed) {
      EXPECT_GT(visible, 3u);
    } else if (plan.kind != io::FaultKind::kCrash) {
      EXPECT_EQ(visible, 0u);
    }
    return files.fault_reached();
  });
  EXPECT_GT(faults, 10);
}

INSTANTIATE_TEST_SUITE_P(AllFaults, TableWriterFaults,
                         ::testing::Values(io::FaultKind::kFail, io::FaultKind::kShortWrite,
                                           io::FaultKind::kDiskFull, io::FaultKind::kCrash));

// Scratch files of which the n-th operation fails.
class FaultyScratch : public io::ScratchSpace {
 public:
  explicit FaultyScratch(int64_t fail_at) : left_(fail_at) {}
  bool fault_reached() const { return left_ <= 0; }

  Result<std::unique_ptr<io::ScratchFile>> Create() override {
    FIRN_TRY(Count());
    FIRN_ASSIGN(auto file, inner_.Create());
    return std::make_unique<File>(*this, std::move(file));
  }

 private:
  class File : public io::ScratchFile {
   public:
    File(FaultyScratch& space, std::unique_ptr<io::ScratchFile> inner)
        : space_(space), inner_(std::move(inner)) {}
    Status Append(std::string_view bytes) override {
      FIRN_TRY(space_.Count());
      return inner_->Append(bytes);
    }
    Status ReadInto(int64_t offset, std::span<char> out) const override {
      FIRN_TRY(space_.Count());
      return inner_->ReadInto(offset, out);
    }
    int64_t size_bytes() const override { return inner_->size_bytes(); }

   private:
    FaultyScratch& space_;
    std::unique_ptr<io::ScratchFile> inner_;
  };

  Status Count() {
    if (--left_ > 0 || left_ < 0) return Ok();
    return ResourceExhausted("the disk is full");
  }

  io::LocalScratchSpace inner_;
  int64_t left_;
};

// Sorts and spills a few files through `files` and `scratch`.
Status SortSome(World& world, io::FileIO& files, io::ScratchSpace& scratch) {
  auto options = WriterOptionsFrom(world.metadata.properties).value();
  options.scratch = &scratch;
  options.memory_bytes = 100'000;
  auto writer = TableWriter::Open(world.metadata, "t", files, world.env, options).value();
  for (uint64_t batch = 0; batch < 8; ++batch)
    FIRN_TRY(writer->Write(TwoColumnRows(RandomPairs(300, batch))));
  FIRN_TRY(writer->Close());
  return Ok();
}

TEST(TableWriterScratch, LeavesNothingVisibleWhereTheDiskForSortingFails) {
  int64_t faults = 0;
  for (int64_t fail_at = 1;; ++fail_at) {
    SortedWorld world({{"id", Transform::Identity(), ""}});
    FaultyScratch scratch(fail_at);
    const Status done = SortSome(world, world.memory, scratch);
    if (!scratch.fault_reached()) {
      EXPECT_THAT(done, IsOk());
      break;
    }
    EXPECT_THAT(done, IsError(ErrorKind::kResourceExhausted));
    EXPECT_THAT(world.memory.List("file:///lake").value(), IsEmpty());
    ++faults;
  }
  EXPECT_GT(faults, 10);
}

TEST_P(TableWriterFaults, LeavesNothingVisibleOfSortedRowsEither) {
  io::LocalScratchSpace scratch;
  const int64_t faults = io::ForEachFault(
      GetParam(),
      [&](io::FaultPlan plan) {
        SortedWorld world({{"id", Transform::Identity(), ""}});
        io::FaultyFileIO files(world.memory, plan);
        const bool closed = SortSome(world, files, scratch).ok();
        EXPECT_EQ(closed, !files.fault_reached());
        const size_t visible = world.memory.List("file:///lake")->size();
        EXPECT_TRUE(closed || plan.kind == io::FaultKind::kCrash || visible == 0);
        return files.fault_reached();
      },
      3);
  EXPECT_GT(faults, 10);
}

}  // namespace
}  // namespace firn::datafile
