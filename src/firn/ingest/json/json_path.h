// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"

namespace firn::ingest {

/// The names of members that lead from the outermost object to a value; empty: the whole document.
using JsonPath = std::vector<std::string>;

/// Reads `$.data.items`, `$['data']['the items']` or a JSON pointer, `/data/items` (RFC 6901).
/// Members alone: neither positions in arrays nor wildcards. Errors: `kInvalidArgument`.
Result<JsonPath> ParseJsonPath(std::string_view text);

/// As it is written first above: "$.data['the items']".
std::string ToText(const JsonPath& path);

}  // namespace firn::ingest
