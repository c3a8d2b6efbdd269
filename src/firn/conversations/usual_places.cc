// SPDX-License-Identifier: Apache-2.0

#include "firn/conversations/usual_places.h"

#include <algorithm>
#include <array>

namespace firn::conversations {
namespace {

constexpr std::array<std::string_view, 5> kEditors = {"Code", "Code - Insiders", "VSCodium",
                                                      "Cursor", "Windsurf"};
constexpr std::array<std::string_view, 5> kServers = {".vscode-server", ".vscode-server-insiders",
                                                      ".vscodium-server", ".cursor-server",
                                                      ".windsurf-server"};

}  // namespace

void AddBelow(const Variables& variables, std::string_view variable, std::string_view below,
              std::vector<std::string>& places) {
  const auto found = variables.find(variable);
  if (found == variables.end() || found->second.empty()) return;
  std::string place = found->second;
  place.append(below);
  if (std::ranges::find(places, place) == places.end()) places.push_back(std::move(place));
}

std::vector<std::string> EditorUserFolders(const Variables& variables) {
  std::vector<std::string> folders;
  const bool windows_beside = variables.contains("WSL_DISTRO_NAME");
  for (const std::string_view editor : kEditors) {
    const std::string user = "/" + std::string(editor) + "/User";
    AddBelow(variables, "XDG_CONFIG_HOME", user, folders);
    AddBelow(variables, "HOME", "/.config" + user, folders);
    AddBelow(variables, "HOME", "/Library/Application Support" + user, folders);
    AddBelow(variables, "APPDATA", user, folders);
    if (windows_beside) folders.push_back("/mnt/c/Users/*/AppData/Roaming" + user);
  }
  for (const std::string_view server : kServers)
    AddBelow(variables, "HOME", "/" + std::string(server) + "/data/User", folders);
  return folders;
}

}  // namespace firn::conversations
