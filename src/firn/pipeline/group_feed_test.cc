// SPDX-License-Identifier: Apache-2.0

#include "firn/pipeline/group_feed.h"

#include <map>

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/pipeline/row_key.h"

namespace firn::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

struct Row {
  std::string key;
  int64_t place = 0;
  int64_t bytes = 1;
};
using Rows = std::vector<Row>;

const NativeSource& Source() {
  static const NativeSource source = {"bronze.rows", "key", {"place"}, "bytes", {}};
  return source;
}

std::shared_ptr<arrow::RecordBatch> BatchOf(const Rows& rows) {
  arrow::StringBuilder keys;
  arrow::Int64Builder places, bytes;
  for (const Row& row : rows) {
    EXPECT_TRUE(keys.Append(row.key).ok() && places.Append(row.place).ok() &&
                bytes.Append(row.bytes).ok());
  }
  const auto schema =
      arrow::schema({arrow::field("key", arrow::utf8()), arrow::field("place", arrow::int64()),
                     arrow::field("bytes", arrow::int64())});
  return arrow::RecordBatch::Make(
      schema, static_cast<int64_t>(rows.size()),
      {keys.Finish().ValueOrDie(), places.Finish().ValueOrDie(), bytes.Finish().ValueOrDie()});
}

// Gives batches made beforehand.
class Batches : public datafile::BatchReader {
 public:
  explicit Batches(const std::vector<Rows>& batches) {
    for (const Rows& rows : batches)
      batches_.push_back(BatchOf(rows));
  }
  const std::shared_ptr<arrow::Schema>& schema() const override { return schema_; }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    return at_ < batches_.size() ? std::move(batches_[at_++]) : nullptr;
  }

 private:
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches_;
  std::shared_ptr<arrow::Schema> schema_;
  size_t at_ = 0;
};

// What a feed gave: groups in the order they came, each as the places of its rows.
struct Fed {
  std::vector<std::pair<std::string, std::vector<int64_t>>> groups;
  std::vector<std::string> scattered;
};

Fed Feed(const std::vector<Rows>& batches, const std::vector<std::string>& wanted,
         int64_t waiting_bytes = 1000) {
  std::map<std::string, Group> groups;
  for (const Rows& rows : batches) {
    for (const Row& row : rows) {
      Group& group = groups[row.key];
      group.key = row.key;
      group.bytes += row.bytes;
      ++group.rows;
    }
  }
  std::vector<Group> asked;
  for (const std::string& key : wanted)
    asked.push_back(groups.at(key));
  GroupFeed feed(std::make_unique<Batches>(batches), Source(), asked, waiting_bytes);
  Fed fed;
  while (true) {
    const auto whole = feed.Next();
    EXPECT_THAT(whole, IsOk());
    if (!whole || whole->empty()) break;
    for (const WholeGroup& group : *whole) {
      auto& [key, places] = fed.groups.emplace_back();
      key = group.group.key;
      for (const auto& batch : group.rows) {
        for (int64_t row = 0; row < batch->num_rows(); ++row) {
          EXPECT_EQ(KeyValueAt(*batch->column(0), row).text, key);
          places.push_back(KeyValueAt(*batch->column(1), row).number);
        }
      }
    }
  }
  for (const Group& group : feed.scattered())
    fed.scattered.push_back(group.key);
  return fed;
}

TEST(GroupFeed, GivesAGroupOnceItsLastRowCameBy) {
  const Fed fed = Feed({{{"a", 1}, {"b", 1}}, {{"b", 2}, {"a", 2}, {"c", 1}}}, {"a", "b", "c"});
  EXPECT_THAT(fed.groups, ElementsAre(std::pair("b", std::vector<int64_t>{1, 2}),
                                      std::pair("a", std::vector<int64_t>{1, 2}),
                                      std::pair("c", std::vector<int64_t>{1})));
  EXPECT_THAT(fed.scattered, IsEmpty());
}

TEST(GroupFeed, SortsRowsThatComeOutOfOrder) {
  const Fed fed = Feed({{{"a", 3}, {"a", 1}}, {{"b", 9}, {"a", 2}}}, {"a", "b"});
  EXPECT_THAT(fed.groups, UnorderedElementsAre(std::pair("a", std::vector<int64_t>{1, 2, 3}),
                                               std::pair("b", std::vector<int64_t>{9})));
}

TEST(GroupFeed, PassesOverGroupsNobodyWants) {
  const Fed fed = Feed({{{"a", 1}, {"b", 1}, {"a", 2}}}, {"b"});
  EXPECT_THAT(fed.groups, ElementsAre(std::pair("b", std::vector<int64_t>{1})));
}

TEST(GroupFeed, GivesUpGroupsWhoseRowsWaitTooLong) {
  const Fed fed = Feed({{{"far", 1, 80}, {"near", 1, 30}}, {{"near", 2, 30}}, {{"far", 2, 80}}},
                       {"far", "near"}, 100);
  EXPECT_THAT(fed.groups, ElementsAre(std::pair("near", std::vector<int64_t>{1, 2})));
  EXPECT_THAT(fed.scattered, ElementsAre("far"));
}

// Whatever the layout, each group comes once, whole, or is given up.
TEST(GroupFeed, LosesNoGroupHoweverRowsAreLaid) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    FixedEnv random(TimeUs{0}, seed);
    std::vector<Rows> batches(1 + random.Random64() % 6);
    std::map<std::string, int64_t> places;
    std::vector<std::string> keys;
    for (int i = 0; i < 40; ++i) {
      const std::string key(1, static_cast<char>('a' + random.Random64() % 8));
      if (!places.contains(key)) keys.push_back(key);
      batches[random.Random64() % batches.size()].push_back({key, ++places[key], 10});
    }
    std::erase_if(batches, [](const Rows& rows) { return rows.empty(); });
    const Fed fed = Feed(batches, keys, 150);
    std::vector<std::string> seen = fed.scattered;
    for (const auto& [key, rows] : fed.groups) {
      seen.push_back(key);
      std::vector<int64_t> expected(static_cast<size_t>(places[key]));
      for (size_t i = 0; i < expected.size(); ++i)
        expected[i] = static_cast<int64_t>(i) + 1;
      EXPECT_EQ(rows, expected) << "seed " << seed;
    }
    EXPECT_THAT(seen, ::testing::UnorderedElementsAreArray(keys)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace firn::pipeline
