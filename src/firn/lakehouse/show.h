// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "firn/base/result.h"
#include "firn/lakehouse/reports.h"

namespace firn::sql {
class Engine;
}

namespace firn::lakehouse {

/// Finds one conversation and reads its messages and tool calls in order.
/// Errors: `kNotFound`; `kInvalidArgument` where the beginning of an id fits several, naming them.
Result<ShownConversation> ShowConversation(sql::Engine& engine, std::string_view conversation);

}  // namespace firn::lakehouse
