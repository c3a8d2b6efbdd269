// SPDX-License-Identifier: Apache-2.0
//
// Traffic with the OpenAI API, or with what speaks like it, in JSON Lines: recorded exchanges
// (request and response, bodies as objects, text or streams of events), responses alone, batches,
// and files for fine-tuning ({"messages": [...]}). A .json document holds one or an array of them.

#include "firn/conversations/framer.h"
#include "firn/conversations/openai_api/normaliser.h"
#include "firn/conversations/platforms.h"

namespace firn::conversations {
namespace {

using namespace std::string_view_literals;

bool IsBody(const JsonObject& object) {
  const std::string_view kind = FindString(object, "object").value_or("");
  const bool answered = FindArray(object, "choices") || FindArray(object, "output");
  if (answered)
    return kind.starts_with("chat.completion") || kind == "response" || kind == "text_completion";
  const std::optional<JsonArray> messages = FindArray(object, "messages");
  JsonObject first;
  return messages && messages->at(0).get(first) == simdjson::SUCCESS && FindText(first, "role") &&
         FindElement(first, "content");
}

bool IsExchange(const JsonObject& record) {
  const std::optional<JsonObject> request = FindObject(record, "request");
  const std::optional<JsonObject> response = FindObject(record, "response");
  if (!request && !response) {
    const std::optional<JsonObject> body = FindObject(record, "body");
    return IsBody(record) || (body && FindText(record, "custom_id") && IsBody(*body));
  }
  for (const char* key : {"uri", "url"}) {
    const std::string_view uri = request ? FindString(*request, key).value_or("") : "";
    if (uri.find("/chat/completions") != uri.npos || uri.find("api.openai.com/") != uri.npos)
      return true;
  }
  const std::optional<JsonObject> body = response ? FindObject(*response, "body") : std::nullopt;
  return (request && IsBody(*request)) || (response && IsBody(*response)) ||
         (body && IsBody(*body));
}

// A first line longer than the head cannot be parsed.
bool LooksLikeExchange(std::string_view head) {
  const auto has = [&](std::string_view text) { return head.find(text) != head.npos; };
  return head.find('\n') == head.npos && has("\"request\"") &&
         (has("api.openai.com/") || has("/chat/completions"));
}

class OpenAiApiPlatform : public RecordPlatform {
 public:
  std::string_view name() const override { return "openai_api"; }
  std::string_view title() const override { return "OpenAI API"; }

  // Logs lie where a person put them.
  std::vector<std::string> DefaultRoots(const Variables&) const override { return {}; }

  bool MayHold(std::string_view path) const override {
    return path.ends_with(".jsonl") || path.ends_with(".ndjson") || path.ends_with(".json");
  }

  bool Recognise(std::string_view path, std::string_view head) const override {
    if (!MayHold(path)) return false;
    if (framing(path) == Framing::kJsonLines) {
      return AnyLine(head, IsExchange) || LooksLikeExchange(head);
    }
    std::string_view text = TrimRecord(head);
    if (text.starts_with('[')) text = TrimRecord(text.substr(1));
    if (!text.starts_with('{')) return false;
    std::string line(text.substr(0, EndOfValue(text).value_or(text.size())));
    for (char& c : line) {
      if (c == '\n' || c == '\r') c = ' ';
    }
    return AnyLine(line, IsExchange);
  }

  Framing framing(std::string_view path) const override {
    return path.ends_with(".json") ? Framing::kJsonArray : Framing::kJsonLines;
  }

 protected:
  std::unique_ptr<RecordNormaliser> NewNormaliser(SourceKey key) const override {
    const Framing cut = framing(key.source_file);
    return std::make_unique<openai_api::ExchangeNormaliser>(std::move(key), cut);
  }
  std::string NativeIdOf(std::string_view) const override { return ""; }
};

}  // namespace

const Platform& OpenAiApi() {
  static const OpenAiApiPlatform kPlatform;
  return kPlatform;
}

}  // namespace firn::conversations
