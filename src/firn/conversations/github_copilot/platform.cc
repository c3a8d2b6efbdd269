// SPDX-License-Identifier: Apache-2.0
//
// GitHub Copilot keeps conversations in several forms. The chat of Visual Studio Code: one document
// a session, chatSessions/<id>.json, later a log of operations on it, chatSessions/<id>.jsonl, and
// what "Export Chat" and "Export Debug Log" make of it. Events of its agents: transcripts of the
// extension and the sessions of the command line, <id>.jsonl or <id>/events.jsonl.

#include "firn/conversations/framer.h"
#include "firn/conversations/github_copilot/chat_document.h"
#include "firn/conversations/github_copilot/debug_log.h"
#include "firn/conversations/github_copilot/events.h"
#include "firn/conversations/platforms.h"
#include "firn/conversations/usual_places.h"

namespace firn::conversations {
namespace {

bool Holds(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

bool IsDebugLog(std::string_view path) {
  return path.ends_with(".chatreplay.json");
}

// The log's lines are objects whose first member is its kind, a digit.
bool IsOperationLog(std::string_view text) {
  constexpr std::string_view kKind = "{\"kind\":";
  if (!text.starts_with(kKind) || text.size() < kKind.size() + 2) return false;
  const char kind = text[kKind.size()];
  return kind >= '0' && kind <= '3' && text[kKind.size() + 1] == ',' &&
         (Holds(text, "\"v\":") || Holds(text, "\"k\":["));
}

bool IsChatSession(std::string_view text) {
  if (!Holds(text, "\"requests\"")) return false;
  return Holds(text, "\"sessionId\"") || Holds(text, "\"responderUsername\"") ||
         Holds(text, "\"creationDate\"");
}

class GitHubCopilotPlatform : public RecordPlatform {
 public:
  std::string_view name() const override { return "github_copilot"; }
  std::string_view title() const override { return "GitHub Copilot"; }

  std::vector<std::string> DefaultRoots(const Variables& variables) const override {
    std::vector<std::string> roots;
    for (const std::string& user : EditorUserFolders(variables)) {
      roots.push_back(user + "/workspaceStorage/*/chatSessions");
      roots.push_back(user + "/workspaceStorage/*/GitHub.copilot-chat/transcripts");
      roots.push_back(user + "/globalStorage/emptyWindowChatSessions");
    }
    AddBelow(variables, "HOME", "/.copilot/session-state", roots);
    AddBelow(variables, "USERPROFILE", "/.copilot/session-state", roots);
    if (variables.contains("WSL_DISTRO_NAME")) {
      roots.push_back("/mnt/c/Users/*/.copilot/session-state");
    }
    return roots;
  }

  bool MayHold(std::string_view path) const override {
    return path.ends_with(".json") || path.ends_with(".jsonl");
  }

  bool Recognise(std::string_view path, std::string_view head) const override {
    const std::string_view text = TrimRecord(head);
    if (!text.starts_with('{')) return false;
    if (path.ends_with(".jsonl")) {
      return IsOperationLog(text) || AnyLine(head, github_copilot::IsEvent);
    }
    if (IsDebugLog(path)) return Holds(text, "\"prompts\"") && Holds(text, "\"logs\"");
    return path.ends_with(".json") && (IsChatSession(text) || IsOperationLog(text));
  }

  Framing framing(std::string_view path) const override {
    return path.ends_with(".jsonl") ? Framing::kJsonLines : Framing::kJsonArray;
  }

 protected:
  std::unique_ptr<RecordNormaliser> NewNormaliser(SourceKey key) const override {
    const std::string path = key.source_file;
    if (IsDebugLog(path)) return github_copilot::NewDebugLogNormaliser(std::move(key));
    if (path.ends_with(".json"))
      return std::make_unique<github_copilot::DocumentNormaliser>(std::move(key));
    return github_copilot::NewLinesNormaliser(std::move(key));
  }

  std::string NativeIdOf(std::string_view path) const override {
    const std::string_view folder = FolderNameOf(path);
    if (FileNameOf(path) == "events.jsonl") return std::string(folder);
    const bool named = folder == "chatSessions" || folder == "emptyWindowChatSessions" ||
                       folder == "transcripts" || Uuid::IsUuid(StemOf(path));
    return named ? std::string(StemOf(path)) : "";
  }
};

}  // namespace

const Platform& GitHubCopilot() {
  static const GitHubCopilotPlatform kPlatform;
  return kPlatform;
}

}  // namespace firn::conversations
