// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "firn/cli/invocation.h"
#include "firn/cli/verb.h"

namespace firn::cli {

/// Parses `words` (without the program's name) and runs the verb they name.
/// Returns the exit code; every failure has been printed to standard error.
int RunCommandLine(const std::vector<Verb>& verbs, std::vector<std::string> words,
                   Invocation& invocation);

}  // namespace firn::cli
