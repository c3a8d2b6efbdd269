// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "firn/conversations/normaliser.h"

namespace firn::conversations::claude_code {

/// Makes the normaliser of one Claude Code conversation; see `Platform::MakeNormaliser`.
Result<std::unique_ptr<Normaliser>> MakeNormaliser(const SourceKey& key, std::string_view state);

}  // namespace firn::conversations::claude_code
