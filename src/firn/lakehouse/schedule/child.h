// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/base/time.h"

namespace firn::lakehouse {

/// How a child process runs.
struct ChildOptions {
  std::map<std::string, std::string> environment;
  std::string input;          ///< Its standard input.
  bool keep_output = false;   ///< Gather what it prints, instead of printing it.
  bool low_priority = false;  ///< Of the processor and, on Linux, of the disk.
  Millis timeout{};           ///< 0 = none. Then it is told to end, and ended 10 s later.
};

struct ChildResult {
  int exit_code = 0;   ///< 128 + signal where one ended it; 124 after the timeout.
  std::string output;  ///< Standard output and error, the first megabyte.
};

/// Runs a program (found through PATH of its environment) to its end. Errors: `kNotFound`, `kIo`.
Result<ChildResult> RunChild(const std::vector<std::string>& words, const ChildOptions& options);

/// The program that is running: its file, or "firn" where the system does not say.
std::string OwnProgram();

}  // namespace firn::lakehouse
