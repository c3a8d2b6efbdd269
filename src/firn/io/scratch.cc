// SPDX-License-Identifier: Apache-2.0

#include "firn/io/scratch.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "firn/io/local_file.h"

namespace firn::io {
namespace {

class LocalScratchFile : public ScratchFile {
 public:
  LocalScratchFile(int descriptor, std::string folder)
      : descriptor_(descriptor), folder_(std::move(folder)) {}
  ~LocalScratchFile() override { ::close(descriptor_); }
  LocalScratchFile(const LocalScratchFile&) = delete;
  LocalScratchFile& operator=(const LocalScratchFile&) = delete;

  Status Append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), size_);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return SystemError(errno, "cannot write a temporary file in", folder_);
      size_ += written;
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return Ok();
  }

  Status ReadInto(int64_t offset, std::span<char> out) const override {
    while (!out.empty()) {
      const ssize_t read = ::pread(descriptor_, out.data(), out.size(), offset);
      if (read < 0 && errno == EINTR) continue;
      if (read < 0) return SystemError(errno, "cannot read a temporary file in", folder_);
      if (read == 0) return Io("a temporary file ends early, in", folder_);
      offset += read;
      out = out.subspan(static_cast<size_t>(read));
    }
    return Ok();
  }

  int64_t size_bytes() const override { return size_; }

 private:
  int descriptor_;
  std::string folder_;
  int64_t size_ = 0;
};

// A file that takes its name off again at once, for file systems that make none without.
int OpenAndUnlink(const std::string& folder) {
  std::string name = folder + "/.firn-scratch-XXXXXX";
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor >= 0) ::unlink(name.c_str());
  return descriptor;
}

}  // namespace

LocalScratchSpace::LocalScratchSpace(std::string folder) : folder_(std::move(folder)) {
  if (!folder_.empty()) return;
  std::error_code failed;
  folder_ = std::filesystem::temp_directory_path(failed).string();
  if (failed) folder_ = "/tmp";
}

Result<std::unique_ptr<ScratchFile>> LocalScratchSpace::Create() {
  int descriptor = ::open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  const bool unknown = errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL;
  if (descriptor < 0 && unknown) descriptor = OpenAndUnlink(folder_);
  if (descriptor < 0) return SystemError(errno, "cannot make a temporary file in", folder_);
  return std::make_unique<LocalScratchFile>(descriptor, folder_);
}

}  // namespace firn::io
