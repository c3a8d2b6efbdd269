// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "firn/base/result.h"

namespace firn::search {

/// Turns what a person types into a query of FTS5 (sqlite.org/fts5.html, section 3).
///
/// Words must all occur; `"a phrase"` in this order; `begin*` stands for what begins so; `a OR b`
/// for either; `-word` must not occur. Anything else in a word is a letter like any other. Errors:
/// `kInvalidArgument` where no word is left that must occur.
Result<std::string> ParseMatchQuery(std::string_view words);

}  // namespace firn::search
