// SPDX-License-Identifier: Apache-2.0
//
// What the API asks for: each call of a tool is answered by a message of role "tool" right behind
// the message that made it, ids are at most 40 bytes, names of functions at most 64 of a small
// alphabet, arguments the text of an object, and an assistant speaks last.

#include "firn/training/example.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

#include "firn/conversations/privacy/redactor.h"
#include "firn/training/tokens.h"

namespace firn::training {
namespace {

constexpr size_t kNameBytesMax = 64;

enum class Part { kNone, kSystem, kUser, kAssistant };

// What stays of a message. Summaries repeat what is there already; notices and records are the
// tool's own. What Claude Code calls a system message was never said to a model.
Part PartOf(const SourceMessage& message, const Conversation& conversation, bool begun) {
  constexpr std::array<std::string_view, 3> kAsked = {"prompt", "task", "command"};
  if (message.kind == "response" && message.role == "assistant") return Part::kAssistant;
  if (std::ranges::find(kAsked, message.kind) != kAsked.end()) return Part::kUser;
  const bool instructs = message.kind == "system" && conversation.platform != "claude_code";
  return instructs && !begun ? Part::kSystem : Part::kNone;
}

std::string FunctionName(std::string_view name) {
  std::string out;
  for (const char c : name.substr(0, kNameBytesMax)) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_';
    out += plain ? c : '_';
  }
  return out.empty() ? "tool" : out;
}

std::string ArgumentsText(const std::string& parameters) {
  if (parameters.empty()) return "{}";
  auto json = Json::Parse(parameters);
  if (json && json->as_object() != nullptr) return parameters;
  Json wrapped{Json::Object()};
  wrapped.Set("input", json ? *std::move(json) : Json(parameters));
  return wrapped.Dump();
}

// A text as it is; of blocks ({"type": "text", "text": ..}) the texts, and "[image]" for others;
// else the JSON.
std::string AnswerText(const std::string& result) {
  const auto json = Json::Parse(result);
  if (!json) return result;
  if (json->as_string() != nullptr) return *json->as_string();
  if (json->as_array() == nullptr) return result;
  std::string text;
  for (const Json& block : *json->as_array()) {
    const auto type = block.GetString("type");
    if (!type) return result;
    const auto words = block.GetString("text");
    text += (text.empty() ? "" : "\n") + (words ? *words : "[" + *type + "]");
  }
  return text;
}

// Builds messages one after the other.
class Chat {
 public:
  void Say(std::string_view role, const std::string& content) {
    if (!content.empty()) messages_.push_back({std::string(role), content, {}, {}});
  }

  void Answer(const SourceMessage& source) {
    ChatMessage& message = Assistant(source);
    std::vector<ChatMessage> answers;
    for (const SourceCall& call : source.calls) {
      message.calls.push_back({"call_" + std::to_string(++calls_), FunctionName(call.name),
                               ArgumentsText(call.parameters)});
      if (!call.result) continue;
      answers.push_back({"tool", AnswerText(*call.result), {}, message.calls.back().id});
    }
    std::ranges::move(answers, std::back_inserter(messages_));
  }

  std::vector<ChatMessage> Finish() {
    EndWithAssistant();
    DropUnanswered();
    std::erase_if(messages_, [](const ChatMessage& message) {
      return message.role == "assistant" && message.content.empty() && message.calls.empty();
    });
    return std::move(messages_);
  }

 private:
  // What an assistant says in several records before it calls a tool is one message.
  ChatMessage& Assistant(const SourceMessage& source) {
    const bool goes_on = !messages_.empty() && messages_.back().role == "assistant" &&
                         messages_.back().calls.empty();
    if (!goes_on) {
      messages_.push_back({"assistant", source.content, {}, {}});
    } else if (!source.content.empty()) {
      std::string& content = messages_.back().content;
      content += (content.empty() ? "" : "\n\n") + source.content;
    }
    return messages_.back();
  }

  void EndWithAssistant() {
    while (!messages_.empty()) {
      const ChatMessage& last = messages_.back();
      if (last.role == "assistant" && (!last.content.empty() || !last.calls.empty())) return;
      messages_.pop_back();
    }
  }

  void DropUnanswered() {
    for (size_t at = 0; at + 1 < messages_.size(); ++at) {
      std::erase_if(messages_[at].calls, [&](const ToolCall& call) {
        return std::none_of(messages_.cbegin() + static_cast<std::ptrdiff_t>(at) + 1, EndOf(at),
                            [&](const ChatMessage& answer) { return answer.answers == call.id; });
      });
    }
  }

  // Behind the answers to the message at `at`.
  std::vector<ChatMessage>::const_iterator EndOf(size_t at) const {
    return std::find_if(messages_.begin() + static_cast<std::ptrdiff_t>(at) + 1, messages_.end(),
                        [](const ChatMessage& message) { return message.role != "tool"; });
  }

