// SPDX-License-Identifier: Apache-2.0

#include "firn/table/snapshot_list.h"

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

std::string JsonOf(const SnapshotList& list, int format_version) {
  std::string text;
  list.AppendJson(format_version, text);
  return text;
}

TEST(SnapshotList, ReadsInTheOrderOfAdding) {
  const SnapshotList list = ListOf(3);
  int64_t expected = 1;
  for (const Snapshot& snapshot : list) {
    EXPECT_EQ(snapshot.id.value, expected++);
  }
  EXPECT_EQ(list.front().id.value, 1);
  EXPECT_EQ(list.back().id.value, 3);
  EXPECT_EQ(list[1].id.value, 2);
}

TEST(SnapshotList, SharesItsSnapshotsWithCopies) {
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

TEST(SnapshotList, IsEqualByWhatItHolds) {
  EXPECT_TRUE(ListOf(3) == ListOf(3));
  EXPECT_FALSE(ListOf(3) == ListOf(2));
  SnapshotList other = ListOf(3);
  other.Replace(1, SnapshotNumber(9));
  EXPECT_FALSE(ListOf(3) == other);
}

TEST(SnapshotList, WritesWhatEachSnapshotSaysInTheVersionAskedFor) {
  const SnapshotList list = ListOf(2);
  for (const int version : {3, 2, 1, 2, 3}) {
    const std::string expected = "[" + SnapshotToJson(list[0], version).Dump() + "," +
                                 SnapshotToJson(list[1], version).Dump() + "]";
    EXPECT_EQ(JsonOf(list, version), expected) << version;
  }
  EXPECT_EQ(JsonOf(SnapshotList(), 2), "[]");
}

}  // namespace
}  // namespace firn::table
