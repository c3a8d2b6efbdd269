// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include "firn/conversations/platform.h"

namespace firn::conversations {

/// Every platform this build knows, in the order in which files are offered to them.
std::span<const Platform* const> Platforms();

/// Finds a platform by its name; null where there is none.
const Platform* FindPlatform(std::string_view name);

/// Finds the platform a file is of, by its content; null where none claims it.
const Platform* RecognisePlatform(std::string_view path, std::string_view head);

/// One maker per platform; each lives in the folder of that platform.
const Platform& ClaudeCode();
const Platform& ChatGpt();
const Platform& RooCode();
const Platform& Cline();
const Platform& KiloCode();
const Platform& GitHubCopilot();
const Platform& Continue();
const Platform& AzureOpenAi();
const Platform& OpenAiApi();
const Platform& Codex();
const Platform& GeminiCli();
const Platform& ClaudeAi();
const Platform& Otel();

}  // namespace firn::conversations
