// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace firn::ingest {

/// A column whose value stands in the name of a folder, as Hive writes it: `year=2025/`.
struct PathValue {
  std::string name;
  std::optional<std::string> value;  ///< Unset: null.

  friend bool operator==(const PathValue&, const PathValue&) = default;
};

/// The values in the folders of a file's path, outermost first, a name once: the innermost counts.
/// Percent-encoded bytes are decoded; `__HIVE_DEFAULT_PARTITION__` is null.
std::vector<PathValue> PathValuesOf(std::string_view path);

}  // namespace firn::ingest
