// SPDX-License-Identifier: Apache-2.0
//
// Conversations for tests.
#pragma once

#include <string>

#include "firn/training/example.h"

namespace firn::training {

inline SourceMessage Said(std::string kind, std::string content) {
  return {kind == "response" ? "assistant"
          : kind == "system" ? "system"
                             : "user",
          kind,
          std::move(content),
          kind == "response" ? "ice-1" : "",
          {}};
}

/// A person asks, a tool is called and answers, the assistant answers.
inline Conversation TalkOf(const std::string& id, const std::string& question) {
  Conversation talk;
  talk.conversation_id = id;
  talk.platform = "chatgpt";
  talk.title = "About " + question;
  talk.start = TimeUs{1'762'335'000'000'000};
  talk.messages = {Said("prompt", question), Said("response", ""), Said("response", "So it is.")};
  talk.messages[1].calls = {{"look", R"({"file":"a.txt","lines":3})", R"("ice")"}};
  return talk;
}

}  // namespace firn::training