  std::vector<ChatMessage> messages_;
  int64_t calls_ = 0;
};

bool Teaches(const std::vector<ChatMessage>& messages) {
  const auto has = [&](std::string_view role) {
    return std::ranges::any_of(messages, [&](const auto& message) { return message.role == role; });
  };
  return has("user") && has("assistant");
}

int64_t TokensOf(const std::vector<ChatMessage>& messages) {
  int64_t tokens = 0;
  for (const ChatMessage& message : messages) {
    tokens += CountTokens(message.content);
    for (const ToolCall& call : message.calls)
      tokens += CountTokens(call.name) + CountTokens(call.arguments);
  }
  return tokens;
}

std::string_view JsonTypeOf(const Json& value) {
  if (value.as_string() != nullptr) return "string";
  if (value.as_bool() != nullptr) return "boolean";
  if (value.as_array() != nullptr) return "array";
  if (value.as_object() != nullptr) return "object";
  if (value.is_null()) return "";
  return value.ToInt64() ? "integer" : "number";
}

}  // namespace

std::optional<Example> MakeExample(const Conversation& conversation) {
  Example example;
  Chat chat;
  bool begun = false;
  for (const SourceMessage& message : conversation.messages) {
    const Part part = PartOf(message, conversation, begun);
    begun = begun || part == Part::kUser || part == Part::kAssistant;
    if (part == Part::kSystem) chat.Say("system", message.content);
    if (part == Part::kUser) chat.Say("user", message.content);
    if (part != Part::kAssistant) continue;
    chat.Answer(message);
    if (!message.model.empty()) example.model = message.model;
  }
  example.messages = chat.Finish();
  if (!Teaches(example.messages)) return std::nullopt;
  example.conversation_id = conversation.conversation_id;
  example.group_id = conversation.parent_conversation_id.empty()
                         ? conversation.conversation_id
                         : conversation.parent_conversation_id;
  example.platform = conversation.platform;
  example.title = conversation.title;
  example.language = conversation.language;
  example.start = conversation.start;
  example.tokens = TokensOf(example.messages);
  return example;
}

Status Redact(conversations::privacy::Redactor& redactor, Example& example) {
  const auto replaced = [&] {
    int64_t sum = 0;
    for (const auto& [rule, count] : redactor.counts())
      sum += count;
    return sum;
  };
  const int64_t before = replaced();
  FIRN_TRY(redactor.Redact(example.title));
  for (ChatMessage& message : example.messages) {
    FIRN_TRY(redactor.Redact(message.content));
    for (ToolCall& call : message.calls)
      FIRN_TRY(redactor.Redact(call.arguments));
  }
  if (replaced() != before) example.tokens = TokensOf(example.messages);
  return Ok();
}

Json MessagesOf(const Example& example) {
  Json::Array messages;
  for (const ChatMessage& message : example.messages) {
    Json entry{Json::Object()};
    entry.Set("role", message.role);
    if (!message.content.empty() || message.calls.empty()) entry.Set("content", message.content);
    if (!message.answers.empty()) entry.Set("tool_call_id", message.answers);
    Json::Array calls;
    for (const ToolCall& call : message.calls) {
      Json function{Json::Object()};
      function.Set("name", call.name);
      function.Set("arguments", call.arguments);
      calls.push_back(
          Json::Object{{"id", call.id}, {"type", "function"}, {"function", std::move(function)}});
    }
    if (!calls.empty()) entry.Set("tool_calls", std::move(calls));
    messages.push_back(std::move(entry));
  }
  return messages;
}

Json::Array ToolsOf(const Example& example) {
  // By function and parameter; a type that is not always the same is none.
  std::map<std::string, std::map<std::string, std::string>> functions;
  for (const ChatMessage& message : example.messages) {
    for (const ToolCall& call : message.calls) {
      auto& parameters = functions[call.name];
      const auto arguments = Json::Parse(call.arguments);
      if (!arguments || arguments->as_object() == nullptr) continue;
      for (const auto& [name, value] : *arguments->as_object()) {
        const auto [known, is_new] = parameters.emplace(name, JsonTypeOf(value));
        if (!is_new && known->second != JsonTypeOf(value)) known->second.clear();
      }
    }
  }
  Json::Array tools;
  for (const auto& [name, parameters] : functions) {
    Json properties{Json::Object()};
    for (const auto& [parameter, type] : parameters) {
      properties.Set(parameter,
                     type.empty() ? Json(Json::Object()) : Json(Json::Object{{"type", type}}));
    }
    Json schema = Json::Object{{"type", "object"}, {"properties", std::move(properties)}};
    Json function = Json::Object{{"name", name}, {"parameters", std::move(schema)}};
    tools.push_back(Json::Object{{"type", "function"}, {"function", std::move(function)}});
  }
  return tools;
}

}  // namespace firn::training
