// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/scan_deletes.h"

#include <algorithm>
#include <random>
#include <set>
#include <thread>

#include <arrow/compute/api.h>

#include "firn/datafile/random_rows.h"
#include "firn/datafile/testing.h"

namespace firn::datafile {
namespace {

using ::testing::ElementsAre;
using BatchPtr = std::shared_ptr<arrow::RecordBatch>;
using table::DataFile;
using table::FieldId;
using table::NestedField;
using table::Type;

table::Schema SchemaOf(std::vector<NestedField> fields) {
  return table::Schema::Make(table::SchemaId(0), std::move(fields)).value();
}

table::Schema PairSchema() {
  return SchemaOf(
      {NestedField::Required(1, "id", Type::Long()), NestedField::Optional(2, "key", Type::Int())});
}

// Rows (id, key); -1 stands for a null key.
BatchPtr Pairs(const table::Schema& schema, const std::vector<std::pair<int64_t, int32_t>>& rows) {
  arrow::Int64Builder ids;
  arrow::Int32Builder keys;
  for (const auto& [id, key] : rows) {
    EXPECT_TRUE(ids.Append(id).ok());
    EXPECT_TRUE((key < 0 ? keys.AppendNull() : keys.Append(key)).ok());
  }
  return arrow::RecordBatch::Make(ToArrow(schema).value(), static_cast<int64_t>(rows.size()),
                                  {ids.Finish().ValueOrDie(), keys.Finish().ValueOrDie()});
}

BatchPtr Keys(const std::vector<int32_t>& keys) {
  std::vector<std::pair<int64_t, int32_t>> rows;
  for (const int32_t key : keys)
    rows.emplace_back(0, key);
  return Pairs(PairSchema(), rows)->SelectColumns({1}).ValueOrDie();
}

const table::Schema& KeySchema() {
  static const table::Schema schema = SchemaOf({NestedField::Optional(2, "key", Type::Int())});
  return schema;
}

TEST(EqualityDeletes, TakeOutRowsWithEqualKeysNullsIncluded) {
  TestTable table(PairSchema());
  const auto file =
      table.Write(Pairs(table.schema(), {{1, 10}, {2, -1}, {3, 20}, {4, 10}, {5, -1}, {6, 30}}));
  const auto tens = table.WriteEqualityDeletes(Keys({10}), KeySchema(), {FieldId(2)});
  const auto nulls = table.WriteEqualityDeletes(Keys({-1, 40}), KeySchema(), {FieldId(2)});
  EXPECT_THAT(Numbers(*table.Read(file, {tens}), "id"), ElementsAre(2, 3, 5, 6));
  EXPECT_THAT(Numbers(*table.Read(file, {nulls}), "id"), ElementsAre(1, 3, 4, 6));
  EXPECT_THAT(Numbers(*table.Read(file, {tens, nulls}), "id"), ElementsAre(3, 6));
}

TEST(EqualityDeletes, ApplyOnlyWhereTheTaskSaysSo) {
  TestTable table(PairSchema());
  const auto file = table.Write(Pairs(table.schema(), {{1, 10}, {2, 20}, {3, 30}}));
  const auto one = table.WriteEqualityDeletes(Keys({10, 20}), KeySchema(), {FieldId(2)});
  const auto two = table.WriteEqualityDeletes(Keys({20, 30}), KeySchema(), {FieldId(2)});
  const auto deletes = ScanDeletes::Make(table.files(), table.metadata()).value();
  const auto deleted = [&](std::vector<DataFile> files) {
    table::FileScanTask task;
    task.file = file;
    task.deletes = std::move(files);
    const auto found = deletes->For(task, table.schema()).value();
    return found == nullptr ? std::vector<int64_t>() : found->ToVector();
  };
  EXPECT_THAT(deleted({one, two}), ElementsAre(0, 1, 2));
  EXPECT_THAT(deleted({one}), ElementsAre(0, 1));
  EXPECT_THAT(deleted({two}), ElementsAre(1, 2));
  EXPECT_THAT(deleted({}), ElementsAre());
}

TEST(EqualityDeletes, JoinSetsOfSeveralEqualityIds) {
  TestTable table(PairSchema());
  const auto file = table.Write(Pairs(table.schema(), {{1, 10}, {2, 10}, {3, 20}, {4, 30}}));
  const auto both = table.WriteEqualityDeletes(Pairs(PairSchema(), {{1, 10}, {3, 99}}),
                                               PairSchema(), {FieldId(2), FieldId(1)});
  const auto by_key = table.WriteEqualityDeletes(Keys({30}), KeySchema(), {FieldId(2)});
  EXPECT_THAT(Numbers(*table.Read(file, {both, by_key}), "id"), ElementsAre(2, 3));
}

TEST(EqualityDeletes, KnowKeysThatWerePromotedSinceOrDropped) {
  TestTable table(PairSchema());
  const auto file = table.Write(Pairs(table.schema(), {{1, 10}, {2, 20}, {3, 30}}));
  const auto deletes = table.WriteEqualityDeletes(Keys({20}), KeySchema(), {FieldId(2)});
  auto& metadata = table.metadata();
  metadata.schemas.push_back(
      table::Schema::Make(table::SchemaId(1), {NestedField::Required(1, "id", Type::Long()),
                                               NestedField::Optional(2, "key", Type::Long())})
          .value());
  metadata.current_schema_id = table::SchemaId(1);
  EXPECT_THAT(Numbers(*table.Read(file, {deletes}), "id"), ElementsAre(1, 3));
  metadata.schemas.push_back(
      table::Schema::Make(table::SchemaId(2), {NestedField::Required(1, "id", Type::Long())})
          .value());
  metadata.current_schema_id = table::SchemaId(2);
  EXPECT_THAT(Numbers(*table.Read(file, {deletes}), "id"), ElementsAre(1, 3));
}

TEST(EqualityDeletes, ReadRowsOlderThanTheKeyAsItsDefault) {
  TestTable table(SchemaOf({NestedField::Required(1, "id", Type::Long())}));
  const auto file =
      table.Write(Pairs(PairSchema(), {{1, 0}, {2, 0}})->SelectColumns({0}).ValueOrDie());
  NestedField key = NestedField::Optional(2, "key", Type::Int());
  key.initial_default = table::Literal::Int(5);
  table.metadata().schemas.push_back(
      table::Schema::Make(table::SchemaId(1), {NestedField::Required(1, "id", Type::Long()), key})
          .value());
  table.metadata().current_schema_id = table::SchemaId(1);
  const auto nulls = table.WriteEqualityDeletes(Keys({-1}), KeySchema(), {FieldId(2)});
  const auto fives = table.WriteEqualityDeletes(Keys({5}), KeySchema(), {FieldId(2)});
  EXPECT_THAT(Numbers(*table.Read(file, {nulls}), "id"), ElementsAre(1, 2));
  EXPECT_THAT(Numbers(*table.Read(file, {fives}), "id"), ElementsAre());
}

TEST(EqualityDeletes, RefuseWhatTheyCannotCompare) {
  TestTable table(SchemaOf(
      {NestedField::Required(1, "id", Type::Long()), NestedField::Optional(2, "key", Type::Int()),
       NestedField::Optional(3, "list", Type::List(NestedField::Optional(4, "e", Type::Int())))}));
  const auto file = table.Write(Pairs(PairSchema(), {{1, 10}}));
  auto deletes = table.WriteEqualityDeletes(Keys({10}), KeySchema(), {FieldId(2)});
  EXPECT_THAT(table.TryRead(file, {deletes}), IsOk());
  deletes.equality_ids = {FieldId(99)};
  EXPECT_THAT(table.TryRead(file, {deletes}), IsError(ErrorKind::kCorrupt));
  deletes.equality_ids = {};
  EXPECT_THAT(table.TryRead(file, {deletes}), IsError(ErrorKind::kCorrupt));
  deletes.equality_ids = {FieldId(1)};  // Which the file does not have.
  EXPECT_THAT(table.TryRead(file, {deletes}), HasMessage("eq0.parquet"));
  for (const int32_t id : {3, 4}) {
    deletes.equality_ids = {FieldId(id)};
    EXPECT_THAT(table.TryRead(file, {deletes}), IsError(ErrorKind::kUnsupported));
  }
}

TEST(KeyTable, KnowsWhichFilesHoldAKey) {
  KeyTable keys;
  for (uint32_t i = 0; i < 5000; ++i) {
    keys.Add("key" + std::to_string(i), 0);
    if (i % 2 == 0) keys.Add("key" + std::to_string(i), 1);
    if (i % 2 == 0) keys.Add("key" + std::to_string(i), 1);
  }
  EXPECT_EQ(keys.size(), 5000u);
  EXPECT_TRUE(keys.Holds("key3", {true}));
  EXPECT_FALSE(keys.Holds("key3", {false, true}));
  EXPECT_TRUE(keys.Holds("key4", {false, true}));
  EXPECT_FALSE(keys.Holds("key5000", {true, true}));
  EXPECT_FALSE(KeyTable().Holds("", {true}));
}

TEST(ScanDeletes, UniteAllPositionsOfAFile) {
  TestTable table(PairSchema());
  const auto a = table.Write(Pairs(table.schema(), {{1, 1}, {2, 2}, {3, 3}, {4, 4}}));
  const auto b = table.Write(Pairs(table.schema(), {{5, 5}, {6, 6}}));
  table.metadata().properties["write.delete.granularity"] = "partition";
  auto writer = DeleteWriter::Open(table.metadata(), "t", table.files(), table.env()).value();
  ASSERT_THAT(writer->Delete(a, PositionBitmap::Of(std::vector<int64_t>{0, 3})), IsOk());
  ASSERT_THAT(writer->Delete(b, PositionBitmap::Of(std::vector<int64_t>{1})), IsOk());
  const auto both = writer->Close().value().added;
  ASSERT_EQ(both.size(), 1u);
  const auto more = table.Delete(a, {0, 1}).added;
  EXPECT_THAT(Numbers(*table.Read(a, {both[0], more[0]}), "id"), ElementsAre(3));
  EXPECT_THAT(Numbers(*table.Read(b, {both[0]}), "id"), ElementsAre(5));
}

TEST(ScanDeletes, RefuseADeletionVectorOfAnotherFile) {
  TestTable table(PairSchema(), 3);
  const auto a = table.Write(Pairs(table.schema(), {{1, 1}, {2, 2}}));
  const auto b = table.Write(Pairs(table.schema(), {{3, 3}, {4, 4}}));
  const auto vector = table.Delete(a, {0}).added;
  EXPECT_THAT(Numbers(*table.Read(a, vector), "id"), ElementsAre(2));
  EXPECT_THAT(table.TryRead(b, vector), IsError(ErrorKind::kCorrupt));
}

TEST(ScanDeletes, ReadAgainWhatNoLongerFitsInMemory) {
  TestTable table(PairSchema());
  const auto file = table.Write(Pairs(table.schema(), {{1, 10}, {2, 20}, {3, 30}}));
  table::FileScanTask task;
  task.file = file;
  task.deletes = {table.WriteEqualityDeletes(Keys({10}), KeySchema(), {FieldId(2)}),
                  table.Delete(file, {2}).added.at(0)};
  const auto deletes =
      ScanDeletes::Make(table.files(), table.metadata(), {.memory_bytes = 0}).value();
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(deletes->For(task, table.schema()).value()->ToVector(), ElementsAre(0, 2));
  }
}

TEST(ScanDeletes, AreSharedByThreads) {
  TestTable table(PairSchema());
  const auto file = table.Write(Pairs(table.schema(), {{1, 10}, {2, 20}, {3, 30}}));
  table::FileScanTask task;
  task.file = file;
  for (const int32_t key : {10, 30})
    task.deletes.push_back(table.WriteEqualityDeletes(Keys({key}), KeySchema(), {FieldId(2)}));
  const auto deletes = ScanDeletes::Make(table.files(), table.metadata()).value();
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const auto found = deletes->For(task, table.schema());
      right += found && (*found)->ToVector() == std::vector<int64_t>{0, 2} ? 1 : 0;
    });
  }
  for (auto& thread : threads)
    thread.join();
  EXPECT_EQ(right, 4);
}

