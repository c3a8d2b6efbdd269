// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace firn::datafile {

/// Whether there is a primitive type of this name, told without parameters: "decimal", "fixed".
bool IsTypeName(std::string_view name);

/// Whether `name` fits `pattern`, in which each `*` stands for any characters.
bool FitsPattern(std::string_view name, std::string_view pattern);

}  // namespace firn::datafile
