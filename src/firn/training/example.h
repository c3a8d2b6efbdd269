// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "firn/base/json.h"
#include "firn/base/result.h"
#include "firn/base/time.h"

namespace firn::conversations::privacy {
class Redactor;
}

namespace firn::training {

/// A call of a tool as silver has it.
struct SourceCall {
  std::string name;
  std::string parameters;             ///< JSON text.
  std::optional<std::string> result;  ///< JSON text; unset: nobody answered.
};

/// A message as silver has it.
struct SourceMessage {
  std::string role;
  std::string kind;  ///< See `conversations::SilverMessages`.
  std::string content;
  std::string model;
  std::vector<SourceCall> calls;
};

/// A conversation as silver has it, its messages in order and on its active path.
struct Conversation {
  std::string conversation_id;
  std::string parent_conversation_id;  ///< Empty for none.
  std::string platform;
  std::string title;
  std::string language;  ///< Of the project's code.
  std::optional<TimeUs> start;
  std::vector<SourceMessage> messages;
};

/// A call of a tool as the OpenAI API has it.
struct ToolCall {
  std::string id;
  std::string name;
  std::string arguments;  ///< Text of a JSON object.
};

/// A message in the roles of the OpenAI API: system, user, assistant or tool.
struct ChatMessage {
  std::string role;
  std::string content;
  std::vector<ToolCall> calls;  ///< Of an assistant.
  std::string answers;          ///< Of a tool: the id of the call.
};

/// A conversation to learn from.
struct Example {
  std::string conversation_id;
  std::string group_id;  ///< Of the conversation it is a part of: what must not be torn apart.
  std::string platform;
  std::string title;
  std::string language;
  std::string model;  ///< The last that answered; empty where none is named.
  std::optional<TimeUs> start;
  std::vector<ChatMessage> messages;
  int64_t tokens = 0;  ///< `CountTokens` of all of it.
};

/// Makes of a conversation what OpenAI's API takes for training: what persons and assistants said
/// and what tools answered, an answer behind its call, an assistant last. Calls nobody answered are
/// left out, except where they end the conversation. Unset where no assistant answered anybody.
std::optional<Example> MakeExample(const Conversation& conversation);

/// Replaces in all texts of an example what the redactor's policy does not keep, and counts again.
Status Redact(conversations::privacy::Redactor& redactor, Example& example);

/// The member "messages" of OpenAI's format for training on chats.
Json MessagesOf(const Example& example);

/// Its member "tools": the functions that were called, with the parameters they were seen to take.
/// Empty where none was called.
Json::Array ToolsOf(const Example& example);

}  // namespace firn::training
