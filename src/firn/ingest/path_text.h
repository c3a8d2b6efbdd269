// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "firn/base/result.h"

namespace firn::ingest {

/// Renders a file name for messages: one line of valid UTF-8, with line ends, other control
/// characters and ill-formed bytes as "\n" or "\xff", and a backslash as "\\".
std::string DisplayPath(std::string_view path);

/// Renders a file name for a text column: control characters, '%' and ill-formed UTF-8 are
/// percent-encoded, everything else stays as it is. Reversed by `PathFromColumn`.
std::string ColumnPath(std::string_view path);

/// Restores the bytes of a file name. Errors: `kCorrupt` for a '%' without two hexadecimal digits.
Result<std::string> PathFromColumn(std::string_view text);

}  // namespace firn::ingest
