// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/claude_code/record.h"

#include <algorithm>
#include <array>

namespace firn::conversations::claude_code {
namespace {

using namespace std::string_view_literals;

constexpr std::array kTitleTypes = {"summary"sv, "custom-title"sv, "ai-title"sv};

constexpr std::array kBookkeepingTypes = {"progress"sv,
                                          "file-history-snapshot"sv,
                                          "queue-operation"sv,
                                          "permission-mode"sv,
                                          "mode"sv,
                                          "agent-name"sv,
                                          "last-prompt"sv,
                                          "frame-link"sv,
                                          "pr-link"sv,
                                          "started"sv,
                                          "result"sv,
                                          "relocated"sv,
                                          "atis-latch"sv,
                                          "worktree-state"sv,
                                          "bridge-session"sv,
                                          "agent-setting"sv,
                                          "agent-color"sv,
                                          "file-history-delta"sv,
                                          "session-start"sv};

constexpr std::array kCommandMarks = {
    "<command-name>"sv,         "<command-message>"sv,      "<local-command-stdout>"sv,
    "<local-command-stderr>"sv, "<local-command-caveat>"sv, "<bash-input>"sv,
    "<bash-stdout>"sv,          "<task-notification>"sv,    "Caveat: The messages below"sv};

template <typename List>
bool Holds(const List& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

void AppendBlock(std::string& text, std::string_view block) {
  if (block.empty()) return;
  if (!text.empty()) text.append("\n\n");
  text.append(block);
}

}  // namespace

RecordKind KindOf(const JsonObject& record) {
  const std::string_view type = FindString(record, "type").value_or("");
  if (type == "assistant" || type == "user") {
    if (!FindObject(record, "message")) return RecordKind::kOther;
    return type == "user" ? RecordKind::kUser : RecordKind::kAssistant;
  }
  if (type == "system") return RecordKind::kSystem;
  if (type == "attachment") return RecordKind::kAttachment;
  if (Holds(kTitleTypes, type)) return RecordKind::kTitle;
  return Holds(kBookkeepingTypes, type) ? RecordKind::kBookkeeping : RecordKind::kOther;
}

std::string TextOf(const JsonElement& content) {
  std::string_view whole;
  if (content.get(whole) == simdjson::SUCCESS) return std::string(whole);
  std::string text;
  JsonArray blocks;
  if (content.get(blocks) != simdjson::SUCCESS) return text;
  for (const JsonElement& element : blocks) {
    JsonObject block;
    std::string_view plain;
    if (element.get(plain) == simdjson::SUCCESS) AppendBlock(text, plain);
    if (element.get(block) != simdjson::SUCCESS) continue;
    const std::string_view type = FindString(block, "type").value_or("");
    if (type == "text") AppendBlock(text, FindString(block, "text").value_or(""));
    if (type == "image") AppendBlock(text, "[image]");
    if (type == "document") AppendBlock(text, "[document]");
  }
  return text;
}

TokenUsage UsageOf(const JsonObject& message) {
  TokenUsage usage;
  const std::optional<JsonObject> reported = FindObject(message, "usage");
  if (!reported) return usage;
  usage.input = FindTokenCount(*reported, "input_tokens");
  usage.cache_read = FindTokenCount(*reported, "cache_read_input_tokens");
  usage.output = FindTokenCount(*reported, "output_tokens");
  if (const auto details = FindObject(*reported, "output_tokens_details")) {
    usage.reasoning = FindTokenCount(*details, "thinking_tokens");
  }
  const std::optional<int64_t> written = FindTokenCount(*reported, "cache_creation_input_tokens");
  if (const auto creation = FindObject(*reported, "cache_creation")) {
    usage.cache_write_1h = FindTokenCount(*creation, "ephemeral_1h_input_tokens");
    usage.cache_write_5m = FindTokenCount(*creation, "ephemeral_5m_input_tokens");
  }
  if (written) {
    const int64_t hour = usage.cache_write_1h.value_or(0);
    const int64_t apart = hour + usage.cache_write_5m.value_or(0);
    if (apart != *written) usage.cache_write_5m = std::max<int64_t>(*written - hour, 0);
    if (!usage.cache_write_1h) usage.cache_write_1h = 0;
    if (!usage.cache_write_5m) usage.cache_write_5m = 0;
  }
  return usage;
}

bool IsSynthetic(const JsonObject& record, const JsonObject& message) {
  return FindString(message, "model") == "<synthetic>"sv ||
         FindBool(record, "isApiErrorMessage").value_or(false);
}

bool IsCommandText(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return false;
  text.remove_prefix(begin);
  return std::any_of(kCommandMarks.begin(), kCommandMarks.end(),
                     [&](std::string_view mark) { return text.starts_with(mark); });
}

}  // namespace firn::conversations::claude_code
