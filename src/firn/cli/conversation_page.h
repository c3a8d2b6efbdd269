// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/lakehouse/reports.h"

namespace firn::cli {

/// Tells whether a message has nothing to show of its own: results of tools stand with their calls.
bool IsShownElsewhere(const lakehouse::ShownMessage& message);

/// What a tool gave back, for people: a text as it is, else its JSON, indented.
std::string ResultForPeople(const std::string& json);

/// The first `bytes_max` bytes of UTF-8 `text`, and none of a character that does not fit whole.
std::string_view WholeCharacters(std::string_view text, size_t bytes_max);

/// Parameters of a call on one line, at most `bytes_max` long.
std::string CallOnOneLine(const lakehouse::ShownToolCall& call, size_t bytes_max);

/// What is known of the conversation as a whole, by name, in order; never an empty text.
std::vector<lakehouse::NamedValue> FactsOf(const lakehouse::ShownConversation& shown);

/// A conversation as one Markdown document (CommonMark). Messages stand in quotes and calls of
/// tools in folded code blocks, so that nothing in them can end or change what is around them.
std::string ConversationMarkdown(const lakehouse::ShownConversation& shown);

/// A conversation as one self-contained HTML page, its messages anchored as #m<sequence>.
/// `opened` is the index of a message that is pointed out.
std::string ConversationHtml(const lakehouse::ShownConversation& shown,
                             std::optional<size_t> opened);

}  // namespace firn::cli
