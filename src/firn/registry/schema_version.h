// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "firn/base/result.h"

namespace firn::registry {

/// How much a change of a schema asks of those who read or write its rows.
enum class ChangeLevel {
  kNone,
  kPatch,  ///< Words for people alone.
  kMinor,  ///< More is allowed than before: old rows and old writers stay right.
  kMajor,  ///< Anything else: what was right is wrong now.
};

/// "none", "patch", "minor", "major".
std::string_view LevelWord(ChangeLevel level);

/// A version of a schema (semver.org), "1.2.0".
struct SchemaVersion {
  int32_t major_number = 1, minor_number = 0, patch_number = 0;

  friend auto operator<=>(const SchemaVersion&, const SchemaVersion&) = default;
  std::string ToString() const;
  /// The version after this one, for a change of `level`.
  SchemaVersion After(ChangeLevel level) const;
  /// What a step from `before` to this one promises to be at most; `kNone` where it is no step on.
  ChangeLevel StepFrom(const SchemaVersion& before) const;
};

/// Reads "1.2.0". Errors: `kInvalidArgument`.
Result<SchemaVersion> ParseSchemaVersion(std::string_view text);

}  // namespace firn::registry
