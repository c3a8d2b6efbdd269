// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firn/table/snapshot.h"

namespace firn::table {

/// Takes text piece by piece.
using TextSink = std::function<Status(std::string_view piece)>;

/// What happened to a table, in order: its snapshots, or its snapshot log. A value that is cheap to
/// copy: copies share what is in it, in blocks that never change, and how each block reads in a
/// metadata file. So a commit on a table with a long history costs what is new.
///
/// Items stay where they are in memory for as long as a list holds them.
template <typename Item>
class HistoryList {
  struct Entry {
    SnapshotId id{};  // Beside the item, for whoever looks for one.
    std::shared_ptr<const Item> item;
  };
  // Some items and their JSON, which is made when it is first asked for: by then the format version
  // of the table is known, and hardly ever changes afterwards.
  struct Block {
    explicit Block(std::vector<Entry> given) : entries(std::move(given)) {}

    const std::vector<Entry> entries;  // At least one.
    mutable std::once_flag once;
    mutable std::string json;
    mutable int version = 0;  // That `json` is of.
  };
  using BlockPtr = std::shared_ptr<const Block>;

 public:
  using value_type = Item;

  class const_iterator {
   public:
    using iterator_category = std::bidirectional_iterator_tag;
    using value_type = Item;
    using difference_type = std::ptrdiff_t;
    using pointer = const Item*;
    using reference = const Item&;

    const_iterator() = default;
    const_iterator(const BlockPtr* block, size_t at) : block_(block), at_(at) {}
    reference operator*() const { return *(*block_)->entries[at_].item; }
    pointer operator->() const { return &**this; }
    const_iterator& operator++() {
      if (++at_ == (*block_)->entries.size()) {
        ++block_;
        at_ = 0;
      }
      return *this;
    }
    const_iterator operator++(int) { return std::exchange(*this, std::next(*this)); }
    const_iterator& operator--() {
      if (at_ == 0) at_ = (*--block_)->entries.size();
      --at_;
      return *this;
    }
    const_iterator operator--(int) { return std::exchange(*this, std::prev(*this)); }
    friend bool operator==(const const_iterator&, const const_iterator&) = default;

   private:
    const BlockPtr* block_ = nullptr;
    size_t at_ = 0;
  };
  using iterator = const_iterator;

  HistoryList() = default;
  HistoryList(std::initializer_list<Item> items) {
    for (const Item& item : items)
      push_back(item);
  }

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  const_iterator begin() const { return {blocks_.data(), 0}; }
  const_iterator end() const { return {blocks_.data() + blocks_.size(), 0}; }
  auto rbegin() const { return std::reverse_iterator(end()); }
  auto rend() const { return std::reverse_iterator(begin()); }
  const Item& operator[](size_t at) const {
    return *std::next(begin(), static_cast<std::ptrdiff_t>(at));
  }
  const Item& front() const { return *begin(); }
  const Item& back() const { return *rbegin(); }

  /// Finds what has an id, looking from the end: what is looked for is mostly new. Null where there
  /// is none.
  const Item* Find(SnapshotId id) const;

  void push_back(Item item);
  /// Puts another item in the place of one.
  void Replace(size_t at, Item item);
  /// Removes the items for which `matches` is true; it is asked of each once, in order.
  template <typename Matches>
  void EraseIf(Matches matches) {
    std::vector<BlockPtr> blocks;
    size_ = 0;
    for (BlockPtr& block : blocks_) {
      std::vector<Entry> kept;
      for (const Entry& entry : block->entries) {
        if (!matches(*entry.item)) kept.push_back(entry);
      }
      size_ += kept.size();
      if (kept.size() < block->entries.size()) block = BlockOf(std::move(kept));
      if (block != nullptr) blocks.push_back(std::move(block));
    }
    blocks_ = std::move(blocks);
  }

  /// Gives `sink` the array that a metadata file of `format_version` holds. What a block reads like
  /// is worked out once.
  Status WriteJson(int format_version, const TextSink& sink) const;

  friend bool operator==(const HistoryList& left, const HistoryList& right) {
    return left.size_ == right.size_ && EqualBlocks(left.blocks_, right.blocks_);
  }

 private:
  static BlockPtr BlockOf(std::vector<Entry> entries);  // Null for none.
  static bool EqualBlocks(const std::vector<BlockPtr>& left, const std::vector<BlockPtr>& right);

  std::vector<BlockPtr> blocks_;
  size_t size_ = 0;
};

using SnapshotList = HistoryList<Snapshot>;
using SnapshotLog = HistoryList<SnapshotLogEntry>;

extern template class HistoryList<Snapshot>;
extern template class HistoryList<SnapshotLogEntry>;

}  // namespace firn::table
