// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "firn/base/json.h"
#include "firn/conversations/model.h"

namespace firn::conversations {

/// JSON forms of rows and facts for the states of normalisers: absent members are null.
Json ToJson(const Message& message);
Json ToJson(const ToolCall& call);
Json ToJson(const SourceFacts& facts);
Message MessageFromJson(const Json& json);
ToolCall ToolCallFromJson(const Json& json);
SourceFacts SourceFactsFromJson(const Json& json);

/// Single members.
void Put(Json& json, std::string_view key, const std::optional<std::string>& value);
void Put(Json& json, std::string_view key, const std::optional<int64_t>& value);
void Put(Json& json, std::string_view key, const std::optional<int32_t>& value);
void Put(Json& json, std::string_view key, const std::optional<TimeUs>& value);
std::optional<std::string> GetText(const Json& json, std::string_view key);
std::optional<int64_t> GetNumber(const Json& json, std::string_view key);
std::optional<int32_t> GetSmallNumber(const Json& json, std::string_view key);
std::optional<TimeUs> GetTime(const Json& json, std::string_view key);

}  // namespace firn::conversations
