// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/base/time.h"
#include "firn/lakehouse/rows.h"

namespace firn::sql {
class Engine;
}

namespace firn::lakehouse {

/// Runs a query of our own and reads all its rows; for results known to be small.
Result<std::vector<Row>> QueryRows(sql::Engine& engine, std::string_view sql);

/// Renders `text` as an SQL literal.
std::string Quoted(std::string_view text);

/// What a cell holds, as the type the query gave it.
int64_t IntOf(const Cell& cell);  ///< 0 where it is null.
std::optional<int64_t> OptionalIntOf(const Cell& cell);
std::optional<bool> OptionalBoolOf(const Cell& cell);
std::optional<TimeUs> OptionalTimeOf(const Cell& cell);
std::vector<std::string> TextsOf(const Cell& cell);  ///< Of a JSON array of texts; sorted.

}  // namespace firn::lakehouse