// Random rows of every type, random equality deletes by random columns; then the rows they take out
// are deleted by position as well, in both forms. All must leave the same rows.
class DeleteForms {
 public:
  explicit DeleteForms(uint64_t seed)
      : random_(seed), v2_(SchemaOfAllTypes(), 2, Small()), v3_(SchemaOfAllTypes(), 3, Small()) {}

  void Check() {
    const auto rows = DistinctIds(RandomRows(v2_.schema(), 120 + Pick(200), random_));
    const DataFile file = v2_.Write(rows, WriterOptionsFrom(Small()).value());
    const DataFile file3 = v3_.Write(rows, WriterOptionsFrom(Small()).value());
    const auto deletes = EqualityDeletes(rows);
    const auto expected = Survivors(*rows);
    EXPECT_EQ(Ids(v2_, file, deletes), expected);
    const auto positions = DeletedPositions(*rows);
    if (positions.empty()) return;
    EXPECT_EQ(Ids(v2_, file, v2_.Delete(file, positions).added), expected);
    EXPECT_EQ(Ids(v3_, file3, v3_.Delete(file3, positions).added), expected);
    v2_.metadata().properties["write.delete.granularity"] = "partition";
    EXPECT_EQ(Ids(v2_, file, v2_.Delete(file, positions).added), expected);
    auto mixed = deletes;
    mixed.resize(mixed.size() / 2);
    mixed.push_back(v2_.Delete(file, positions).added.at(0));
    EXPECT_EQ(Ids(v2_, file, mixed), expected);
  }

