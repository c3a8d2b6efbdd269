// SPDX-License-Identifier: Apache-2.0
//
// The kernel watches folders by inode and tells their changes by number. A folder that is moved
// keeps its number, so it is forgotten when it says that it moved, and is found as a new one where
// it went.

#include "firn/ingest/folder_watch.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <linux/magic.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace firn::ingest {
namespace {

constexpr uint32_t kEvents = IN_CLOSE_WRITE | IN_MODIFY | IN_MOVED_TO | IN_CREATE | IN_MOVE_SELF |
                             IN_ONLYDIR | IN_EXCL_UNLINK;
constexpr size_t kBufferBytes = size_t{64} << 10;

// File systems whose files others change without the kernel here knowing: NFS, SMB, 9P (the disks
// of Windows in its Linux subsystem), FUSE, Ceph, AFS, Coda.
constexpr std::array<uint32_t, 9> kSilentFileSystems = {
    NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC,  CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC, V9FS_MAGIC,
    FUSE_SUPER_MAGIC, CEPH_SUPER_MAGIC, AFS_FS_MAGIC,     CODA_SUPER_MAGIC};

bool SendsEvents(const std::string& folder) {
  struct statfs info;
  if (statfs(folder.c_str(), &info) != 0) return true;
  const auto type = static_cast<uint32_t>(info.f_type);
  return std::find(kSilentFileSystems.begin(), kSilentFileSystems.end(), type) ==
         kSilentFileSystems.end();
}

}  // namespace

Result<std::unique_ptr<FolderWatch>> FolderWatch::Open(const FolderWatchLimits& limits) {
  const int events = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (events < 0) {
    return ResourceExhausted("folders cannot be watched", std::string(std::strerror(errno)))
        .WithHint("raise fs.inotify.max_user_instances");
  }
  return std::unique_ptr<FolderWatch>(new FolderWatch(events, limits));
}

FolderWatch::~FolderWatch() {
  close(events_);
}

size_t FolderWatch::Add(std::span<const std::string> folders) {
  size_t added = 0;
  for (const std::string& folder : folders) {
    if (folder_of_.size() >= limits_.folders_max || !SendsEvents(folder)) {
      needs_walks_ = true;
      continue;
    }
    const int watch = inotify_add_watch(events_, folder.c_str(), kEvents);
    if (watch < 0) {
      needs_walks_ = needs_walks_ || errno == ENOSPC || errno == ENOMEM;
      continue;
    }
    std::string& known = folder_of_[watch];
    added += known != folder;
    known = folder;
  }
  return added;
}

Status FolderWatch::Wait(int stop, Millis wait_max) {
  std::array<pollfd, 2> sources = {pollfd{events_, POLLIN, 0}, pollfd{stop, POLLIN, 0}};
  const auto wait = static_cast<int>(std::clamp<int64_t>(wait_max.value, 0, 3'600'000));
  const int ready = poll(sources.data(), sources.size(), wait);
  if (ready < 0 && errno != EINTR)
    return Io("cannot wait for changes", std::string(std::strerror(errno)));
  return ready > 0 && sources[0].revents != 0 ? ReadEvents() : Ok();
}

Status FolderWatch::ReadEvents() {
  alignas(inotify_event) std::array<char, kBufferBytes> buffer;
  while (true) {
    const ssize_t length = read(events_, buffer.data(), buffer.size());
    if (length < 0 && errno == EINTR) continue;
    if (length < 0 && errno == EAGAIN) return Ok();
    if (length <= 0) return Io("cannot read what changed", std::string(std::strerror(errno)));
    for (size_t at = 0; at < static_cast<size_t>(length);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof(event));
      const char* const name = buffer.data() + at + sizeof(event);
      Note(event.wd, event.mask, std::string_view(name, strnlen(name, event.len)));
      at += sizeof(event) + event.len;
    }
  }
}

void FolderWatch::Note(int watch, uint32_t mask, std::string_view name) {
  if ((mask & IN_Q_OVERFLOW) != 0) lost_ = true;
  const auto folder = folder_of_.find(watch);
  if (folder == folder_of_.end()) return;
  if ((mask & IN_MOVE_SELF) != 0) {
    inotify_rm_watch(events_, watch);
    mask |= IN_IGNORED;
  }
  if ((mask & IN_IGNORED) != 0) {
    folder_of_.erase(folder);
    return;
  }
  if (name.empty()) return;
  std::string path = folder->second + "/" + std::string(name);
  if ((mask & IN_ISDIR) == 0) {
    AddChange(files_, std::move(path));
  } else if ((mask & (IN_CREATE | IN_MOVED_TO)) != 0) {
    AddChange(folders_, std::move(path));
  }
}

void FolderWatch::AddChange(std::set<std::string>& paths, std::string path) {
  if (files_.size() + folders_.size() < limits_.changes_max || paths.contains(path)) {
    paths.insert(std::move(path));
  } else {
    lost_ = true;
  }
}

FolderChanges FolderWatch::Take() {
  FolderChanges changes;
  changes.files.assign(files_.begin(), files_.end());
  changes.folders.assign(folders_.begin(), folders_.end());
  changes.lost = std::exchange(lost_, false);
  files_.clear();
  folders_.clear();
  return changes;
}

}  // namespace firn::ingest
