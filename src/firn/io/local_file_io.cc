// SPDX-License-Identifier: Apache-2.0

#include "firn/io/local_file_io.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <mutex>
#include <set>
#include <system_error>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include "firn/base/parallel.h"
#include "firn/base/uuid.h"
#include "firn/io/local_file.h"
#include "firn/io/location.h"

namespace firn::io {
namespace {

constexpr mode_t kFolderMode = 0700;
constexpr size_t kSyncsAtOnce = 8;

std::string ParentPath(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool IsFolder(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

TimeMs ModifiedAt(const struct stat& status) {
  return TimeMs{status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1'000'000};
}

// Names files that were synced, and syncs each folder once.
Status PublishSideBySide(FileIO& files_io, std::span<OutputFile* const> files) {
  std::set<std::string> distinct;
  for (OutputFile* file : files) {
    FIRN_TRY(file->Publish());
    distinct.insert(ParentLocation(file->location()));
  }
  const std::vector<std::string> folders(distinct.begin(), distinct.end());
  return ParallelFor(folders.size(), kSyncsAtOnce,
                     [&](size_t at) { return files_io.SyncFolder(folders[at]); });
}

}  // namespace

// Makes folders durable: a new one is lost in a power cut until its parent was synced. What this
// process has seen to once is remembered.
class LocalFileIO::Folders {
 public:
  Status Ensure(const std::string& path) {
    const std::scoped_lock lock(mutex_);
    return EnsureLocked(path);
  }

  void Forget(const std::string& path) {
    const std::scoped_lock lock(mutex_);
    durable_.erase(path);
  }

 private:
  Status EnsureLocked(const std::string& path) {
    if (path == "/" || durable_.contains(path)) return Ok();
    const std::string parent = ParentPath(path);
    if (!IsFolder(path)) FIRN_TRY(EnsureLocked(parent));
    FIRN_TRY(Make(path));
    // Also for one that was there: its maker may be about to sync it, or may have been killed.
    if (Status synced = SyncLocalFolder(parent);
        !synced && synced.error().kind != ErrorKind::kForbidden) {
      return synced;
    }
    durable_.insert(path);
    return Ok();
  }

  static Status Make(const std::string& path) {
    if (::mkdir(path.c_str(), kFolderMode) != 0) {
      return errno == EEXIST && IsFolder(path)
                 ? Ok()
                 : Status(SystemError(errno, "cannot make folder", path));
    }
    if (::chmod(path.c_str(), kFolderMode) != 0) {
      return SystemError(errno, "cannot make folder private", path);
    }
    return Ok();
  }

  std::mutex mutex_;
  std::set<std::string> durable_;
};

LocalFileIO::LocalFileIO(Env& env) : env_(env), folders_(std::make_unique<Folders>()) {}
LocalFileIO::~LocalFileIO() = default;

Result<std::unique_ptr<InputFile>> LocalFileIO::Open(std::string_view location) {
  FIRN_ASSIGN(const std::string path, LocalPath(location));
  return OpenLocalFile(path);
}

Result<std::unique_ptr<OutputFile>> LocalFileIO::Create(std::string_view location) {
  FIRN_ASSIGN(const std::string path, LocalPath(location));
  FIRN_ASSIGN(const bool exists, Exists(location));
  if (exists) return AlreadyExists("file exists", location);
  const std::string folder = ParentPath(path);
  const std::string hidden = JoinLocation(
      folder,
      std::string(".").append(FileNameOf(path)).append(".").append(MakeUlid(env_)) + ".tmp");
  FIRN_TRY(folders_->Ensure(folder));
  auto file = CreateLocalFile(std::string(location), path, hidden);
  if (file || file.error().kind != ErrorKind::kNotFound) return file;
  folders_->Forget(folder);  // Somebody removed the folder behind us.
  FIRN_TRY(folders_->Ensure(folder));
  return CreateLocalFile(std::string(location), path, hidden);
}

Result<bool> LocalFileIO::Exists(std::string_view location) {
  FIRN_ASSIGN(const std::string path, LocalPath(location));
  struct stat status = {};
  if (::lstat(path.c_str(), &status) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return SystemError(errno, "cannot look at", path);
}

Status LocalFileIO::Delete(std::string_view location) {
  FIRN_ASSIGN(const std::string path, LocalPath(location));
  if (::unlink(path.c_str()) != 0) return SystemError(errno, "cannot delete", path);
  return Ok();
}

Result<std::vector<FileInfo>> LocalFileIO::List(std::string_view prefix) {
  FIRN_ASSIGN(const std::string folder, LocalPath(prefix));
  std::vector<FileInfo> found;
  if (!IsFolder(folder)) return found;
  std::error_code failed;
  std::filesystem::recursive_directory_iterator at(folder, failed);
  const std::filesystem::recursive_directory_iterator end;
  for (; !failed && at != end; at.increment(failed)) {
    struct stat status = {};
    const std::string path = at->path().string();
    // A file that vanished since its name was read is simply not there.
    if (::lstat(path.c_str(), &status) != 0 || S_ISDIR(status.st_mode)) continue;
    const bool hidden = FileNameOf(path).starts_with('.');
    found.push_back({FileLocation(path), status.st_size, ModifiedAt(status), hidden});
  }
  if (failed) return SystemError(failed.value(), "cannot list", folder);
  std::sort(found.begin(), found.end(),
            [](const FileInfo& a, const FileInfo& b) { return a.location < b.location; });
  return found;
}

Status LocalFileIO::SyncFolder(std::string_view folder) {
  FIRN_ASSIGN(const std::string path, LocalPath(folder));
  return SyncLocalFolder(path);
}

// Syncs that wait at the same time share one commit of the file system's journal: four one after
// the other take four times as long as four side by side.
Status LocalFileIO::CloseAll(std::span<OutputFile* const> files) {
  Status closed =
      ParallelFor(files.size(), kSyncsAtOnce, [&files](size_t at) { return files[at]->Sync(); });
  if (closed) closed = PublishSideBySide(*this, files);
  for (OutputFile* file : files) {
    closed ? file->Finish() : file->Abort();
  }
  return closed;
}

}  // namespace firn::io
