// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "firn/io/file_io.h"
#include "firn/io/scratch.h"

namespace firn::ingest {

/// Bytes that come piece by piece and are then read as a file: some megabytes are kept in memory,
/// more in a file without a name, which goes with this object.
class Spool : public io::InputFile {
 public:
  /// `folder` is a local one, for what is long; more than `bytes_max` is refused.
  Spool(std::string folder, int64_t bytes_max)
      : folder_(std::move(folder)), bytes_max_(bytes_max) {}

  /// Errors: `kResourceExhausted` over `bytes_max` or on a full disk; `kIo`.
  Status Append(std::string_view bytes);
  /// Ends writing; from here on this is a file to read, thread-safe.
  Status Finish();

  int64_t size_bytes() const override { return size_; }
  Result<int64_t> ReadInto(int64_t offset, std::span<char> out) const override;

 private:
  Status Spill();

  std::string folder_;
  int64_t bytes_max_;
  std::string memory_;                     // With a file: what it has not got yet.
  std::unique_ptr<io::ScratchFile> file_;  // Made once there is too much for memory.
  int64_t size_ = 0;
};

}  // namespace firn::ingest
