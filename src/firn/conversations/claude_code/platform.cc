// SPDX-License-Identifier: Apache-2.0
//
// Claude Code: one JSON Lines file per session under ~/.claude/projects/<folder>/, subagents in
// <session>/subagents/agent-<id>.jsonl, or, in 2025, beside the session. The name of the file
// decides which conversation it is; the session id of the records only where the name says nothing.
// A subagent's records bear the session id of its parent.

#include <algorithm>
#include <filesystem>

#include "firn/base/uuid.h"
#include "firn/conversations/claude_code/normaliser.h"
#include "firn/conversations/claude_code/record.h"
#include "firn/conversations/framer.h"
#include "firn/conversations/platforms.h"
#include "firn/conversations/record_normaliser.h"

namespace firn::conversations {
namespace {

using claude_code::RecordKind;

std::string LowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  return text;
}

// What the path alone says.
struct Place {
  std::string session;  // Empty where the records must say it.
  std::string agent;    // Empty for a session of its own.
};

Place PlaceOf(std::string_view path) {
  const std::filesystem::path file(path);
  const std::string stem = file.stem().string();
  if (Uuid::IsUuid(stem)) return {LowerCase(stem), ""};
  if (!stem.starts_with("agent-") || stem.size() == 6) return {};
  Place place{"", stem.substr(6)};
  for (auto folder = file.parent_path(); folder.has_relative_path();
       folder = folder.parent_path()) {
    if (folder.filename() != "subagents") continue;
    const std::string session = folder.parent_path().filename().string();
    if (Uuid::IsUuid(session)) place.session = LowerCase(session);
    break;
  }
  return place;
}

class ClaudeCodeDescriber : public Describer {
 public:
  explicit ClaudeCodeDescriber(std::string_view path) : place_(PlaceOf(path)) {}

  void Describe(std::string_view bytes, Description& description) override {
    reader_.ForEach(
        bytes, [&](const JsonObject& record, std::string_view) { Record(record, description); },
        [&](std::string_view) { ++description.unreadable; });
    if (!place_.session.empty()) {
      description.native_id = NativeId(place_.session);
    }
  }

 private:
  std::string NativeId(std::string_view session) const {
    std::string id(session);
    if (!place_.agent.empty()) id.append("/").append(place_.agent);
    return id;
  }

  void Record(const JsonObject& record, Description& description) {
    ++description.records;
    if (!description.native_id) {
      if (const auto session = FindText(record, "sessionId")) {
        description.native_id = NativeId(*session);
      }
    }
    const std::optional<TimeUs> time = FindTime(record, "timestamp");
    if (time && !description.first_timestamp) description.first_timestamp = time;
    if (time) description.last_timestamp = time;
    if (!description.project_path) description.project_path = Copy(FindText(record, "cwd"));
    if (!description.environment) description.environment = Copy(FindText(record, "entrypoint"));
    const RecordKind kind = claude_code::KindOf(record);
    if (kind == RecordKind::kUser || kind == RecordKind::kAssistant) {
      AddMessage(record, kind, time, description);
    }
  }

  static void AddMessage(const JsonObject& record, RecordKind kind, std::optional<TimeUs> time,
                         Description& description) {
    const std::optional<JsonObject> message = FindObject(record, "message");
    const std::optional<JsonElement> content = FindElement(*message, "content");
    if (!content) return;
    std::string text = claude_code::TextOf(*content);
    if (text.empty()) return;
    SliceMessage& out = description.messages.emplace_back();
    out.role = kind == RecordKind::kUser ? "user" : "assistant";
    out.content = std::move(text);
    out.timestamp = time;
    if (kind == RecordKind::kUser) return;
    out.model = Copy(FindText(*message, "model"));
    if (const auto tokens = claude_code::UsageOf(*message).output) {
      out.tokens = static_cast<int32_t>(std::clamp<int64_t>(*tokens, 0, INT32_MAX));
    }
  }

  Place place_;
  JsonRecordReader reader_;
};

// Whether a record is one that only Claude Code writes, or could have written.
bool IsClaudeCodeRecord(const JsonObject& record) {
  const std::string_view type = FindString(record, "type").value_or("");
  const bool session = FindString(record, "sessionId").has_value();
  if (const auto message = FindObject(record, "message")) {
    const bool spoken = FindElement(*message, "content") || FindObject(*message, "usage");
    const bool typed = type == "user" || type == "assistant";
    return spoken && (typed || (type.empty() && session));
  }
  if (type == "summary") return FindString(record, "leafUuid").has_value();
  if (type == "file-history-snapshot") return FindObject(record, "snapshot").has_value();
  if (type == "attachment") return FindObject(record, "attachment").has_value();
  if (type == "system") return session && FindBool(record, "isSidechain").has_value();
  return session && claude_code::KindOf(record) != RecordKind::kOther;
}

// A first line longer than the head cannot be parsed: the keys at its beginning must do.
bool LooksLikeClaudeCode(std::string_view head) {
  const auto has = [&](std::string_view text) { return head.find(text) != head.npos; };
  return has("\"type\":\"") && ((has("\"sessionId\":\"") && has("\"parentUuid\":")) ||
                                (has("\"messageId\":\"") && has("\"trackedFileBackups\":")));
}

class ClaudeCodePlatform : public Platform {
 public:
  std::string_view name() const override { return "claude_code"; }
  std::string_view title() const override { return "Claude Code"; }

  std::vector<std::string> DefaultRoots(const Variables& variables) const override {
    std::vector<std::string> roots;
    const auto add = [&](std::string_view variable, std::string_view below) {
      const auto found = variables.find(variable);
      if (found == variables.end() || found->second.empty()) return;
      std::string root = found->second;
      root.append(below);
      if (std::find(roots.begin(), roots.end(), root) == roots.end()) roots.push_back(root);
    };
    add("CLAUDE_CONFIG_DIR", "/projects");
    add("XDG_CONFIG_HOME", "/claude/projects");
    if (!variables.contains("XDG_CONFIG_HOME")) add("HOME", "/.config/claude/projects");
    add("HOME", "/.claude/projects");
    return roots;
  }

  bool MayHold(std::string_view path) const override { return path.ends_with(".jsonl"); }

  bool Recognise(std::string_view path, std::string_view head) const override {
    if (!MayHold(path)) return false;
    return AnyLine(head, IsClaudeCodeRecord) ||
           (head.find('\n') == head.npos && LooksLikeClaudeCode(head));
  }

  Framing framing(std::string_view) const override { return Framing::kJsonLines; }

  std::unique_ptr<Describer> MakeDescriber(std::string_view path) const override {
    return std::make_unique<ClaudeCodeDescriber>(path);
  }

  Result<std::unique_ptr<Normaliser>> MakeNormaliser(const SourceKey& key,
                                                     std::string_view state) const override {
    return claude_code::MakeNormaliser(key, state);
  }
};

}  // namespace

const Platform& ClaudeCode() {
  static const ClaudeCodePlatform kPlatform;
  return kPlatform;
}

}  // namespace firn::conversations
