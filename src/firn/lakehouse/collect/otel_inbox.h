// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "firn/base/result.h"

namespace firn {
class Env;
}

namespace firn::lakehouse {

/// Where telemetry waits that was sent to a lake: files of lines in a folder of it, which
/// `Lakehouse::Ingest` reads like any others. Not thread-safe.
class OtelInbox {
 public:
  /// The largest request that is taken, unpacked.
  static constexpr size_t kRequestBytesMax = size_t{64} << 20;

  /// Opens the inbox of the lake in `lake_path`, which exists, making its folder if need be.
  /// `env` outlives the inbox. Errors: `kIo`.
  static Result<OtelInbox> Open(const std::string& lake_path, Env& env);
  ~OtelInbox();
  OtelInbox(OtelInbox&& other) noexcept;
  OtelInbox& operator=(OtelInbox&&) = delete;

  /// Records of a request that were kept, and those that are none.
  struct Taken {
    int64_t records = 0;
    int64_t rejected = 0;
  };
  /// Keeps an OTLP export request of `signal` ("logs", "traces" or "metrics"), as protobuf or as
  /// JSON. Once this returns, its records outlive the machine's end.
  /// Errors: `kCorrupt` for what is no such request; `kResourceExhausted` for one that is too
  /// long; `kUnavailable` where it could not be written: nothing of it was kept.
  Result<Taken> Take(std::string_view signal, bool is_protobuf, std::string_view request);

 private:
  OtelInbox(std::string folder, Env& env) : folder_(std::move(folder)), env_(env) {}
  Status BeginFile();
  Status Append(std::string_view lines);

  std::string folder_;
  Env& env_;
  std::string path_;
  int descriptor_ = -1;  // Of the file that grows; -1: none.
  int64_t size_bytes_ = 0;
};

/// The folder of the inbox.
std::string OtelInboxPath(const std::string& lake_path);

}  // namespace firn::lakehouse
