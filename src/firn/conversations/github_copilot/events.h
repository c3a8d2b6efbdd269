// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "firn/conversations/github_copilot/chat_document.h"

namespace firn::conversations::github_copilot {

/// Whether a record is an event of the command line or of the extension's agent.
bool IsEvent(const JsonObject& record);

/// Makes the normaliser of a file of lines: events, or operations on a chat session.
std::unique_ptr<RecordNormaliser> NewLinesNormaliser(SourceKey key);

}  // namespace firn::conversations::github_copilot
