// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/row_sorter.h"

#include <algorithm>
#include <bit>
#include <compare>
#include <limits>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <arrow/api.h>
#include <arrow/compute/api_vector.h>
#include <gtest/gtest.h>

#include "firn/base/testing.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/literal_array.h"
#include "firn/datafile/random_rows.h"
#include "firn/datafile/types_testing.h"
#include "firn/table/nested_field.h"

namespace firn::datafile {
namespace {

using table::Literal;
using table::NestedField;
using table::NullOrder;
using table::SortDirection;
using table::SortField;
using table::SortOrder;
using table::Transform;
using table::Type;

SortField By(const table::Schema& schema, const std::string& column,
             SortDirection direction = SortDirection::kAscending,
             NullOrder nulls = NullOrder::kNullsFirst,
             Transform transform = Transform::Identity()) {
  SortField field;
  field.source_id = schema.FindByName(column)->id;
  field.transform = std::move(transform);
  field.direction = direction;
  field.null_order = nulls;
  return field;
}

SortOrder OrderBy(std::vector<SortField> fields) {
  return {table::SortOrderId(1), std::move(fields), {}};
}

// Orders floats as the spec says: -NaN < -Infinity < ... < -0 < 0 < ... < Infinity < NaN.
template <typename Bits, typename Number>
std::strong_ordering TotalOrder(Number left, Number right) {
  const auto key = [](Number value) {
    const auto bits = std::bit_cast<Bits>(value);
    return bits < 0 ? static_cast<Bits>(std::numeric_limits<Bits>::min() - bits - 1) : bits;
  };
  return key(left) <=> key(right);
}

std::partial_ordering CompareValues(const Literal& left, const Literal& right) {
  if (std::holds_alternative<float>(left.value())) {
    return TotalOrder<int32_t>(left.float32(), right.float32());
  }
  if (std::holds_alternative<double>(left.value())) {
    return TotalOrder<int64_t>(left.float64(), right.float64());
  }
  return Compare(left, right);
}

// The order of rows by what the sort order says of literals, without keys.
class Reference {
 public:
  Reference(const arrow::RecordBatch& rows, const table::Schema& schema, const SortOrder& order)
      : order_(order), values_(order.fields.size()) {
    for (size_t i = 0; i < order.fields.size(); ++i) {
      const SortField& field = order.fields[i];
      const auto column = ColumnOf(rows, field.source_id).value();
      const Type& type = schema.FindField(field.source_id)->type;
      for (int64_t row = 0; row < rows.num_rows(); ++row) {
        values_[i].push_back(field.transform.Apply(LiteralAt(*column, row, type).value()).value());
      }
    }
  }

  bool Before(int64_t left, int64_t right) const {
    for (size_t i = 0; i < values_.size(); ++i) {
      const auto& a = values_[i][static_cast<size_t>(left)];
      const auto& b = values_[i][static_cast<size_t>(right)];
      if (!a && !b) continue;
      const bool nulls_first = order_.fields[i].null_order == NullOrder::kNullsFirst;
      if (!a || !b) return nulls_first ? !a : !b;
      const auto compared = CompareValues(*a, *b);
      if (compared == 0) continue;
      return (compared < 0) == (order_.fields[i].direction == SortDirection::kAscending);
    }
    return false;
  }

  std::vector<int64_t> StableOrder() const {
    std::vector<int64_t> rows(values_.empty() ? 0 : values_[0].size());
    std::iota(rows.begin(), rows.end(), 0);
    std::stable_sort(rows.begin(), rows.end(),
                     [this](int64_t left, int64_t right) { return Before(left, right); });
    return rows;
  }

 private:
  const SortOrder& order_;
  std::vector<std::vector<std::optional<Literal>>> values_;
};

BatchPtr Taken(const BatchPtr& rows, std::vector<int64_t> order) {
  const auto count = static_cast<int64_t>(order.size());
  const arrow::Int64Array indices(count, arrow::Buffer::FromVector(std::move(order)));
  return arrow::compute::Take(arrow::Datum(rows), arrow::Datum(indices.data()))
      .ValueOrDie()
      .record_batch();
}

bool SameRows(const BatchPtr& left, const BatchPtr& right) {
  const auto options = arrow::EqualOptions::Defaults().nans_equal(true).signed_zeros_equal(false);
  return left->Equals(*right, false, options);
}

// An unpartitioned sorter and what comes out of it.
struct Bed {
  Bed(const table::Schema& columns, const SortOrder& order, int64_t memory_bytes,
      MemoryBudget* budget = nullptr)
      : schema(columns),
        router(PartitionRouter::Make(columns, {}).value()),
        sorter({ToArrow(columns).value(), SortKeys::Make(columns, order).value(), router, scratch,
                budget, memory_bytes, 1000}) {}

