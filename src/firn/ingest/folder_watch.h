// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "firn/base/result.h"
#include "firn/base/time.h"

namespace firn::ingest {

struct FolderWatchLimits {
  size_t folders_max = 500'000;
  size_t changes_max = 10'000;  ///< Paths kept until they are taken.
};

/// What happened in folders.
struct FolderChanges {
  std::vector<std::string> files;    ///< Written, or moved here; may be gone again. Sorted.
  std::vector<std::string> folders;  ///< New ones, which nobody watches yet. Sorted.
  bool lost = false;                 ///< More happened than is told here: walk to find it.
};

/// Tells which files of some folders are written to, by the events of the kernel (inotify).
///
/// A folder is watched alone: what is below it is to be added by itself. Not thread-safe.
class FolderWatch {
 public:
  /// Errors: `kResourceExhausted` where the kernel gives no more of these.
  static Result<std::unique_ptr<FolderWatch>> Open(const FolderWatchLimits& limits = {});
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  /// Watches folders; those that are gone are passed over. Returns how many were not watched yet.
  size_t Add(std::span<const std::string> folders);

  /// Whether some folder sends no events: it lies on a network file system or on a Windows disk
  /// seen from Linux, or there are more folders than can be watched. Only a walk finds its changes.
  bool needs_walks() const { return needs_walks_; }
  size_t folder_count() const { return folder_of_.size(); }

  /// Waits until something happened, until `stop` (a descriptor; -1: none) can be read, or for
  /// `wait_max`. Errors: `kIo`.
  Status Wait(int stop, Millis wait_max);

  /// Takes what happened since the last call.
  FolderChanges Take();

 private:
  FolderWatch(int events, const FolderWatchLimits& limits) : events_(events), limits_(limits) {}
  Status ReadEvents();
  void Note(int watch, uint32_t mask, std::string_view name);
  void AddChange(std::set<std::string>& paths, std::string path);

  const int events_;
  const FolderWatchLimits limits_;
  bool needs_walks_ = false;
  std::unordered_map<int, std::string> folder_of_;  // By the number of the watch.
  std::set<std::string> files_, folders_;
  bool lost_ = false;
};

}  // namespace firn::ingest
