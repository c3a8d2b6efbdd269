// SPDX-License-Identifier: Apache-2.0

#include "firn/table/snapshot_list.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

namespace firn::table {
namespace {

// How much longer than the first snapshot the others may read on average: their totals have more
// digits and they name a parent.
constexpr size_t kSnapshotJsonSlack = 128;

}  // namespace

// A snapshot and its JSON, which is made when it is first asked for: by then the format version of
// the table is known, and hardly ever changes afterwards.
struct SnapshotList::Shared {
  explicit Shared(Snapshot given) : snapshot(std::move(given)) {}

  // Adds to `out` how the snapshot reads and returns how many bytes that is.
  size_t AppendJson(int format_version, std::string& out) const {
    const size_t begin = out.size();
    if (version.load(std::memory_order_acquire) == 0) {
      std::call_once(once, [&] {
        json = SnapshotToJson(snapshot, format_version).Dump();
        version.store(format_version, std::memory_order_release);
      });
    }
    if (version.load(std::memory_order_relaxed) == format_version) {
      out += json;
    } else {
      out += SnapshotToJson(snapshot, format_version).Dump();
    }
    return out.size() - begin;
  }

  const Snapshot snapshot;
  mutable std::once_flag once;
  mutable std::atomic<int> version{0};  // That `json` is of; 0 until it is made.
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
  for (size_t at = 0; at < items_.size(); ++at) {
    if (at > 0) out += ',';
    const size_t size = items_[at].shared->AppendJson(format_version, out);
    // One is about as long as the other; growing by doubling would copy all of them once more.
    if (at == 0) out.reserve(out.size() + items_.size() * (size + kSnapshotJsonSlack));
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