  BatchPtr Sorted(const std::vector<BatchPtr>& batches) {
    for (const BatchPtr& batch : batches)
      EXPECT_THAT(sorter.Add(batch), IsOk());
    EXPECT_THAT(sorter.Finish(), IsOk());
    std::vector<BatchPtr> out;
    while (true) {
      auto batch = sorter.Next();
      EXPECT_THAT(batch, IsOk());
      if (!batch || *batch == nullptr) break;
      EXPECT_TRUE((*batch)->ValidateFull().ok());
      EXPECT_GT((*batch)->num_rows(), 0);
      out.push_back(*batch);
    }
    return arrow::Table::FromRecordBatches(ToArrow(schema).value(), out)
        .ValueOrDie()
        ->CombineChunksToBatch()
        .ValueOrDie();
  }

  table::Schema schema;
  io::LocalScratchSpace scratch;
  PartitionRouter router;
  RowSorter sorter;
};

std::vector<BatchPtr> Cut(const BatchPtr& rows, int64_t length) {
  std::vector<BatchPtr> batches;
  for (int64_t at = 0; at < rows->num_rows(); at += length)
    batches.push_back(rows->Slice(at, length));
  return batches;
}

// Sort orders over columns of all types, every direction, every place of nulls, every transform.
std::vector<SortOrder> Orders(const table::Schema& schema) {
  std::vector<SortOrder> orders;
  size_t turn = 0;
  for (const NestedField& field : schema.fields()) {
    if (!field.type.has_literals()) continue;
    const auto direction = turn % 2 == 0 ? SortDirection::kAscending : SortDirection::kDescending;
    const auto nulls = turn / 2 % 2 == 0 ? NullOrder::kNullsFirst : NullOrder::kNullsLast;
    orders.push_back(OrderBy({By(schema, field.name, direction, nulls)}));
    ++turn;
  }
  const auto down = SortDirection::kDescending;
  const auto last = NullOrder::kNullsLast;
  orders.push_back(
      OrderBy({By(schema, "flag", down, last), By(schema, "text"), By(schema, "score", down)}));
  orders.push_back(OrderBy({By(schema, "place.city", down, last)}));
  orders.push_back(OrderBy({By(schema, "id", down, last, Transform::Bucket(5)),
                            By(schema, "text", down, last, Transform::Truncate(2))}));
  orders.push_back(
      OrderBy({By(schema, "instant", down, last, Transform::Month()),
               By(schema, "day", SortDirection::kAscending, last, Transform::Year())}));
  return orders;
}

TEST(RowSorter, OrdersAsAStableSortOfLiteralsDoes) {
  const table::Schema schema = SchemaOfAllTypes();
  std::mt19937_64 random(3);
  const BatchPtr rows = RandomRows(schema, 500, random);
  for (const SortOrder& order : Orders(schema)) {
    SCOPED_TRACE(SortOrderToJson(order).Dump());
    const BatchPtr wanted = Taken(rows, Reference(*rows, schema, order).StableOrder());
    Bed in_memory(schema, order, int64_t{64} << 20);
    EXPECT_TRUE(SameRows(in_memory.Sorted(Cut(rows, 77)), wanted));
    EXPECT_EQ(in_memory.sorter.spilled_bytes(), 0);
    Bed on_disk(schema, order, 100'000);
    EXPECT_TRUE(SameRows(on_disk.Sorted(Cut(rows, 77)), wanted));
    EXPECT_GT(on_disk.sorter.spilled_bytes(), 0);
  }
}

table::Schema KeyAndNumber() {
  return SchemaOf({NestedField::Optional(1, "key", Type::Int()),
                   NestedField::Required(2, "number", Type::Long())});
}

BatchPtr KeysAndNumbers(const std::vector<int32_t>& keys) {
  arrow::Int32Builder key;
  arrow::Int64Builder number;
  EXPECT_TRUE(key.AppendValues(keys).ok());
  for (size_t i = 0; i < keys.size(); ++i)
    EXPECT_TRUE(number.Append(static_cast<int64_t>(i)).ok());
  const auto rows = static_cast<int64_t>(keys.size());
  return arrow::RecordBatch::Make(ToArrow(KeyAndNumber()).value(), rows,
                                  {key.Finish().ValueOrDie(), number.Finish().ValueOrDie()});
}

// With more runs than one merge takes: neighbours become one first.
TEST(RowSorter, KeepsEqualRowsInTheirOrderThroughManyRuns) {
  std::mt19937_64 random(5);
  std::vector<int32_t> keys(200'000);
  for (int32_t& key : keys)
    key = static_cast<int32_t>(random() % 50);
  const table::Schema schema = KeyAndNumber();
  MemoryBudget budget(50'000);
  Bed bed(schema, OrderBy({By(schema, "key")}), 30'000, &budget);
  const BatchPtr sorted = bed.Sorted(Cut(KeysAndNumbers(keys), 500));
  ASSERT_EQ(sorted->num_rows(), 200'000);
  EXPECT_LE(budget.peak_bytes(), 30'000);
  const auto& key = static_cast<const arrow::Int32Array&>(*sorted->column(0));
  const auto& number = static_cast<const arrow::Int64Array&>(*sorted->column(1));
  for (int64_t row = 1; row < sorted->num_rows(); ++row) {
    ASSERT_LE(key.Value(row - 1), key.Value(row));
    const bool equal = key.Value(row - 1) == key.Value(row);
    ASSERT_TRUE(!equal || number.Value(row - 1) < number.Value(row));
  }
}

TEST(RowSorter, WritesNothingWhereAllIsInMemory) {
  const table::Schema schema = KeyAndNumber();
  Bed bed(schema, OrderBy({By(schema, "key")}), int64_t{1} << 20);
  EXPECT_EQ(bed.Sorted({KeysAndNumbers({3, 1, 2})})->num_rows(), 3);
  EXPECT_EQ(bed.sorter.spilled_bytes(), 0);
}

TEST(RowSorter, SortsNoRows) {
  const table::Schema schema = KeyAndNumber();
  Bed bed(schema, OrderBy({By(schema, "key")}), int64_t{1} << 20);
  EXPECT_EQ(bed.Sorted({})->num_rows(), 0);
}

TEST(RowSorter, GivesItsMemoryBack) {
  MemoryBudget budget(int64_t{1} << 20);
  const table::Schema schema = KeyAndNumber();
  {
    Bed bed(schema, OrderBy({By(schema, "key")}), int64_t{1} << 20, &budget);
    ASSERT_THAT(bed.sorter.Add(KeysAndNumbers({3, 1, 2})), IsOk());
    EXPECT_GT(budget.current_bytes(), 0);
  }
  EXPECT_EQ(budget.current_bytes(), 0);
}

// Rows without the column that they are sorted by.
TEST(RowSorter, TellsOfRowsThatItCannotSort) {
  const table::Schema schema = KeyAndNumber();
  const table::Schema other = SchemaOf({NestedField::Required(2, "number", Type::Long())});
  Bed bed(schema, OrderBy({By(schema, "key")}), int64_t{1} << 20);
  std::mt19937_64 random(7);
  Status done = Ok();
  for (int batch = 0; batch < 20 && done.ok(); ++batch)
    done = bed.sorter.Add(RandomRows(other, 1000, random));
  if (done.ok()) done = bed.sorter.Finish();
  EXPECT_FALSE(done.ok());
}

// Text that repeats, and noise.
BatchPtr Texts(int64_t rows, bool repeats) {
  std::mt19937_64 random(9);
  arrow::StringBuilder texts;
  for (int64_t row = 0; row < rows; ++row) {
    std::string text(40, 'x');
    for (char& letter : text)
      letter = repeats ? letter : static_cast<char>('!' + random() % 90);
    EXPECT_TRUE(texts.Append(text).ok());
  }
  return arrow::RecordBatch::Make(arrow::schema({arrow::field("text", arrow::utf8())}), rows,
                                  {texts.Finish().ValueOrDie()});
}

TEST(SpillFile, CompressesWhatThatHalves) {
  io::LocalScratchSpace scratch;
  for (const bool repeats : {true, false}) {
    const BatchPtr rows = Texts(1000, repeats);
    const auto file = SpillFile::Create(scratch, rows->schema()).value();
    ASSERT_THAT(file->Write(*rows), IsOk());
    ASSERT_THAT(file->Write(*rows->Slice(500)), IsOk());
    EXPECT_EQ(file->size_bytes() < 30'000, repeats);
    EXPECT_TRUE(SameRows(file->Read(0).value(), rows));
    EXPECT_TRUE(SameRows(file->Read(1).value(), rows->Slice(500)));
  }
}

TEST(SortKeys, RefuseColumnsWithoutAnOrderAndNameThem) {
  const table::Schema schema = SchemaOf(
      {NestedField::Optional(1, "tags",
                             Type::List(NestedField::Optional(2, "element", Type::String()))),
       NestedField::Optional(3, "s", Type::Struct({NestedField::Optional(4, "x", Type::Int())})),
       NestedField::Optional(5, "v", Type::Variant())});
  const auto refuses = [&](const std::string& column, const std::string& message) {
    const auto keys = SortKeys::Make(schema, OrderBy({By(schema, column)}));
    EXPECT_THAT(keys, IsError(ErrorKind::kUnsupported));
    EXPECT_THAT(keys, HasMessage(message));
  };
  refuses("tags.element", "cannot sort by a column within a list or map: tags.element");
  refuses("s", "cannot sort by a column of type struct");
  refuses("v", "cannot sort by a column of type variant: v");
  SortField unknown = By(schema, "s.x");
  unknown.transform = Transform::Unknown("zorder");
  EXPECT_THAT(SortKeys::Make(schema, OrderBy({unknown})),
              HasMessage("cannot sort by zorder of: s.x"));
  EXPECT_THAT(SortKeys::Make(schema, OrderBy({By(schema, "s.x")})), IsOk());
}

}  // namespace
}  // namespace firn::datafile
