// SPDX-License-Identifier: Apache-2.0
//
// A depth-first walk with one open folder at a time: folders still to be read wait as path names.
// The set of (device, inode) of the folders read so far ends loops and keeps two roots that overlap
// from being walked twice. Order comes from one sort at the end.

#include "firn/ingest/discovery.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firn/base/env.h"
#include "firn/ingest/path_text.h"

namespace firn::ingest {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};
using OpenFolder = std::unique_ptr<DIR, CloseFolder>;

Error ErrnoError(std::string_view what, std::string_view path, int code) {
  const std::string reason = std::strerror(code);
  if (code == ENOENT) return NotFound(what, DisplayPath(path), reason);
  if (code == EACCES || code == EPERM) return Forbidden(what, DisplayPath(path), reason);
  return Io(what, DisplayPath(path), reason);
}

std::string Below(const std::string& folder, const char* name) {
  return folder == "/" ? folder + name : folder + "/" + name;
}

struct WaitingFolder {
  std::string path;
  size_t depth = 0;
  size_t root = 0;
};

class Walk {
 public:
  explicit Walk(const DiscoveryLimits& limits) : limits_(limits) {}

  Status AddRoot(const std::string& given, size_t root);
  Discovery Finish();

 private:
  Status AddGiven(const std::string& path, size_t root);
  Status Drain();
  Status ReadFolder(const WaitingFolder& folder);
  Status AddEntry(int folder_fd, const WaitingFolder& folder, const dirent& entry);
  Status AddLinked(const WaitingFolder& folder, const std::string& link);
  Status AddFile(std::string path, const struct stat& info, size_t root);
  void AddProblem(std::string path, Error error) {
    found_.problems.push_back({std::move(path), std::move(error)});
  }

  const DiscoveryLimits& limits_;
  Discovery found_;
  std::vector<WaitingFolder> waiting_;
  std::set<std::pair<dev_t, ino_t>> entered_;
};

Status Walk::AddFile(std::string path, const struct stat& info, size_t root) {
  if (found_.files.size() >= limits_.files_max) {
    return ResourceExhausted("too many files", limits_.files_max);
  }
  const TimeUs mtime{info.st_mtim.tv_sec * 1'000'000 + info.st_mtim.tv_nsec / 1000};
  found_.files.push_back({std::move(path), info.st_size, mtime, root});
  return Ok();
}

// Follows a symbolic link; the file is known by the path it really has.
Status Walk::AddLinked(const WaitingFolder& folder, const std::string& link) {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(link.c_str(), nullptr),
                                                         &std::free);
  struct stat info;
  if (real == nullptr || stat(real.get(), &info) != 0) {
    AddProblem(link, ErrnoError("cannot follow the link", link, errno));
    return Ok();
  }
  if (S_ISDIR(info.st_mode)) waiting_.push_back({real.get(), folder.depth + 1, folder.root});
  if (S_ISREG(info.st_mode)) return AddFile(real.get(), info, folder.root);
  return Ok();
}

Status Walk::AddEntry(int folder_fd, const WaitingFolder& folder, const dirent& entry) {
  if (std::strcmp(entry.d_name, ".") == 0 || std::strcmp(entry.d_name, "..") == 0) return Ok();
  std::string path = Below(folder.path, entry.d_name);
  if (entry.d_type == DT_DIR) {
    waiting_.push_back({std::move(path), folder.depth + 1, folder.root});
    return Ok();
  }
  if (entry.d_type == DT_LNK) return AddLinked(folder, path);
  if (entry.d_type != DT_REG && entry.d_type != DT_UNKNOWN) return Ok();
  struct stat info;
  if (fstatat(folder_fd, entry.d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
    AddProblem(path, ErrnoError("cannot read", path, errno));
    return Ok();
  }
  if (S_ISLNK(info.st_mode)) return AddLinked(folder, path);
  if (S_ISDIR(info.st_mode)) waiting_.push_back({path, folder.depth + 1, folder.root});
  if (S_ISREG(info.st_mode)) return AddFile(std::move(path), info, folder.root);
  return Ok();
}

Status Walk::ReadFolder(const WaitingFolder& folder) {
  if (folder.depth > limits_.depth_max) {
    AddProblem(folder.path, ResourceExhausted("folder too deep", DisplayPath(folder.path)));
    return Ok();
  }
  const OpenFolder open(opendir(folder.path.c_str()));
  struct stat info;
  if (open == nullptr || fstat(dirfd(open.get()), &info) != 0) {
    AddProblem(folder.path, ErrnoError("cannot read the folder", folder.path, errno));
    return Ok();
  }
  if (!entered_.emplace(info.st_dev, info.st_ino).second) return Ok();
  found_.folders.push_back(folder.path);
  for (errno = 0; const dirent* entry = readdir(open.get()); errno = 0) {
    FIRN_TRY(AddEntry(dirfd(open.get()), folder, *entry));
  }
  if (errno != 0) AddProblem(folder.path, ErrnoError("cannot list", folder.path, errno));
  return Ok();
}

Status Walk::Drain() {
  while (!waiting_.empty()) {
    const WaitingFolder folder = std::move(waiting_.back());
    waiting_.pop_back();
    FIRN_TRY(ReadFolder(folder));
  }
  return Ok();
}

// Adds one existing file or folder that was named.
Status Walk::AddGiven(const std::string& path, size_t root) {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr),
                                                         &std::free);
  struct stat info;
  if (real == nullptr || stat(real.get(), &info) != 0) {
    AddProblem(path, ErrnoError("cannot read", path, errno));
    return Ok();
  }
  if (S_ISREG(info.st_mode)) return AddFile(real.get(), info, root);
  if (!S_ISDIR(info.st_mode)) {
    AddProblem(path, Unsupported("neither a file nor a folder", DisplayPath(path)));
    return Ok();
  }
  waiting_.push_back({real.get(), 0, root});
  return Drain();
}

Status Walk::AddRoot(const std::string& given, size_t root) {
  struct stat info;
  const bool is_pattern = given.find_first_of("*?[") != std::string::npos;
  if (!is_pattern || lstat(given.c_str(), &info) == 0) return AddGiven(given, root);
  glob_t matches{};
  const int outcome = glob(given.c_str(), 0, nullptr, &matches);
  const std::vector<std::string> paths(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
  globfree(&matches);
  if (outcome == GLOB_NOSPACE) return ResourceExhausted("pattern too wide", DisplayPath(given));
  if (paths.empty()) AddProblem(given, NotFound("no file matches", DisplayPath(given)));
  for (const std::string& path : paths)
    FIRN_TRY(AddGiven(path, root));
  return Ok();
}

Discovery Walk::Finish() {
  const auto by_path = [](const auto& left, const auto& right) { return left.path < right.path; };
  std::stable_sort(found_.files.begin(), found_.files.end(), by_path);
  const auto same = [](const auto& left, const auto& right) { return left.path == right.path; };
  found_.files.erase(std::unique(found_.files.begin(), found_.files.end(), same),
                     found_.files.end());
  std::stable_sort(found_.problems.begin(), found_.problems.end(), by_path);
  return std::move(found_);
}

}  // namespace

Result<Discovery> Discover(std::span<const std::string> paths, Env& env,
                           const DiscoveryLimits& limits) {
  const TimeUs began_at = env.Now();
  Walk walk(limits);
  for (size_t root = 0; root < paths.size(); ++root)
    FIRN_TRY(walk.AddRoot(paths[root], root));
  Discovery found = walk.Finish();
  found.began_at = began_at;
  return found;
}

}  // namespace firn::ingest
