// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/openai_api/exchange.h"

#include <algorithm>
#include <charconv>

#include "firn/conversations/record_normaliser.h"

namespace firn::conversations::openai_api {
namespace {

bool IsRequest(const JsonObject& object) {
  return FindArray(object, "messages") || FindElement(object, "input");
}

bool IsResponse(const JsonObject& object) {
  return FindArray(object, "choices") || FindArray(object, "output") ||
         FindObject(object, "error") || FindText(object, "object");
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  return lower;
}

std::optional<int32_t> ToMillis(std::optional<double> millis) {
  if (!millis || !(*millis >= 0) || *millis > INT32_MAX) return std::nullopt;
  return static_cast<int32_t>(*millis);
}

// What one member of a wrapping says of when and how long.
void ReadTimes(const JsonObject& record, Exchange& exchange) {
  for (const char* key : {"timestamp", "time", "TimeGenerated", "created_at"}) {
    if (!exchange.time) exchange.time = FindTime(record, key);
  }
  for (const char* key : {"latency_ms", "duration_ms", "durationMs", "backendTime"}) {
    if (!exchange.latency_ms) exchange.latency_ms = ToMillis(FindNumber(record, key));
  }
}

}  // namespace

std::optional<JsonObject> ExchangeReader::Parse(std::string_view text, JsonRecordReader& reader,
                                                std::string& padded) {
  padded.assign(text);
  padded.append(kPadding, '\0');
  std::optional<JsonObject> found;
  bool whole = true;
  reader.ForEach(
      std::string_view(padded).substr(0, text.size()),
      [&](const JsonObject& object, std::string_view) { found = object; },
      [&](std::string_view) { whole = false; });
  return whole ? found : std::nullopt;
}

std::optional<JsonObject> ExchangeReader::BodyIn(const JsonObject& object, std::string_view key,
                                                 Exchange& into, JsonRecordReader& reader,
                                                 std::string& padded) {
  if (auto body = FindObject(object, key)) return body;
  const std::string_view text = FindString(object, key).value_or("");
  if (text.empty()) return std::nullopt;
  if (text.starts_with("data:") || text.starts_with("event:")) {
    into.stream = text;
    return std::nullopt;
  }
  std::optional<JsonObject> body = Parse(text, reader, padded);
  if (!body) into.truncated = text;
  return body;
}

void ExchangeReader::ReadHeaders(const JsonObject& headers, Exchange& exchange) {
  for (const auto& [name, element] : headers) {
    const std::string lower = LowerCase(name);
    if (lower != "cmp-upstream-response-duration" && lower != "openai-processing-ms") continue;
    std::string_view text;
    int32_t millis = 0;
    if (element.get(text) != simdjson::SUCCESS) continue;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), millis);
    if (error == std::errc() && millis >= 0) exchange.latency_ms = millis;
  }
}

Exchange ExchangeReader::ReadBodies(const JsonObject& record, std::string_view request,
                                    std::string_view response) {
  Exchange exchange;
  exchange.request = BodyIn(record, request, exchange, request_reader_, request_text_);
  exchange.response = BodyIn(record, response, exchange, response_reader_, response_text_);
  return exchange;
}

std::optional<Exchange> ExchangeReader::Read(const JsonObject& record) {
  Exchange exchange;
  const std::optional<JsonObject> request = FindObject(record, "request");
  const std::optional<JsonObject> response = FindObject(record, "response");
  ReadTimes(record, exchange);
  if (!request && !response) {
    if (IsResponse(record)) exchange.response = record;
    if (!exchange.response && IsRequest(record)) exchange.request = record;
    const std::optional<JsonObject> body = FindObject(record, "body");  // Of a batch to be sent.
    if (!exchange.response && !exchange.request && body && IsRequest(*body))
      exchange.request = body;
    if (!exchange.response && !exchange.request) return std::nullopt;
    return exchange;
  }
  if (request) {
    exchange.uri = FindString(*request, "uri").value_or("");
    if (exchange.uri.empty()) exchange.uri = FindString(*request, "url").value_or("");
    exchange.request = BodyIn(*request, "body", exchange, request_reader_, request_text_);
    if (!exchange.request && IsRequest(*request)) exchange.request = request;
  }
  if (response) {
    exchange.status = FindInt(*response, "status");
    if (!exchange.status) exchange.status = FindInt(*response, "status_code");
    exchange.response = BodyIn(*response, "body", exchange, response_reader_, response_text_);
    if (!exchange.response && IsResponse(*response)) exchange.response = response;
    if (const auto headers = FindObject(*response, "headers")) ReadHeaders(*headers, exchange);
  }
  const bool empty = !exchange.request && !exchange.response && exchange.stream.empty();
  return empty ? std::nullopt : std::optional(exchange);
}

TokenUsage UsageOf(const JsonObject& usage) {
  const auto find = [&](const char* chat, const char* responses) {
    const auto count = FindTokenCount(usage, chat);
    return count ? count : FindTokenCount(usage, responses);
  };
  constexpr std::string_view kPromptDetails = "prompt_tokens_details";  // Runs leave out an "s".
  const auto within = [&](std::string_view chat, const char* responses, const char* key) {
    std::optional<JsonObject> details = FindObject(usage, chat);
    if (!details) details = FindObject(usage, responses);
    if (!details && chat == kPromptDetails) details = FindObject(usage, "prompt_token_details");
    return details ? FindTokenCount(*details, key) : std::nullopt;
  };
  TokenUsage tokens = SplitPrompt(find("prompt_tokens", "input_tokens"),
                                  within(kPromptDetails, "input_tokens_details", "cached_tokens"),
                                  std::nullopt, find("completion_tokens", "output_tokens"));
  tokens.reasoning =
      within("completion_tokens_details", "output_tokens_details", "reasoning_tokens");
  return tokens;
}

std::string TextOf(const JsonObject& message) {
  std::string text(FindString(message, "content").value_or(""));
  if (const std::optional<JsonArray> parts = FindArray(message, "content")) {
    for (const JsonElement& element : *parts) {
      JsonObject part;
      std::string_view plain;
      if (element.get(plain) == simdjson::SUCCESS) AppendBlock(text, plain);
      if (element.get(part) != simdjson::SUCCESS) continue;
      const std::string_view type = FindString(part, "type").value_or("");
      if (type.find("image") != type.npos) AppendBlock(text, "[image]");
      if (type.find("audio") != type.npos) AppendBlock(text, "[audio]");
      if (type.find("file") != type.npos) AppendBlock(text, "[file]");
      if (const auto inner = FindObject(part, "text")) {
        AppendBlock(text, FindString(*inner, "value").value_or(""));
      }
      AppendBlock(text, FindString(part, "text").value_or(""));
      AppendBlock(text, FindString(part, "refusal").value_or(""));
    }
  }
  if (text.empty()) text = FindString(message, "refusal").value_or("");
  return text;
}

std::optional<TimeUs> FindSeconds(const JsonObject& object, std::string_view key) {
  const std::optional<double> seconds = FindNumber(object, key);
  return seconds && *seconds > 0 ? ToTime(*seconds) : std::nullopt;
}

}  // namespace firn::conversations::openai_api
