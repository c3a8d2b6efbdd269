// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/platforms.h"

#include <array>

namespace firn::conversations {

std::span<const Platform* const> Platforms() {
  static const std::array kPlatforms = {
      &ClaudeCode(),    &ChatGpt(),  &RooCode(),     &Cline(),     &KiloCode(),
      &GitHubCopilot(), &Continue(), &AzureOpenAi(), &OpenAiApi(), &Codex(),
      &GeminiCli(),     &ClaudeAi(), &Otel()};
  return kPlatforms;
}

const Platform* FindPlatform(std::string_view name) {
  for (const Platform* platform : Platforms()) {
    if (platform->name() == name) return platform;
  }
  return nullptr;
}

const Platform* RecognisePlatform(std::string_view path, std::string_view head) {
  for (const Platform* platform : Platforms()) {
    if (platform->Recognise(path, head)) return platform;
  }
  return nullptr;
}

}  // namespace firn::conversations
