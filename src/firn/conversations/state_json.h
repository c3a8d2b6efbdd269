// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

/// Puts members into an object; what is absent is left out.
class JsonMembersOut {
 public:
  void operator()(std::string_view key, const std::string& value) { json_.Set(key, value); }
  void operator()(std::string_view key, bool value) { json_.Set(key, value); }
  void operator()(std::string_view key, int32_t value) { json_.Set(key, int64_t{value}); }
  void operator()(std::string_view key, int64_t value) { json_.Set(key, value); }
  void operator()(std::string_view key, TimeUs value) { json_.Set(key, value.value); }
  void operator()(std::string_view key, const std::vector<std::string>& values) {
    json_.Set(key, Json::Array(values.begin(), values.end()));
  }
  void operator()(std::string_view key, const std::vector<NewKey>& keys);
  template <typename Value>
  void operator()(std::string_view key, const std::optional<Value>& value) {
    if (value) (*this)(key, *value);
  }
  void operator()(std::string_view key, Json value) { json_.Set(key, std::move(value)); }

  Json Take() { return std::move(json_); }

 private:
  Json json_;
};

/// Takes members out of an object. Each call says whether the member is there and of that type;
/// otherwise it changes nothing.
class JsonMembersIn {
 public:
  explicit JsonMembersIn(const Json& json) : json_(json) {}

  bool operator()(std::string_view key, std::string& value);
  bool operator()(std::string_view key, bool& value);
  bool operator()(std::string_view key, int32_t& value);
  bool operator()(std::string_view key, int64_t& value);
  bool operator()(std::string_view key, TimeUs& value);
  bool operator()(std::string_view key, std::vector<std::string>& values);
  bool operator()(std::string_view key, std::vector<NewKey>& keys);
  template <typename Value>
  bool operator()(std::string_view key, std::optional<Value>& value) {
    Value read{};
    const bool found = (*this)(key, read);
    if (found) value = std::move(read);
    return found;
  }

 private:
  const Json& json_;
};

}  // namespace firn::conversations
