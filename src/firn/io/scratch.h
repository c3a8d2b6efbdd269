// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "firn/base/result.h"

namespace firn::io {

/// A file for bytes that memory does not hold for now. It has no name, so that it goes with this
/// object, or with the process however that ends. Nothing in it is synced. Not
/// thread-safe, but for reading what nobody adds to any more.
class ScratchFile {
 public:
  virtual ~ScratchFile() = default;

  /// Errors: `kResourceExhausted` for a full disk, `kIo`. Afterwards nothing more is written.
  virtual Status Append(std::string_view bytes) = 0;
  /// Fills `out` from `offset` on. Errors: `kIo`, also where the file ends before that.
  virtual Status ReadInto(int64_t offset, std::span<char> out) const = 0;
  virtual int64_t size_bytes() const = 0;
};

/// Makes scratch files. Thread-safe.
class ScratchSpace {
 public:
  virtual ~ScratchSpace() = default;
  virtual Result<std::unique_ptr<ScratchFile>> Create() = 0;
};

/// Scratch files in a folder of the machine.
class LocalScratchSpace : public ScratchSpace {
 public:
  /// `folder` exists; empty: the system's for temporary files.
  explicit LocalScratchSpace(std::string folder = "");
  Result<std::unique_ptr<ScratchFile>> Create() override;

 private:
  std::string folder_;
};

}  // namespace firn::io
