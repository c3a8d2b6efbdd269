// SPDX-License-Identifier: Apache-2.0
//
// A block is full at 16 items: those of the last one, which are fewer, are what a commit copies and
// turns into JSON anew.

#include "firn/table/history_list.h"

#include <algorithm>

namespace firn::table {
namespace {

constexpr size_t kBlockItems = 16;

SnapshotId IdOf(const Snapshot& snapshot) {
  return snapshot.id;
}
SnapshotId IdOf(const SnapshotLogEntry& entry) {
  return entry.snapshot_id;
}

// The items of a block, with commas between them.
template <typename Entry>
std::string JsonOf(const std::vector<Entry>& entries, int format_version) {
  std::string json;
  for (const Entry& entry : entries) {
    if (!json.empty()) json += ',';
    AppendJson(*entry.item, format_version, json);
  }
  return json;
}

}  // namespace

template <typename Item>
typename HistoryList<Item>::BlockPtr HistoryList<Item>::BlockOf(std::vector<Entry> entries) {
  return entries.empty() ? nullptr : std::make_shared<const Block>(std::move(entries));
}

template <typename Item>
const Item* HistoryList<Item>::Find(SnapshotId id) const {
  for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
    for (auto entry = (*block)->entries.rbegin(); entry != (*block)->entries.rend(); ++entry) {
      if (entry->id == id) return entry->item.get();
    }
  }
  return nullptr;
}

template <typename Item>
void HistoryList<Item>::push_back(Item item) {
  const SnapshotId id = IdOf(item);
  std::vector<Entry> entries;
  if (!blocks_.empty() && blocks_.back()->entries.size() < kBlockItems) {
    entries = blocks_.back()->entries;
    blocks_.pop_back();
  }
  entries.push_back({id, std::make_shared<const Item>(std::move(item))});
  blocks_.push_back(BlockOf(std::move(entries)));
  ++size_;
}

template <typename Item>
void HistoryList<Item>::Replace(size_t at, Item item) {
  const SnapshotId id = IdOf(item);
  auto block = blocks_.begin();
  for (; at >= (*block)->entries.size(); ++block)
    at -= (*block)->entries.size();
  std::vector<Entry> entries = (*block)->entries;
  entries[at] = {id, std::make_shared<const Item>(std::move(item))};
  *block = BlockOf(std::move(entries));
}

template <typename Item>
Status HistoryList<Item>::WriteJson(int format_version, const TextSink& sink) const {
  FIRN_TRY(sink("["));
  for (const BlockPtr& block : blocks_) {
    if (block != blocks_.front()) FIRN_TRY(sink(","));
    std::call_once(block->once, [&] {
      block->json = JsonOf(block->entries, format_version);
      block->version = format_version;
    });
    const bool made = block->version == format_version;
    FIRN_TRY(made ? sink(block->json) : sink(JsonOf(block->entries, format_version)));
  }
  return sink("]");
}

template <typename Item>
bool HistoryList<Item>::EqualBlocks(const std::vector<BlockPtr>& left,
                                    const std::vector<BlockPtr>& right) {
  const auto end = const_iterator(left.data() + left.size(), 0);
  return std::equal(const_iterator(left.data(), 0), end, const_iterator(right.data(), 0),
                    [](const Item& a, const Item& b) { return &a == &b || a == b; });
}

template class HistoryList<Snapshot>;
template class HistoryList<SnapshotLogEntry>;

}  // namespace firn::table
