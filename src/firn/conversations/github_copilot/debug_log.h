// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "firn/conversations/record_normaliser.h"

namespace firn::conversations::github_copilot {

/// Makes the normaliser of an exported debug log, *.chatreplay.json: prompts, each with the
/// requests to models and the tool calls that it led to.
std::unique_ptr<RecordNormaliser> NewDebugLogNormaliser(SourceKey key);

}  // namespace firn::conversations::github_copilot
