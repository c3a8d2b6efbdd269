// SPDX-License-Identifier: Apache-2.0
//
// Text and arguments of tool calls come in pieces, the latter by index. Azure sends a first event
// that has no choice, no id and no time, and a last one with usage has no choice either.

#include "firn/conversations/openai_api/event_stream.h"

#include "firn/conversations/json_record.h"
#include "firn/conversations/openai_api/exchange.h"
#include "firn/conversations/record_normaliser.h"

namespace firn::conversations::openai_api {
namespace {

void AddCalls(const JsonArray& pieces, Streamed::Choice& choice) {
  for (const JsonElement& element : pieces) {
    JsonObject piece;
    if (element.get(piece) != simdjson::SUCCESS) continue;
    Streamed::Call& call = choice.calls[FindInt(piece, "index").value_or(0)];
    if (const auto id = FindText(piece, "id")) call.id = *id;
    const std::optional<JsonObject> function = FindObject(piece, "function");
    if (!function) continue;
    call.name.append(FindString(*function, "name").value_or(""));
    call.arguments.append(FindString(*function, "arguments").value_or(""));
  }
}

void AddChoices(const JsonArray& choices, Streamed& streamed) {
  for (const JsonElement& element : choices) {
    JsonObject one;
    if (element.get(one) != simdjson::SUCCESS) continue;
    const std::optional<JsonObject> delta = FindObject(one, "delta");
    if (!delta) continue;
    Streamed::Choice& choice = streamed.choices[FindInt(one, "index").value_or(0)];
    choice.text.append(FindString(*delta, "content").value_or(""));
    choice.text.append(FindString(*delta, "refusal").value_or(""));
    if (const auto calls = FindArray(*delta, "tool_calls")) AddCalls(*calls, choice);
  }
}

// Items of a response, all in one choice.
void AddOutput(const JsonArray& output, Streamed& streamed) {
  Streamed::Choice& choice = streamed.choices[0];
  for (const JsonElement& element : output) {
    JsonObject item;
    if (element.get(item) != simdjson::SUCCESS) continue;
    const std::string_view type = FindString(item, "type").value_or("");
    if (type == "message") AppendBlock(choice.text, TextOf(item));
    if (type != "function_call") continue;
    Streamed::Call& call = choice.calls[static_cast<int64_t>(choice.calls.size())];
    call.id = FindString(item, "call_id").value_or("");
    call.name = FindString(item, "name").value_or("");
    call.arguments = FindString(item, "arguments").value_or("");
  }
}

void AddEvent(const JsonObject& event, Streamed& streamed) {
  const std::optional<JsonObject> whole = FindObject(event, "response");
  const JsonObject& body = whole ? *whole : event;
  if (const auto id = FindText(body, "id"); id && streamed.id.empty()) streamed.id = *id;
  if (const auto model = FindText(body, "model")) streamed.model = *model;
  for (const char* key : {"created", "created_at"}) {
    if (!streamed.created) streamed.created = FindSeconds(body, key);
  }
  if (const auto usage = FindObject(body, "usage")) streamed.usage = UsageOf(*usage);
  if (const auto error = FindObject(body, "error")) {
    streamed.error = FindString(*error, "message").value_or("");
  }
  if (const auto choices = FindArray(body, "choices")) AddChoices(*choices, streamed);
  const bool ended = FindString(event, "type").value_or("") == "response.completed";
  if (const auto output = FindArray(body, "output"); output && ended) AddOutput(*output, streamed);
}

}  // namespace

Streamed ReadStream(std::string_view events) {
  constexpr std::string_view kData = "data:";
  Streamed streamed;
  JsonRecordReader reader;
  std::string padded;
  while (!events.empty()) {
    const size_t end = events.find('\n');
    std::string_view line = events.substr(0, end);
    events = end == events.npos ? std::string_view() : events.substr(end + 1);
    if (!line.starts_with(kData)) continue;
    line.remove_prefix(kData.size());
    padded.assign(line);
    padded.append(kPadding, '\0');
    reader.ForEach(
        std::string_view(padded).substr(0, line.size()),
        [&](const JsonObject& event, std::string_view) { AddEvent(event, streamed); },
        [](std::string_view) {});
  }
  return streamed;
}

}  // namespace firn::conversations::openai_api
