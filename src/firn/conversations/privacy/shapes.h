// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "firn/conversations/privacy/rules.h"

namespace firn::conversations::privacy {

/// Bytes of a text.
struct Extent {
  size_t begin = 0;
  size_t end = 0;
};

/// What of `text` a rule finds, given where its head is; unset where what follows has not the
/// rule's shape.
std::optional<Extent> ExtentOf(const Rule& rule, std::string_view text, Extent head);

}  // namespace firn::conversations::privacy
