// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firn/conversations/platform.h"

namespace firn::conversations {

/// Adds the value of a variable with `below` behind it; nothing where it is absent or empty.
void AddBelow(const Variables& variables, std::string_view variable, std::string_view below,
              std::vector<std::string>& places);

/// The folders of Visual Studio Code and its relatives that hold what a user's extensions keep
/// (".../User"): on Linux, macOS and Windows, of Windows as a Linux subsystem sees it, and of the
/// servers that a remote window leaves behind. `*` stands for one folder of any name.
std::vector<std::string> EditorUserFolders(const Variables& variables);

}  // namespace firn::conversations
