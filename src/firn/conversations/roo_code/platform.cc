// SPDX-License-Identifier: Apache-2.0
//
// Roo Code, and its relatives Cline and Kilo Code: extensions that keep a folder per task,
// tasks/<id>/, in the storage of the editor. Of its files ui_messages.json is the conversation as a
// person saw it, with times, tools and what calls cost; api_conversation_history.json is what the
// model was given; history_item.json and task_metadata.json hold facts. All of them are rewritten
// whole. The folder's name is the task, and which extension's storage it lies in tells which of
// the three it is; where the path does not say, it is the one asked for, or else Roo Code.

#include <array>

#include "firn/conversations/framer.h"
#include "firn/conversations/platforms.h"
#include "firn/conversations/roo_code/normaliser.h"
#include "firn/conversations/usual_places.h"

namespace firn::conversations {
namespace {

struct Extension {
  std::string_view name;
  std::string_view title;
  std::string_view storage;  // Of the extension, below globalStorage.
  std::string_view home{};   // Of the program without an editor, below the home folder.
};

constexpr Extension kRooCode = {"roo_code", "Roo Code", "rooveterinaryinc.roo-cline"};
constexpr Extension kCline = {"cline", "Cline", "saoudrizwan.claude-dev", "/.cline/data"};
constexpr Extension kKiloCode = {"kilo_code", "Kilo Code", "kilocode.kilo-code"};
constexpr std::array kExtensions = {&kRooCode, &kCline, &kKiloCode};

// Null where the path does not say.
const Extension* ExtensionOf(std::string_view path) {
  for (const Extension* extension : kExtensions) {
    const std::string_view home = extension->home;
    const bool at_home = !home.empty() && path.find(home) != path.npos;
    if (at_home || path.find(extension->storage) != path.npos) return extension;
  }
  return nullptr;
}

bool Holds(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

class RooCodePlatform : public RecordPlatform {
 public:
  explicit RooCodePlatform(const Extension& extension) : extension_(extension) {}

  std::string_view name() const override { return extension_.name; }
  std::string_view title() const override { return extension_.title; }

  std::vector<std::string> DefaultRoots(const Variables& variables) const override {
    std::vector<std::string> roots = EditorUserFolders(variables);
    for (std::string& root : roots)
      root.append("/globalStorage/").append(extension_.storage).append("/tasks");
    if (extension_.home.empty()) return roots;
    AddBelow(variables, "HOME", std::string(extension_.home) + "/tasks", roots);
    AddBelow(variables, "USERPROFILE", std::string(extension_.home) + "/tasks", roots);
    if (variables.contains("WSL_DISTRO_NAME")) {
      roots.push_back("/mnt/c/Users/*" + std::string(extension_.home) + "/tasks");
    }
    return roots;
  }

  bool MayHold(std::string_view path) const override {
    return roo_code::DocumentOf(path) != roo_code::Document::kNone;
  }

  bool Recognise(std::string_view path, std::string_view head) const override {
    const std::string_view text = TrimRecord(head);
    const Extension* owner = ExtensionOf(path);
    if (text.empty() || (owner != nullptr && owner != &extension_)) return false;
    const bool array = text.front() == '[' && TrimRecord(text.substr(1)).starts_with('{');
    switch (roo_code::DocumentOf(path)) {
      case roo_code::Document::kNone:
        return false;
      case roo_code::Document::kUi:
        return array && Holds(text, "\"ts\"") && (Holds(text, "\"say\"") || Holds(text, "\"ask\""));
      case roo_code::Document::kApi:
        return array && Holds(text, "\"role\"");
      case roo_code::Document::kHistoryItem:
        return text.front() == '{' && Holds(text, "\"task\"") && Holds(text, "\"ts\"");
      case roo_code::Document::kMetadata:
        return text.front() == '{' && Holds(text, "\"files_in_context\"");
    }
    return false;
  }

  Framing framing(std::string_view) const override { return Framing::kJsonArray; }

 protected:
  std::unique_ptr<RecordNormaliser> NewNormaliser(SourceKey key) const override {
    return roo_code::NewNormaliser(std::move(key));
  }
  std::string NativeIdOf(std::string_view path) const override {
    return std::string(FolderNameOf(path));
  }

 private:
  const Extension& extension_;
};

}  // namespace

const Platform& RooCode() {
  static const RooCodePlatform kPlatform(kRooCode);
  return kPlatform;
}

const Platform& Cline() {
  static const RooCodePlatform kPlatform(kCline);
  return kPlatform;
}

const Platform& KiloCode() {
  static const RooCodePlatform kPlatform(kKiloCode);
  return kPlatform;
}

}  // namespace firn::conversations
