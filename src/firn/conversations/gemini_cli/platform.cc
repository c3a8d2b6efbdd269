// SPDX-License-Identifier: Apache-2.0
//
// Gemini CLI: ~/.gemini/tmp/<project hash>/chats/session-*.json, one document a session, rewritten
// whole; later .jsonl, whose first line is the session, and the others messages or what changed in
// the session. The hash tells nothing of the project.

#include "firn/conversations/framer.h"
#include "firn/conversations/gemini_cli/normaliser.h"
#include "firn/conversations/platforms.h"
#include "firn/conversations/usual_places.h"

namespace firn::conversations {
namespace {

bool Holds(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

class GeminiCliPlatform : public RecordPlatform {
 public:
  std::string_view name() const override { return "gemini_cli"; }
  std::string_view title() const override { return "Gemini CLI"; }

  std::vector<std::string> DefaultRoots(const Variables& variables) const override {
    std::vector<std::string> roots;
    AddBelow(variables, "GEMINI_CLI_HOME", "/.gemini/tmp", roots);
    AddBelow(variables, "HOME", "/.gemini/tmp", roots);
    AddBelow(variables, "USERPROFILE", "/.gemini/tmp", roots);
    if (variables.contains("WSL_DISTRO_NAME")) roots.push_back("/mnt/c/Users/*/.gemini/tmp");
    return roots;
  }

  bool MayHold(std::string_view path) const override {
    return path.ends_with(".json") || path.ends_with(".jsonl");
  }

  bool Recognise(std::string_view path, std::string_view head) const override {
    if (!MayHold(path) || !TrimRecord(head).starts_with('{')) return false;
    const bool named = Holds(head, "\"sessionId\"") && Holds(head, "\"projectHash\"");
    return named && (path.ends_with(".jsonl") || Holds(head, "\"messages\""));
  }

  Framing framing(std::string_view path) const override {
    return path.ends_with(".jsonl") ? Framing::kJsonLines : Framing::kJsonArray;
  }

 protected:
  std::unique_ptr<RecordNormaliser> NewNormaliser(SourceKey key) const override {
    const Framing cut = framing(key.source_file);
    return gemini_cli::NewNormaliser(std::move(key), cut);
  }
  std::string NativeIdOf(std::string_view) const override { return ""; }
};

}  // namespace

const Platform& GeminiCli() {
  static const GeminiCliPlatform kPlatform;
  return kPlatform;
}

}  // namespace firn::conversations