 private:
  static std::map<std::string, std::string> Small() {
    return {{"write.parquet.row-group-size-bytes", "20000"}};
  }
  size_t Pick(size_t below) { return random_() % below; }

  BatchPtr DistinctIds(const BatchPtr& rows) {
    arrow::Int64Builder ids;
    for (int64_t i = 0; i < rows->num_rows(); ++i)
      EXPECT_TRUE(ids.Append(i).ok());
    return rows->SetColumn(0, rows->schema()->field(0), ids.Finish().ValueOrDie()).ValueOrDie();
  }

  // A few delete files, each by columns of its own, holding keys of the table's rows. Notes what
  // they take out, found by comparing values one by one.
  std::vector<DataFile> EqualityDeletes(const BatchPtr& rows) {
    deleted_.assign(static_cast<size_t>(rows->num_rows()), false);
    std::vector<DataFile> files;
    const size_t count = 1 + Pick(4);
    for (size_t i = 0; i < count; ++i) {
      std::vector<int> columns;
      while (columns.empty()) {
        for (int column = 0; column < 17; ++column) {  // The rest are lists and maps.
          if (Pick(8) == 0) columns.push_back(column);
        }
      }
      files.push_back(DeletesBy(rows, columns));
    }
    return files;
  }

  DataFile DeletesBy(const BatchPtr& rows, const std::vector<int>& columns) {
    std::vector<NestedField> fields;
    std::vector<FieldId> ids;
    for (const int column : columns) {
      fields.push_back(v2_.schema().fields()[static_cast<size_t>(column)]);
      ids.push_back(fields.back().id);
    }
    const BatchPtr keys = rows->SelectColumns(columns).ValueOrDie();
    std::vector<BatchPtr> victims;
    const size_t count = 1 + Pick(6);
    for (size_t i = 0; i < count; ++i) {
      const auto victim = static_cast<int64_t>(Pick(static_cast<size_t>(rows->num_rows())));
      victims.push_back(keys->Slice(victim, 1));
      for (int64_t row = 0; row < rows->num_rows(); ++row) {
        if (KeyText(*keys, row) == KeyText(*keys, victim))
          deleted_[static_cast<size_t>(row)] = true;
      }
    }
    const auto joined = arrow::ConcatenateRecordBatches(victims).ValueOrDie();
    return v2_.WriteEqualityDeletes(joined, SchemaOf(std::move(fields)), std::move(ids));
  }

