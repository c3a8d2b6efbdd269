// SPDX-License-Identifier: Apache-2.0

#include <csignal>
#include <map>
#include <string>
#include <vector>

#include "firn/base/heap.h"
#include "firn/cli/command_line.h"

extern char** environ;  // NOLINT: POSIX declares it nowhere.

namespace {

std::map<std::string, std::string> Environment() {
  std::map<std::string, std::string> variables;
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string entry = *at;
    const size_t equals = entry.find('=');
    if (equals != std::string::npos) variables[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  return variables;
}

}  // namespace

int main(int argc, char** argv) {
  firn::KeepFewHeaps();
  std::signal(SIGPIPE, SIG_DFL);  // `firn sql ... | head` ends quietly.
  std::signal(SIGXFSZ, SIG_IGN);  // A file over the limit is an error like a full disk.
  firn::cli::Invocation invocation(Environment(), stdout, stderr);
  return firn::cli::RunCommandLine(firn::cli::AllVerbs(),
                                   std::vector<std::string>(argv + 1, argv + argc), invocation);
}
