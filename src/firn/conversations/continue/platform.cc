// SPDX-License-Identifier: Apache-2.0
//
// Continue: ~/.continue/sessions/<id>.json is one session, rewritten whole; sessions.json beside
// them is the list, which alone says when each began. Messages bear no times: those come from
// dev_data/0.2.0/chatInteraction.jsonl, whose records name the session, as times of the session.

#include "firn/conversations/continue/normaliser.h"
#include "firn/conversations/framer.h"
#include "firn/conversations/platforms.h"
#include "firn/conversations/usual_places.h"

namespace firn::conversations {
namespace {

bool Holds(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

class ContinuePlatform : public RecordPlatform {
 public:
  std::string_view name() const override { return "continue"; }
  std::string_view title() const override { return "Continue"; }

  std::vector<std::string> DefaultRoots(const Variables& variables) const override {
    std::vector<std::string> roots;
    for (const char* below : {"/sessions", "/dev_data"}) {
      AddBelow(variables, "CONTINUE_GLOBAL_DIR", below, roots);
      AddBelow(variables, "HOME", std::string("/.continue") + below, roots);
      AddBelow(variables, "USERPROFILE", std::string("/.continue") + below, roots);
      if (variables.contains("WSL_DISTRO_NAME")) {
        roots.push_back(std::string("/mnt/c/Users/*/.continue") + below);
      }
    }
    return roots;
  }

  bool MayHold(std::string_view path) const override {
    return path.ends_with(".json") || FileNameOf(path) == "chatInteraction.jsonl";
  }

  bool Recognise(std::string_view path, std::string_view head) const override {
    if (!MayHold(path)) return false;
    const std::string_view text = TrimRecord(head);
    if (path.ends_with(".jsonl")) {
      return Holds(text, "\"eventName\"") && Holds(text, "\"chatInteraction\"");
    }
    if (!Holds(text, "\"sessionId\"")) return false;
    if (text.starts_with('[')) return Holds(text, "\"dateCreated\"");
    return text.starts_with('{') && Holds(text, "\"history\"") && Holds(text, "\"title\"");
  }

  Framing framing(std::string_view path) const override {
    return path.ends_with(".jsonl") ? Framing::kJsonLines : Framing::kJsonArray;
  }

 protected:
  std::unique_ptr<RecordNormaliser> NewNormaliser(SourceKey key) const override {
    const Framing cut = framing(key.source_file);
    return continue_dev::NewNormaliser(std::move(key), cut);
  }
  std::string NativeIdOf(std::string_view) const override { return ""; }
};

}  // namespace

const Platform& Continue() {
  static const ContinuePlatform kPlatform;
  return kPlatform;
}

}  // namespace firn::conversations
