// SPDX-License-Identifier: Apache-2.0

#include "firn/table/history_list.h"

#include <numeric>

#include "firn/base/testing.h"

namespace firn::table {
namespace {

Snapshot SnapshotNumber(int64_t number) {
  Snapshot snapshot;
  snapshot.id = SnapshotId(number);
  snapshot.timestamp = TimeMs{number};
  snapshot.manifest_list = "file:///t/metadata/" + std::to_string(number) + ".avro";
  snapshot.summary["operation"] = "append";
  snapshot.first_row_id = number;
  return snapshot;
}

SnapshotList ListOf(int64_t count) {
  SnapshotList list;
  for (int64_t number = 1; number <= count; ++number) {
    list.push_back(SnapshotNumber(number));
  }
  return list;
}

template <typename List>
std::string JsonOf(const List& list, int format_version) {
  std::string text;
  const Status written = list.WriteJson(format_version, [&text](std::string_view piece) {
    text += piece;
    return Ok();
  });
  EXPECT_THAT(written, IsOk());
  return text;
}

std::vector<int64_t> IdsOf(const SnapshotList& list) {
  std::vector<int64_t> ids;
  for (const Snapshot& snapshot : list)
    ids.push_back(snapshot.id.value);
  return ids;
}

TEST(HistoryList, ReadsInTheOrderOfAdding) {
  const SnapshotList list = ListOf(40);
  std::vector<int64_t> ids(40);
  std::iota(ids.begin(), ids.end(), 1);
  EXPECT_EQ(IdsOf(list), ids);
  int64_t expected = 40;
  for (auto at = list.rbegin(); at != list.rend(); ++at)
    EXPECT_EQ(at->id.value, expected--);
  EXPECT_EQ(list.front().id.value, 1);
  EXPECT_EQ(list.back().id.value, 40);
  EXPECT_EQ(list[17].id.value, 18);
  EXPECT_TRUE(SnapshotList().begin() == SnapshotList().end());
}

TEST(HistoryList, ErasesInTheOrderOfItemsAndGrowsOn) {
  SnapshotList list = ListOf(50);
  list.EraseIf([](const Snapshot& snapshot) { return snapshot.id.value <= 30; });
  list.EraseIf([](const Snapshot& snapshot) { return snapshot.id.value % 10 != 0; });
  list.push_back(SnapshotNumber(51));
  EXPECT_EQ(IdsOf(list), (std::vector<int64_t>{40, 50, 51}));
  EXPECT_EQ(list.size(), 3u);
  EXPECT_EQ(list.Find(SnapshotId(39)), nullptr);
  EXPECT_EQ(list.Find(SnapshotId(50)), &list[1]);
  list.EraseIf([](const Snapshot&) { return true; });
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(JsonOf(list, 2), "[]");
}

TEST(HistoryList, SharesItsSnapshotsWithCopies) {
  SnapshotList list = ListOf(3);
  const SnapshotList copy = list;
  EXPECT_EQ(&copy[1], &list[1]);
  list.push_back(SnapshotNumber(4));
  list.EraseIf([](const Snapshot& snapshot) { return snapshot.id.value == 2; });
  EXPECT_EQ(copy.size(), 3u);
  EXPECT_NE(copy.Find(SnapshotId(2)), nullptr);
  EXPECT_EQ(list.Find(SnapshotId(2)), nullptr);
  EXPECT_EQ(list.Find(SnapshotId(3)), copy.Find(SnapshotId(3)));
}

TEST(HistoryList, IsEqualByWhatItHolds) {
  EXPECT_TRUE(ListOf(3) == ListOf(3));
  EXPECT_FALSE(ListOf(3) == ListOf(2));
  SnapshotList other = ListOf(3);
  other.Replace(1, SnapshotNumber(9));
  EXPECT_FALSE(ListOf(3) == other);
}

TEST(HistoryList, WritesWhatEachItemSaysInTheVersionAskedFor) {
  SnapshotList list = ListOf(33);
  for (const int version : {3, 2, 1, 2, 3}) {
    std::string expected;
    for (const Snapshot& snapshot : list)
      expected += "," + SnapshotToJson(snapshot, version).Dump();
    expected[0] = '[';
    EXPECT_EQ(JsonOf(list, version), expected + "]") << version;
  }
  const SnapshotList copy = list;
  list.push_back(SnapshotNumber(34));
  EXPECT_EQ(JsonOf(list, 3).size(),
            JsonOf(copy, 3).size() + 1 + SnapshotToJson(list.back(), 3).Dump().size());
  const SnapshotLog log = {{TimeMs{1}, SnapshotId(2)}, {TimeMs{3}, SnapshotId(4)}};
  EXPECT_EQ(JsonOf(log, 2), R"([{"timestamp-ms":1,"snapshot-id":2},)"
                            R"({"timestamp-ms":3,"snapshot-id":4}])");
}

TEST(HistoryList, StopsWhereNobodyTakesItsText) {
  int pieces = 0;
  const Status written = ListOf(40).WriteJson(
      2, [&pieces](std::string_view) { return ++pieces < 3 ? Ok() : Status(Io("full")); });
  EXPECT_THAT(written, IsError(ErrorKind::kIo));
  EXPECT_EQ(pieces, 3);
}

}  // namespace
}  // namespace firn::table
