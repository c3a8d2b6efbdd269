// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>

namespace firn::conversations {

/// Names the programming language most of `files` are in, by their endings; of equally many the
/// one that comes first in the alphabet. Nothing where no ending is known.
std::optional<std::string> LanguageOf(std::span<const std::string> files);

}  // namespace firn::conversations
