// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "firn/base/result.h"
#include "firn/conversations/normaliser.h"

namespace firn::conversations::chatgpt {

/// See `Platform::MakeNormaliser`. Errors: `kUnsupported` for a state of another version.
Result<std::unique_ptr<Normaliser>> MakeNormaliser(const SourceKey& key, std::string_view state);

}  // namespace firn::conversations::chatgpt
