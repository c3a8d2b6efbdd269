// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/key_order.h"

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace firn::datafile {
namespace {

using Keys = std::vector<std::string>;
using Place = std::pair<uint32_t, uint32_t>;  // Source and row.

RowKeys Packed(const Keys& keys) {
  RowKeys packed;
  packed.begins.push_back(0);
  for (const std::string& key : keys) {
    packed.bytes += key;
    packed.begins.push_back(static_cast<int64_t>(packed.bytes.size()));
  }
  return packed;
}

std::vector<Place> Ordered(const std::vector<Keys>& sources) {
  std::vector<RowKeys> packed;
  for (const Keys& keys : sources)
    packed.push_back(Packed(keys));
  KeyOrder order;
  for (const RowKeys& keys : packed)
    order.Add(keys, 0, keys.size());
  order.Sort();
  std::vector<Place> places;
  for (const KeyedRow& row : order.rows())
    places.emplace_back(row.source, row.row);
  return places;
}

std::vector<Place> StablySorted(const std::vector<Keys>& sources) {
  std::vector<Place> places;
  for (uint32_t source = 0; source < sources.size(); ++source) {
    for (uint32_t row = 0; row < sources[source].size(); ++row)
      places.emplace_back(source, row);
  }
  std::stable_sort(places.begin(), places.end(), [&](const Place& left, const Place& right) {
    return sources[left.first][left.second] < sources[right.first][right.second];
  });
  return places;
}

std::string Bytes(uint64_t number, size_t count) {
  std::string bytes;
  for (size_t i = count; i-- > 0;)
    bytes += static_cast<char>(number >> (8 * i) & 0xFF);
  return bytes;
}

// An ended text, so that none begins another.
std::string Text(size_t same, uint64_t number) {
  return std::string(same, 's') + std::to_string(number) + std::string(2, '\0');
}

using MakeKey = std::function<std::string(std::mt19937_64&)>;

std::vector<MakeKey> KindsOfKeys() {
  return {
      [](auto& random) { return "\1" + Bytes(random(), 8); },
      [](auto& random) { return "\1" + Bytes(random() % 7, 8); },
      [](auto& random) { return Bytes(random() % 3, 4); },
      [](auto& random) { return Bytes(random() % 9, 4) + "\1" + Bytes(random() % 500, 8); },
      [](auto& random) { return random() % 5 == 0 ? "\2" : "\1" + Bytes(random() % 100, 1); },
      [](auto& random) { return Text(random() % 3 * 20, random() % 1000); },
      [](auto& random) { return Text(500 + random() % 2, random() % 50); },
      [](auto& random) { return Bytes(random() % 2 == 0 ? 0 : ~uint64_t{0} - random() % 2, 8); },
      [](auto&) { return std::string(); },
  };
}

TEST(KeyOrder, IsThatOfAStableSort) {
  std::mt19937_64 random(11);
  size_t kind = 0;
  for (const MakeKey& make : KindsOfKeys()) {
    SCOPED_TRACE(kind++);
    for (const size_t rows :
         {size_t{0}, size_t{1}, size_t{31}, size_t{32}, size_t{33}, size_t{700}, size_t{20'000}}) {
      std::vector<Keys> sources(1 + random() % 4);
      for (size_t row = 0; row < rows; ++row)
        sources[random() % sources.size()].push_back(make(random));
      EXPECT_EQ(Ordered(sources), StablySorted(sources));
    }
  }
}

TEST(KeyOrder, TakesKeysThatDifferFarBehind) {
  std::mt19937_64 random(12);
  Keys keys;
  for (int row = 0; row < 200; ++row)
    keys.push_back(Text(100'000, random() % 20));
  EXPECT_EQ(Ordered({keys}), StablySorted({keys}));
}

TEST(KeyOrder, ForgetsWhatWasCleared) {
  const RowKeys first = Packed({"b", "a"}), second = Packed({"z", "y", "x"});
  KeyOrder order;
  order.Add(first, 0, 2);
  order.Sort();
  order.Clear();
  order.Add(second, 1, 3);
  order.Sort();
  ASSERT_EQ(order.rows().size(), 2u);
  EXPECT_EQ(order.rows()[0].row, 2u);
  EXPECT_EQ(order.rows()[1].row, 1u);
}

}  // namespace
}  // namespace firn::datafile
