// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace firn {

/// Reads base64 (RFC 4648 section 4; padding may be missing). Unset for anything else.
std::optional<std::string> DecodeBase64(std::string_view text);
/// Writes it, with padding.
std::string EncodeBase64(std::string_view bytes);

}  // namespace firn
