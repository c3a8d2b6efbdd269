// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "firn/conversations/json_record.h"
#include "firn/conversations/model.h"

namespace firn::conversations::openai_api {

/// A request to the API and its response, in whichever wrapping a record has them: bodies may be
/// objects, JSON as text, or a stream of events; either may be absent.
struct Exchange {
  std::optional<JsonObject> request;
  std::optional<JsonObject> response;
  std::string_view stream;  ///< A response that came as a stream of events.
  std::string_view uri;
  std::optional<int64_t> status;
  std::optional<TimeUs> time;         ///< That the wrapping says.
  std::optional<int32_t> latency_ms;  ///< That the wrapping or the headers say.
  std::string_view truncated;         ///< A body that is no whole JSON.
};

/// Finds the exchange in records. What it returns is valid until it is asked again.
class ExchangeReader {
 public:
  /// Nothing where a record is neither an exchange nor one half of one.
  std::optional<Exchange> Read(const JsonObject& record);
  /// Reads bodies that stand beside each other under these names.
  Exchange ReadBodies(const JsonObject& record, std::string_view request,
                      std::string_view response);

 private:
  static std::optional<JsonObject> Parse(std::string_view text, JsonRecordReader& reader,
                                         std::string& padded);
  std::optional<JsonObject> BodyIn(const JsonObject& object, std::string_view key, Exchange& into,
                                   JsonRecordReader& reader, std::string& padded);
  static void ReadHeaders(const JsonObject& headers, Exchange& exchange);

  JsonRecordReader request_reader_, response_reader_;
  std::string request_text_, response_text_;
};

/// Usage as the API tells it, of Chat Completions or of Responses.
TokenUsage UsageOf(const JsonObject& usage);

/// The plain text of a message's content: text, or a list of parts.
std::string TextOf(const JsonObject& message);

/// Seconds since the epoch.
std::optional<TimeUs> FindSeconds(const JsonObject& object, std::string_view key);

}  // namespace firn::conversations::openai_api
