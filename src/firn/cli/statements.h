// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace firn::cli {

/// Splits a script at ';' outside of quotes, comments and dollar quotes; empty ones are left out.
std::vector<std::string> SplitStatements(std::string_view script);

/// Tells whether `text` ends inside a statement that a ';' has not yet closed.
bool IsUnfinished(std::string_view text);

}  // namespace firn::cli
