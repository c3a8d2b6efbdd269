// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "firn/io/file_io.h"

namespace firn::io {

/// How an operation fails.
enum class FaultKind : uint8_t {
  kFail,        ///< This one fails with `kIo`, those after it work.
  kShortWrite,  ///< As `kFail`, but a write first stores half of its bytes.
  kDiskFull,    ///< From here on every operation that needs space fails with `kResourceExhausted`.
  kCrash,       ///< From here on everything fails and nothing is cleaned up, as after a kill.
};

/// Which operation fails, counted from 1 over open, create, read, write, sync, publish, folder
/// sync, exists, list and delete. 0 is never.
struct FaultPlan {
  int64_t fail_at = 0;
  FaultKind kind = FaultKind::kFail;
  std::function<void()> at_fault = {};  ///< Called as the fault happens; may end the process.
  std::string operation = {};  ///< Counts only these ("read", "sync folder", ...); empty: all.
  bool changes_only = false;   ///< Counts only what changes the disk: no open, read, exists, list.
};

/// Passes everything on to another FileIO until the planned operation. Thread-safe.
/// What a planned crash left half done stays until this object goes.
class FaultyFileIO : public FileIO {
 public:
  /// `inner` outlives this object.
  FaultyFileIO(FileIO& inner, FaultPlan plan);

  Result<std::unique_ptr<InputFile>> Open(std::string_view location) override;
  Result<std::unique_ptr<OutputFile>> Create(std::string_view location) override;
  Result<bool> Exists(std::string_view location) override;
  Status Delete(std::string_view location) override;
  Result<std::vector<FileInfo>> List(std::string_view prefix) override;
  Status SyncFolder(std::string_view folder) override;

  /// How many operations there have been, of those that the plan counts.
  int64_t operations() const;
  /// Whether the planned operation came.
  bool fault_reached() const;

 private:
  class Faults;

  FileIO& inner_;
  std::shared_ptr<Faults> faults_;
};

}  // namespace firn::io
