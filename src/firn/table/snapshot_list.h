// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "firn/table/snapshot.h"

namespace firn::table {

/// The snapshots of a table, in the order they were added. A value that is cheap to copy: copies
/// share the snapshots, which never change, and how each reads in a metadata file. So a commit on
/// a table with a long history costs what is new.
class SnapshotList {
  struct Shared;
  struct Item {
    SnapshotId id{};
    std::shared_ptr<const Shared> shared;
  };

 public:
  using value_type = Snapshot;

  class const_iterator {
   public:
    using iterator_category = std::bidirectional_iterator_tag;
    using value_type = Snapshot;
    using difference_type = std::ptrdiff_t;
    using pointer = const Snapshot*;
    using reference = const Snapshot&;

    const_iterator() = default;
    explicit const_iterator(const Item* item) : item_(item) {}
    reference operator*() const { return SnapshotOf(*item_); }
    pointer operator->() const { return &SnapshotOf(*item_); }
    const_iterator& operator++() {
      ++item_;
      return *this;
    }
    const_iterator operator++(int) { return const_iterator(item_++); }
    const_iterator& operator--() {
      --item_;
      return *this;
    }
    const_iterator operator--(int) { return const_iterator(item_--); }
    friend bool operator==(const const_iterator&, const const_iterator&) = default;

   private:
    const Item* item_ = nullptr;
  };
  using iterator = const_iterator;

  bool empty() const { return items_.empty(); }
  size_t size() const { return items_.size(); }
  const_iterator begin() const { return const_iterator(items_.data()); }
  const_iterator end() const { return const_iterator(items_.data() + items_.size()); }
  auto rbegin() const { return std::reverse_iterator(end()); }
  auto rend() const { return std::reverse_iterator(begin()); }
  const Snapshot& operator[](size_t at) const { return SnapshotOf(items_[at]); }
  const Snapshot& front() const { return (*this)[0]; }
  const Snapshot& back() const { return (*this)[size() - 1]; }

  /// Finds a snapshot, looking from the end: what is looked for is mostly new. Null where there is
  /// none.
  const Snapshot* Find(SnapshotId id) const;

  void push_back(Snapshot snapshot);
  /// Puts another snapshot in the place of one.
  void Replace(size_t at, Snapshot snapshot);
  /// Removes the snapshots for which `matches` is true.
  template <typename Matches>
  void EraseIf(Matches matches) {
    std::erase_if(items_, [&](const Item& item) { return matches(SnapshotOf(item)); });
  }

  /// Appends the snapshots as the array that a metadata file of `format_version` holds. What a
  /// snapshot reads like is worked out once.
  void AppendJson(int format_version, std::string& out) const;

  friend bool operator==(const SnapshotList& left, const SnapshotList& right);

 private:
  static const Snapshot& SnapshotOf(const Item& item);

  std::vector<Item> items_;
};

}  // namespace firn::table
