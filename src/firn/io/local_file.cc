// SPDX-License-Identifier: Apache-2.0
//
// Publishing: write a hidden file, fsync it, give it its name with renameat2(RENAME_NOREPLACE) (a
// plain rename would overwrite another writer's file), fsync the folder. Where the file system
// knows no RENAME_NOREPLACE, link() refuses an existing name just as well.

#include "firn/io/local_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firn/io/location.h"

namespace firn::io {
namespace {

constexpr size_t kBufferBytes = size_t{256} << 10;
constexpr size_t kPieceBytes = size_t{1} << 20;
constexpr mode_t kFileMode = 0600;

// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { Reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int number() const { return number_; }
  void Reset() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

int OpenRetrying(const char* path, int flags, mode_t mode) {
  int number = -1;
  do {
    number = ::open(path, flags | O_CLOEXEC, mode);
  } while (number < 0 && errno == EINTR);
  return number;
}

class LocalInputFile : public InputFile {
 public:
  LocalInputFile(int descriptor, std::string path, int64_t size_bytes)
      : descriptor_(descriptor), path_(std::move(path)), size_bytes_(size_bytes) {}

  int64_t size_bytes() const override { return size_bytes_; }

  Result<int64_t> ReadInto(int64_t offset, std::span<char> out) const override {
    if (offset < 0) return InvalidArgument("negative offset", offset);
    size_t done = 0;
    while (done < out.size()) {
      const ssize_t count = ::pread(descriptor_.number(), out.data() + done, out.size() - done,
                                    offset + static_cast<off_t>(done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return SystemError(errno, "cannot read", path_);
      if (count == 0) break;
      done += static_cast<size_t>(count);
    }
    return static_cast<int64_t>(done);
  }

 private:
  Descriptor descriptor_;
  std::string path_;
  int64_t size_bytes_;
};

class LocalOutputFile : public OutputFile {
 public:
  LocalOutputFile(int descriptor, std::string location, std::string path, std::string hidden_path)
      : descriptor_(descriptor),
        location_(std::move(location)),
        path_(std::move(path)),
        hidden_path_(std::move(hidden_path)) {}
  ~LocalOutputFile() override { Abort(); }

  Status Write(std::string_view bytes) override {
    if (state_ != State::kOpen) return NotOpen();
    position_ += static_cast<int64_t>(bytes.size());
    if (buffer_.size() + bytes.size() < kBufferBytes) {
      buffer_.append(bytes);
      return Ok();
    }
    FIRN_TRY(FlushBuffer());
    return WriteThrough(bytes);
  }

  int64_t position() const override { return position_; }
  const std::string& location() const override { return location_; }

  Status Close() override {
    FIRN_TRY(Sync());
    FIRN_TRY(Publish());
    Status synced = SyncLocalFolder(path_.substr(0, path_.rfind('/')));
    if (!synced) {
      Abort();
      return synced;
    }
    Finish();
    return Ok();
  }

  Status Sync() override {
    if (state_ != State::kOpen) return NotOpen();
    FIRN_TRY(FlushBuffer());
    if (::fsync(descriptor_.number()) != 0) return Fail(errno, "cannot sync");
    state_ = State::kSynced;
    return Ok();
  }

  Status Publish() override {
    if (state_ != State::kSynced) return NotOpen();
    if (const int failed = Rename(); failed != 0) return Fail(failed, "cannot publish");
    descriptor_.Reset();
    state_ = State::kPublished;
    return Ok();
  }

  void Finish() override { state_ = State::kEnded; }

  void Abort() override {
    if (state_ == State::kEnded) return;
    ::unlink((state_ == State::kPublished ? path_ : hidden_path_).c_str());
    descriptor_.Reset();
    state_ = State::kEnded;
  }

 private:
  enum class State { kOpen, kSynced, kPublished, kFailed, kEnded };

  Status NotOpen() const { return Io("file is not open for writing", location_); }

  Status Fail(int errno_value, std::string_view what) {
    state_ = State::kFailed;
    return SystemError(errno_value, what, path_);
  }

  Status FlushBuffer() {
    FIRN_TRY(WriteThrough(buffer_));
    buffer_.clear();
    return Ok();
  }

  // The disk takes a large file piece by piece while it is written, not all of it at the sync.
  Status WriteThrough(std::string_view bytes) {
    while (!bytes.empty()) {
      const size_t piece = std::min(bytes.size(), kPieceBytes);
      const ssize_t count = ::write(descriptor_.number(), bytes.data(), piece);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return Fail(errno, "cannot write");
      bytes.remove_prefix(static_cast<size_t>(count));
      written_ += count;
      StartWriteback();
    }
    return Ok();
  }

  // Only begins it: whether the bytes are there, the sync says.
  void StartWriteback() {
    const off_t waiting = written_ - started_;
    if (waiting < static_cast<off_t>(kPieceBytes)) return;
    ::sync_file_range(descriptor_.number(), started_, waiting, SYNC_FILE_RANGE_WRITE);
    started_ = written_;
  }

  // Returns 0 or an errno value.
  int Rename() const {
    const char* from = hidden_path_.c_str();
    const char* to = path_.c_str();
    if (::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) return errno;
    if (::link(from, to) != 0) return errno;
    return ::unlink(from) == 0 ? 0 : errno;
  }

  Descriptor descriptor_;
  std::string location_;
  std::string path_;
  std::string hidden_path_;
  std::string buffer_;
  int64_t position_ = 0;
  off_t written_ = 0;
  off_t started_ = 0;  // Of what is written, the disk has begun to take so much.
  State state_ = State::kOpen;
};

ErrorKind KindOf(int errno_value) {
  switch (errno_value) {
    case ENOENT:
    case ENOTDIR:
      return ErrorKind::kNotFound;
    case EEXIST:
      return ErrorKind::kAlreadyExists;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorKind::kForbidden;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
      return ErrorKind::kResourceExhausted;
    default:
      return ErrorKind::kIo;
  }
}

}  // namespace

Error SystemError(int errno_value, std::string_view what, std::string_view path) {
  Error error{KindOf(errno_value), std::string(what), {}};
  error.message.append(": ").append(path).append(": ");
  error.message += std::generic_category().message(errno_value);
  if (errno_value == ENOSPC || errno_value == EDQUOT) error.hint = "free some disk space";
  return error;
}

Result<std::unique_ptr<InputFile>> OpenLocalFile(const std::string& path) {
  // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
  const int descriptor = OpenRetrying(path.c_str(), O_RDONLY | O_NONBLOCK, 0);
  if (descriptor < 0) return SystemError(errno, "cannot open", path);
  struct stat status = {};
  const bool known = ::fstat(descriptor, &status) == 0;
  auto file = std::make_unique<LocalInputFile>(descriptor, path, status.st_size);
  if (!known) return SystemError(errno, "cannot open", path);
  if (!S_ISREG(status.st_mode)) return Io("not a regular file", path);
  return file;
}

Result<std::unique_ptr<OutputFile>> CreateLocalFile(std::string location, std::string path,
                                                    std::string hidden_path) {
  const int descriptor = OpenRetrying(hidden_path.c_str(), O_WRONLY | O_CREAT | O_EXCL, kFileMode);
  if (descriptor < 0) return SystemError(errno, "cannot create", path);
  auto file = std::make_unique<LocalOutputFile>(descriptor, std::move(location), path,
                                                std::move(hidden_path));
  if (::fchmod(descriptor, kFileMode) != 0) return SystemError(errno, "cannot create", path);
  return file;
}

Status SyncLocalFolder(const std::string& path) {
  const Descriptor folder(
      OpenRetrying(path.empty() ? "/" : path.c_str(), O_RDONLY | O_DIRECTORY, 0));
  if (folder.number() < 0) return SystemError(errno, "cannot open folder", path);
  if (::fsync(folder.number()) != 0) return SystemError(errno, "cannot sync folder", path);
  return Ok();
}

}  // namespace firn::io
