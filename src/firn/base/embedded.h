// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace firn {

/// A file of the source tree that the build put into the binary (CMake: `firn_embed`).
struct EmbeddedFile {
  std::string_view path;   ///< Relative to the folder it was embedded from.
  std::string_view bytes;  ///< Static storage.
};

}  // namespace firn
