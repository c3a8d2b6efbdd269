// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/privacy/redact_silver.h"

namespace firn::conversations::privacy {
namespace {

Status RedactText(Redactor& redactor, std::optional<std::string>& text) {
  return text ? redactor.Redact(*text) : Ok();
}

}  // namespace

Status RedactRows(Redactor& redactor, SilverRows& rows) {
  for (Message& message : rows.messages) {
    FIRN_TRY(RedactText(redactor, message.content));
    FIRN_TRY(RedactText(redactor, message.reasoning));
    FIRN_TRY(RedactText(redactor, message.raw));
  }
  for (ToolCall& call : rows.tool_calls) {
    FIRN_TRY(RedactText(redactor, call.parameters));
    FIRN_TRY(RedactText(redactor, call.result));
  }
  return Ok();
}

Status RedactFacts(Redactor& redactor, SourceFacts& facts) {
  return RedactText(redactor, facts.title);
}

}  // namespace firn::conversations::privacy