  static std::string KeyText(const arrow::RecordBatch& keys, int64_t row) {
    std::string text;
    for (const auto& column : keys.columns()) {
      const auto value = column->GetScalar(row).ValueOrDie();
      text += value->is_valid ? value->ToString() + "|" : "NULL|";
    }
    return text;
  }

  std::vector<int64_t> DeletedPositions(const arrow::RecordBatch& rows) const {
    std::vector<int64_t> positions;
    for (int64_t row = 0; row < rows.num_rows(); ++row) {
      if (deleted_[static_cast<size_t>(row)]) positions.push_back(row);
    }
    return positions;
  }

  std::vector<int64_t> Survivors(const arrow::RecordBatch& rows) const {
    std::vector<int64_t> ids;
    for (int64_t row = 0; row < rows.num_rows(); ++row) {
      if (!deleted_[static_cast<size_t>(row)]) ids.push_back(row);
    }
    return ids;
  }

  static std::vector<int64_t> Ids(TestTable& table, const DataFile& file,
                                  const std::vector<DataFile>& deletes) {
    return Numbers(*table.Read(file, deletes), "id");
  }

  std::mt19937_64 random_;
  TestTable v2_;
  TestTable v3_;
  std::vector<bool> deleted_;
};

TEST(ScanDeletes, LeaveTheSameRowsInEveryForm) {
  const int rounds =
      std::getenv("FIRN_DELETE_ROUNDS") ? std::atoi(std::getenv("FIRN_DELETE_ROUNDS")) : 30;
  for (int seed = 1; seed <= rounds && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    DeleteForms(static_cast<uint64_t>(seed)).Check();
  }
}

}  // namespace
}  // namespace firn::datafile
