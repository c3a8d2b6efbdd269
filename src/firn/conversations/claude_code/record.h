// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "firn/conversations/json_record.h"
#include "firn/conversations/model.h"

namespace firn::conversations::claude_code {

/// What a record is to us, by its `type`.
enum class RecordKind : uint8_t {
  kUser,
  kAssistant,
  kSystem,
  kAttachment,
  kTitle,        ///< summary, custom-title, ai-title: facts, no message.
  kBookkeeping,  ///< State of the tool itself; holds no message.
  kOther,        ///< A type no rule knows.
};

RecordKind KindOf(const JsonObject& record);

/// The plain text of a message's `content` (text, or a list of blocks): text blocks with a blank
/// line between, "[image]" for an image. Tool calls, their results and thinking are left out.
std::string TextOf(const JsonElement& content);

/// Tokens of `message.usage`. Writes that no duration is given for count as 5-minute ones.
TokenUsage UsageOf(const JsonObject& message);

/// Whether the record is a notice of the tool itself in the shape of an answer.
bool IsSynthetic(const JsonObject& record, const JsonObject& message);

/// Whether text a user record holds was written by the tool around a command, not by a person.
bool IsCommandText(std::string_view text);

}  // namespace firn::conversations::claude_code
