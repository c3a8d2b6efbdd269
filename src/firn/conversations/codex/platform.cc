// SPDX-License-Identifier: Apache-2.0
//
// Codex: ~/.codex/sessions/YYYY/MM/DD/rollout-<time>-<uuid>.jsonl, one file a session, and
// archived_sessions/ beside it. The file's name tells the session; a fork's file holds its parent's
// records, too.

#include "firn/conversations/codex/normaliser.h"
#include "firn/conversations/platforms.h"
#include "firn/conversations/usual_places.h"

namespace firn::conversations {
namespace {

class CodexPlatform : public RecordPlatform {
 public:
  std::string_view name() const override { return "codex"; }
  std::string_view title() const override { return "Codex"; }

  std::vector<std::string> DefaultRoots(const Variables& variables) const override {
    std::vector<std::string> roots;
    for (const char* below : {"/sessions", "/archived_sessions"}) {
      AddBelow(variables, "CODEX_HOME", below, roots);
      AddBelow(variables, "HOME", std::string("/.codex") + below, roots);
      AddBelow(variables, "USERPROFILE", std::string("/.codex") + below, roots);
      if (variables.contains("WSL_DISTRO_NAME")) {
        roots.push_back(std::string("/mnt/c/Users/*/.codex") + below);
      }
    }
    return roots;
  }

  bool MayHold(std::string_view path) const override { return path.ends_with(".jsonl"); }

  bool Recognise(std::string_view path, std::string_view head) const override {
    return MayHold(path) && AnyLine(head, codex::IsRecord);
  }

  Framing framing(std::string_view) const override { return Framing::kJsonLines; }

 protected:
  std::unique_ptr<RecordNormaliser> NewNormaliser(SourceKey key) const override {
    return codex::NewNormaliser(std::move(key));
  }

  std::string NativeIdOf(std::string_view path) const override {
    constexpr size_t kUuidLength = 36;
    const std::string_view stem = StemOf(path);
    if (!stem.starts_with("rollout-") || stem.size() < kUuidLength) return "";
    const std::string_view id = stem.substr(stem.size() - kUuidLength);
    return Uuid::IsUuid(id) ? std::string(id) : "";
  }
};

}  // namespace

const Platform& Codex() {
  static const CodexPlatform kPlatform;
  return kPlatform;
}

}  // namespace firn::conversations
