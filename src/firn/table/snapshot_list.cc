// SPDX-License-Identifier: Apache-2.0

#include "firn/table/snapshot_list.h"

#include <algorithm>
#include <mutex>
#include <utility>

namespace firn::table {

// A snapshot and its JSON, which is made when it is first asked for: by then the format version of
// the table is known, and hardly ever changes afterwards.
struct SnapshotList::Shared {
  explicit Shared(Snapshot given) : snapshot(std::move(given)) {}

  void AppendJson(int format_version, std::string& out) const {
    std::call_once(once, [&] {
      version = format_version;
      json = SnapshotToJson(snapshot, format_version).Dump();
    });
    out += version == format_version ? json : SnapshotToJson(snapshot, format_version).Dump();
  }

  const Snapshot snapshot;
  mutable std::once_flag once;
  mutable int version = 0;
  mutable std::string json;
};

const Snapshot& SnapshotList::SnapshotOf(const Item& item) {
  return item.shared->snapshot;
}

const Snapshot* SnapshotList::Find(SnapshotId id) const {
  const auto found = std::find_if(items_.rbegin(), items_.rend(),
                                  [id](const Item& item) { return item.id == id; });
  return found == items_.rend() ? nullptr : &SnapshotOf(*found);
}

void SnapshotList::push_back(Snapshot snapshot) {
  const SnapshotId id = snapshot.id;
  items_.push_back({id, std::make_shared<const Shared>(std::move(snapshot))});
}

void SnapshotList::Replace(size_t at, Snapshot snapshot) {
  const SnapshotId id = snapshot.id;
  items_[at] = {id, std::make_shared<const Shared>(std::move(snapshot))};
}

void SnapshotList::AppendJson(int format_version, std::string& out) const {
  out += '[';
  for (const Item& item : items_) {
    if (&item != &items_.front()) out += ',';
    item.shared->AppendJson(format_version, out);
  }
  out += ']';
}

bool operator==(const SnapshotList& left, const SnapshotList& right) {
  return std::equal(left.items_.begin(), left.items_.end(), right.items_.begin(),
                    right.items_.end(), [](const auto& a, const auto& b) {
                      return a.shared == b.shared || a.shared->snapshot == b.shared->snapshot;
                    });
}

}  // namespace firn::table
