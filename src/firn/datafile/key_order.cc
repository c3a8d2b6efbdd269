// SPDX-License-Identifier: Apache-2.0
//
// A radix sort from the front that looks at the bits in which the heads at hand differ: they are
// dealt into about as many buckets as there are rows, and each bucket is sorted in the same way.
// Where all heads are alike, the next eight bytes of the keys are the heads. Dealing keeps the
// order of equals. Few rows, and what a few such steps do not tell apart, are compared.

#include "firn/datafile/key_order.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace firn::datafile {
namespace {

constexpr size_t kFewRows = 32;
constexpr int kBucketBitsMax = 11;
constexpr int kLevelsMax = 16;
constexpr size_t kHeadBytes = sizeof(KeyedRow::head);

}  // namespace

void KeyOrder::Clear() {
  sources_.clear();
  rows_.clear();
  longest_ = 0;
}

void KeyOrder::Add(const RowKeys& keys, int64_t first, int64_t last) {
  const auto source = static_cast<uint32_t>(sources_.size());
  sources_.push_back(&keys);
  for (int64_t row = first; row < last; ++row) {
    const std::string_view key = keys.At(row);
    longest_ = std::max(longest_, key.size());
    rows_.push_back({KeyHead(key), source, static_cast<uint32_t>(row)});
  }
}

void KeyOrder::Sort() {
  room_.resize(rows_.size());
  SortRange(rows_, 0, 0);
}

std::string_view KeyOrder::RestOf(const KeyedRow& row, size_t skipped) const {
  const std::string_view key = sources_[row.source]->At(row.row);
  return key.substr(std::min(skipped, key.size()));
}

// All keys are alike in their first `skipped` bytes; heads are what follows there.
void KeyOrder::SortByRest(std::span<KeyedRow> rows, size_t skipped) {
  const size_t behind_head = skipped + kHeadBytes;
  std::sort(rows.begin(), rows.end(), [&](const KeyedRow& left, const KeyedRow& right) {
    if (left.head != right.head) return left.head < right.head;
    if (longest_ > behind_head) {
      const int order = RestOf(left, behind_head).compare(RestOf(right, behind_head));
      if (order != 0) return order < 0;
    }
    return left.source != right.source ? left.source < right.source : left.row < right.row;
  });
}

// Deals rows into buckets, whose ends it tells.
void KeyOrder::IntoBuckets(std::span<KeyedRow> rows, uint64_t lowest, int shift,
                           std::span<size_t> ends) {
  const auto bucket_of = [&](const KeyedRow& row) {
    return static_cast<size_t>((row.head - lowest) >> shift);
  };
  for (const KeyedRow& row : rows)
    ++ends[bucket_of(row)];
  size_t begin = 0;
  for (size_t& end : ends)
    begin += std::exchange(end, begin);
  std::copy(rows.begin(), rows.end(), room_.begin());
  for (const KeyedRow& row : std::span(room_).first(rows.size()))
    rows[ends[bucket_of(row)]++] = row;
}

void KeyOrder::SortRange(std::span<KeyedRow> rows, size_t skipped, int level) {
  if (rows.size() < 2) return;
  if (rows.size() < kFewRows || level == kLevelsMax) return SortByRest(rows, skipped);
  const auto by_head = [](const KeyedRow& left, const KeyedRow& right) {
    return left.head < right.head;
  };
  const auto [low, high] = std::minmax_element(rows.begin(), rows.end(), by_head);
  const uint64_t lowest = low->head, range = high->head - lowest;
  if (range == 0) {
    skipped += kHeadBytes;
    if (longest_ <= skipped) return;
    for (KeyedRow& row : rows)
      row.head = KeyHead(RestOf(row, skipped));
    return SortRange(rows, skipped, level + 1);
  }
  const int bits = std::min(kBucketBitsMax, static_cast<int>(std::bit_width(rows.size())));
  const int shift = std::max(0, static_cast<int>(std::bit_width(range)) - bits);
  std::vector<size_t> ends(static_cast<size_t>(range >> shift) + 1);
  IntoBuckets(rows, lowest, shift, ends);
  size_t begin = 0;
  for (const size_t end : ends) {
    SortRange(rows.subspan(begin, end - begin), skipped, level + 1);
    begin = end;
  }
}

}  // namespace firn::datafile
