// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firn/base/result.h"

namespace firn::pipeline {

/// One value of a YAML document, with the line it stands on. Maps keep the order of their entries.
struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  int line = 0;        ///< From 1, in the file the text came from.
  std::string scalar;  ///< Set where `kind` is `kScalar`.
  std::vector<YamlNode> list;
  std::vector<std::pair<std::string, YamlNode>> map;

  /// Finds an entry of a map; null where there is none.
  const YamlNode* Find(std::string_view key) const;
};

/// Reads one YAML document. `first_line` is the line of the file at which `text` begins; messages
/// name `file` and the line. Errors: `kInvalidArgument` for text that is no YAML, a key given
/// twice, a key that is no scalar, or more than 20,000 values (aliases count each time they are
/// used).
Result<YamlNode> ParseYaml(std::string_view text, std::string_view file, int first_line);

}  // namespace firn::pipeline
