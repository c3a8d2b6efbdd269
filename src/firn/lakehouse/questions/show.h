// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "firn/base/result.h"
#include "firn/lakehouse/reports.h"

namespace firn::sql {
class Engine;
}

namespace firn::lakehouse {

/// Finds one conversation by its id, its platform's own, or the beginning of either; without its
/// messages. Errors: as `ShowConversation`.
Result<ShownConversation> FindConversation(sql::Engine& engine, std::string_view conversation);

/// Finds one conversation and reads its messages and tool calls in order.
/// Errors: `kNotFound`; `kInvalidArgument` where the beginning of an id fits several, naming them.
Result<ShownConversation> ShowConversation(sql::Engine& engine, std::string_view conversation);

}  // namespace firn::lakehouse
