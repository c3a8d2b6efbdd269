// SPDX-License-Identifier: Apache-2.0
//
// A file grows by whole requests, each synced before it is acknowledged. One that could not be
// written is cut off again; where that fails, too, the file is left to end in the middle of a line,
// and the next one begins.

#include "firn/lakehouse/collect/otel_inbox.h"

#include <cerrno>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "firn/base/env.h"
#include "firn/base/uuid.h"
#include "firn/conversations/otel/lines.h"
#include "firn/io/local_file.h"

namespace firn::lakehouse {
namespace {

constexpr int64_t kFileBytesMax = int64_t{64} << 20;

namespace otel = conversations::otel;

otel::Signal SignalOf(std::string_view name) {
  return name == "logs"     ? otel::Signal::kLogs
         : name == "traces" ? otel::Signal::kSpans
                            : otel::Signal::kMetrics;
}

Status WriteAll(int descriptor, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return io::SystemError(errno, "cannot write", path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  if (fsync(descriptor) != 0) return io::SystemError(errno, "cannot sync", path);
  return Ok();
}

}  // namespace

std::string OtelInboxPath(const std::string& lake_path) {
  return lake_path + "/inbox";
}

Result<OtelInbox> OtelInbox::Open(const std::string& lake_path, Env& env) {
  OtelInbox inbox(OtelInboxPath(lake_path), env);
  std::error_code error;
  std::filesystem::create_directory(inbox.folder_, error);
  if (error) return io::SystemError(error.value(), "cannot make the folder", inbox.folder_);
  std::filesystem::permissions(inbox.folder_, std::filesystem::perms::owner_all, error);
  FIRN_TRY(io::SyncLocalFolder(lake_path));
  return inbox;
}

OtelInbox::~OtelInbox() {
  if (descriptor_ >= 0) close(descriptor_);
}

OtelInbox::OtelInbox(OtelInbox&& other) noexcept
    : folder_(std::move(other.folder_)),
      env_(other.env_),
      path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_bytes_(other.size_bytes_) {}

Result<OtelInbox::Taken> OtelInbox::Take(std::string_view signal, bool is_protobuf,
                                         std::string_view request) {
  otel::RecordLines lines;
  FIRN_TRY(is_protobuf ? otel::AddProtobufLines(SignalOf(signal), request, lines)
                       : otel::AddJsonLines(request, lines));
  if (!lines.text.empty()) {
    const Status kept = Append(lines.text);
    if (!kept.ok()) return Unavailable("telemetry could not be kept", kept.error().message);
  }
  return Taken{lines.records, lines.rejected};
}

Status OtelInbox::BeginFile() {
  if (descriptor_ >= 0) close(std::exchange(descriptor_, -1));
  path_ = folder_ + "/otel-" + MakeUlid(env_) + ".jsonl";
  size_bytes_ = 0;
  descriptor_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
  if (descriptor_ < 0) return io::SystemError(errno, "cannot make", path_);
  return io::SyncLocalFolder(folder_);
}

Status OtelInbox::Append(std::string_view lines) {
  const auto more = static_cast<int64_t>(lines.size());
  const bool full = size_bytes_ > 0 && size_bytes_ + more > kFileBytesMax;
  if (descriptor_ < 0 || full) FIRN_TRY(BeginFile());
  Status written = WriteAll(descriptor_, lines, path_);
  if (written.ok()) {
    size_bytes_ += more;
    return written;
  }
  // What was not acknowledged is sent again: none of it may stay, and the file is done with.
  (void)!ftruncate(descriptor_, size_bytes_);
  close(std::exchange(descriptor_, -1));
  return written;
}

}  // namespace firn::lakehouse
