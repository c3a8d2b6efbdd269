// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/sorted_merge.h"

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "firn/base/testing.h"
#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/types_testing.h"
#include "firn/table/nested_field.h"

namespace firn::datafile {
namespace {

using table::NestedField;
using table::Type;
using Row = std::pair<int64_t, int64_t>;  // Its key, and how many rows sources have before it.

table::Schema Columns() {
  return SchemaOf({NestedField::Required(1, "key", Type::Long()),
                   NestedField::Required(2, "number", Type::Long())});
}

SortKeys ByKey() {
  table::SortField field;
  field.source_id = table::FieldId(1);
  field.transform = table::Transform::Identity();
  return SortKeys::Make(Columns(), {table::SortOrderId(1), {field}, {}}).value();
}

BatchPtr BatchOf(const std::vector<Row>& rows) {
  arrow::Int64Builder keys, numbers;
  for (const auto& [key, number] : rows)
    EXPECT_TRUE(keys.Append(key).ok() && numbers.Append(number).ok());
  return arrow::RecordBatch::Make(ToArrow(Columns()).value(), static_cast<int64_t>(rows.size()),
                                  {keys.Finish().ValueOrDie(), numbers.Finish().ValueOrDie()});
}

// Rows in batches of given lengths; tells of the last batch that it is, or leaves it to be found.
class ListedSource : public SortedSource {
 public:
  ListedSource(std::vector<std::vector<Row>> batches, bool tells_last)
      : batches_(std::move(batches)), tells_last_(tells_last) {}

  Result<SortedBatch> Next() override {
    SortedBatch batch;
    if (next_ == batches_.size()) return batch;
    batch.rows = BatchOf(batches_[next_++]);
    FIRN_ASSIGN(batch.keys, ByKey().Of(*batch.rows, {}));
    batch.is_last = tells_last_ && next_ == batches_.size();
    return batch;
  }

 private:
  std::vector<std::vector<Row>> batches_;
  bool tells_last_;
  size_t next_ = 0;
};

struct Case {
  size_t sources;
  int64_t batches_max, batch_rows_max, distinct_keys, rows_max;
  bool tells_last;
};

void ExpectMerged(const Case& given, std::mt19937_64& random) {
  const auto below = [&](int64_t limit) {
    return static_cast<int64_t>(random() % static_cast<uint64_t>(limit));
  };
  std::vector<Row> wanted;
  std::vector<std::unique_ptr<SortedSource>> sources;
  for (size_t source = 0; source < given.sources; ++source) {
    std::vector<int64_t> lengths(static_cast<size_t>(below(given.batches_max + 1)));
    std::vector<int64_t> keys;
    for (int64_t& length : lengths) {
      length = 1 + below(given.batch_rows_max);
      for (int64_t i = 0; i < length; ++i)
        keys.push_back(below(given.distinct_keys));
    }
    std::sort(keys.begin(), keys.end());
    std::vector<std::vector<Row>> batches;
    size_t at = 0;
    for (const int64_t length : lengths) {
      batches.emplace_back();
      for (int64_t i = 0; i < length; ++i) {
        wanted.emplace_back(keys[at++], static_cast<int64_t>(wanted.size()));
        batches.back().push_back(wanted.back());
      }
    }
    sources.push_back(std::make_unique<ListedSource>(std::move(batches), given.tells_last));
  }
  std::sort(wanted.begin(), wanted.end());  // Numbers follow the sources.

  SortedMerge merge(std::move(sources), given.rows_max, int64_t{1} << 20);
  std::vector<Row> merged;
  while (true) {
    auto batch = merge.Next();
    ASSERT_THAT(batch, IsOk());
    if (*batch == nullptr) break;
    EXPECT_GT((*batch)->num_rows(), 0);
    EXPECT_LE((*batch)->num_rows(), given.rows_max);
    const auto& keys = static_cast<const arrow::Int64Array&>(*(*batch)->column(0));
    const auto& numbers = static_cast<const arrow::Int64Array&>(*(*batch)->column(1));
    for (int64_t row = 0; row < (*batch)->num_rows(); ++row)
      merged.emplace_back(keys.Value(row), numbers.Value(row));
  }
  EXPECT_TRUE(merged == wanted);
}

TEST(SortedMerge, GivesTheRowsOfAllSourcesInOrder) {
  std::mt19937_64 random(21);
  for (const int64_t distinct_keys : {1, 3, 100, 1'000'000'000}) {
    for (const bool tells_last : {false, true}) {
      for (const int64_t rows_max : {1, 17, 1000}) {
        for (const size_t sources : {0, 1, 2, 7, 60}) {
          ExpectMerged({sources, 4, 50, distinct_keys, rows_max, tells_last}, random);
        }
      }
    }
  }
}

TEST(SortedMerge, TakesSourcesThatAreLargerThanTheirShareOfAStep) {
  std::mt19937_64 random(22);
  for (const int64_t distinct_keys : {1, 5, 1'000'000'000}) {
    ExpectMerged({3, 2, 40'000, distinct_keys, 10'000, true}, random);
  }
}

}  // namespace
}  // namespace firn::datafile
