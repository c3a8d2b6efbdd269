// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/spool.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace firn::ingest {
namespace {

constexpr size_t kMemoryBytesMax = size_t{8} << 20;

Error ErrnoError(std::string_view what, std::string_view folder) {
  const std::string reason = std::strerror(errno);
  if (errno == ENOSPC || errno == EDQUOT) return ResourceExhausted(what, folder, reason);
  return Io(what, folder, reason);
}

}  // namespace

Spool::~Spool() {
  if (file_ >= 0) close(file_);
}

Status Spool::Append(std::string_view bytes) {
  size_ += static_cast<int64_t>(bytes.size());
  if (size_ > bytes_max_) return ResourceExhausted("the text is longer than may be", bytes_max_);
  memory_.append(bytes);
  return memory_.size() > kMemoryBytesMax ? Spill() : Ok();
}

Status Spool::Finish() {
  return file_ >= 0 ? Spill() : Ok();
}

Status Spool::Spill() {
  if (file_ < 0) {
    std::string name = folder_ + "/.spool-XXXXXX";
    file_ = mkostemp(name.data(), O_CLOEXEC);
    if (file_ < 0) return ErrnoError("cannot make a file in", folder_);
    unlink(name.c_str());
  }
  for (std::string_view rest = memory_; !rest.empty();) {
    const ssize_t written = write(file_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return ErrnoError("cannot write a file in", folder_);
    rest.remove_prefix(static_cast<size_t>(written));
  }
  memory_.clear();
  return Ok();
}

Result<int64_t> Spool::ReadInto(int64_t offset, std::span<char> out) const {
  const int64_t from = std::min(offset, size_);
  const int64_t length = std::min(static_cast<int64_t>(out.size()), size_ - from);
  if (file_ < 0) {
    std::memcpy(out.data(), memory_.data() + from, static_cast<size_t>(length));
    return length;
  }
  for (int64_t got = 0; got < length;) {
    const ssize_t read =
        pread(file_, out.data() + got, static_cast<size_t>(length - got), from + got);
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return ErrnoError("cannot read a file in", folder_);
    if (read == 0) return Io("a file became shorter in", folder_);
    got += read;
  }
  return length;
}

}  // namespace firn::ingest
