// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "firn/conversations/model.h"

namespace firn::conversations::openai_api {

/// A response put together from the events it came in.
struct Streamed {
  struct Call {
    std::string id;
    std::string name;
    std::string arguments;
  };
  struct Choice {
    std::string text;
    std::map<int64_t, Call> calls;
  };

  std::string id;
  std::string model;
  std::optional<TimeUs> created;
  TokenUsage usage;  ///< Only where the request asked for it.
  std::map<int64_t, Choice> choices;
  std::string error;
};

/// Reads server-sent events of Chat Completions ("data: {...}"), and of Responses, of which the
/// last holds all. What cannot be read is passed over.
Streamed ReadStream(std::string_view events);

}  // namespace firn::conversations::openai_api
