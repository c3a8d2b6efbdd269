// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/privacy/redact_silver.h"

namespace firn::conversations::privacy {
namespace {

// Redacts the texts of columns of which nothing else is said.
class Cleaner {
 public:
  Cleaner(Redactor& redactor, const ColumnPolicy& columns)
      : redactor_(redactor), columns_(columns) {}

  Status Clean(std::string_view column, std::optional<std::string>& text) {
    return text && !columns_.contains(column) ? redactor_.Redact(*text) : Ok();
  }

 private:
  Redactor& redactor_;
  const ColumnPolicy& columns_;
};

}  // namespace

Status RedactRows(Redactor& redactor, const ColumnPolicy& columns, SilverRows& rows) {
  Cleaner cleaner(redactor, columns);
  for (Message& message : rows.messages) {
    FIRN_TRY(cleaner.Clean("silver.messages.content", message.content));
    FIRN_TRY(cleaner.Clean("silver.messages.reasoning", message.reasoning));
    FIRN_TRY(cleaner.Clean("silver.messages.raw", message.raw));
  }
  for (ToolCall& call : rows.tool_calls) {
    FIRN_TRY(cleaner.Clean("silver.tool_calls.parameters", call.parameters));
    FIRN_TRY(cleaner.Clean("silver.tool_calls.result", call.result));
  }
  return Ok();
}

Status RedactFacts(Redactor& redactor, const ColumnPolicy& columns, SourceFacts& facts) {
  Cleaner cleaner(redactor, columns);
  for (NewKey& key : facts.new_keys) {
    for (std::string* text : {&key.version, &key.type, &key.key})
      FIRN_TRY(redactor.Redact(*text));
  }
  FIRN_TRY(cleaner.Clean("silver.conversation_sources.title", facts.title));
  return cleaner.Clean("silver.conversation_sources.git_repo", facts.git_repo);
}

}  // namespace firn::conversations::privacy
