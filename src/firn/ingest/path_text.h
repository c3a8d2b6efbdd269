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

/// Renders bytes of a source as text from which they can be told: as they are where they are
/// well-formed UTF-8, else with every ill-formed byte as "\xff" and every backslash as "\\".
std::string RawText(std::string_view bytes);

/// Restores the bytes of a file name. Errors: `kCorrupt` for a '%' without two hexadecimal digits.
Result<std::string> PathFromColumn(std::string_view text);

}  // namespace firn::ingest
