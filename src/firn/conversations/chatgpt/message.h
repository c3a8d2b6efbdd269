// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "firn/conversations/json_record.h"

namespace firn::conversations::chatgpt {

/// Members of a message; "" for what it lacks.
std::string_view RoleOf(const JsonObject& message);
std::string_view NameOf(const JsonObject& message);
std::string_view ContentTypeOf(const JsonObject& message);
std::optional<std::string> ModelOf(const JsonObject& message);
/// Whether people never saw it.
bool IsHidden(const JsonObject& message);

/// An instant in seconds; 0 and less stand for none.
std::optional<TimeUs> FindSeconds(const JsonObject& object, std::string_view key);

/// What a message says, in plain text.
struct Words {
  std::string text;
  bool is_reasoning = false;
  bool is_known = true;  ///< Whether a rule knows this type of content.
};

Words WordsOf(const JsonObject& message);

}  // namespace firn::conversations::chatgpt
