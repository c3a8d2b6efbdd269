// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "firn/cli/verb.h"

namespace firn::cli {

/// Renders docs/reference/command-line.md: every verb with what it takes.
std::string CommandLineReference(const std::vector<Verb>& verbs);

/// Renders docs/reference/configuration.md: every key of `firn.toml`.
std::string ConfigurationReference();

}  // namespace firn::cli
