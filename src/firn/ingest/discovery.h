// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/base/time.h"

namespace firn {
class Env;
}

namespace firn::ingest {

/// A regular file that the walk met.
struct FoundFile {
  std::string path;  ///< Absolute, without symbolic links; raw bytes of the file system.
  int64_t size_bytes = 0;
  TimeUs mtime;
  size_t root = 0;  ///< Which of the given paths led to it.
};

/// Something that could not be read; the walk went on.
struct FileProblem {
  std::string path;  ///< As in `FoundFile`, or as given where nothing was found.
  Error error;       ///< Its message names the path, escaped.
};

struct Discovery {
  std::vector<FoundFile> files;  ///< Sorted by path bytes, each file once.
  std::vector<FileProblem> problems;
  std::vector<std::string> folders;  ///< That were read, in no order; paths as in `FoundFile`.
  TimeUs began_at;                   ///< No size or time in here was looked up before.
};

struct DiscoveryLimits {
  size_t files_max = 10'000'000;
  size_t depth_max = 100;
};

/// Finds the regular files under `paths`: files, folders (all below them) and glob patterns
/// ("*", "?", "[..]"), which count as patterns only where no file has that very name.
///
/// Symbolic links are followed; a folder is entered once, whichever way leads to it, so loops end.
/// What is missing, unreadable, too deep or vanishes meanwhile is a problem, not a failure.
/// Sockets, pipes and devices are problems where they are named, and passed over inside folders.
/// Errors: `kResourceExhausted` over `files_max`.
Result<Discovery> Discover(std::span<const std::string> paths, Env& env,
                           const DiscoveryLimits& limits = {});

}  // namespace firn::ingest
