// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "firn/base/json.h"
#include "firn/base/result.h"

namespace firn::conversations::github_copilot {

/// One line of the log of operations on a chat session.
struct Operation {
  enum class Kind : uint8_t {
    kInitial,  ///< The whole document.
    kSet,      ///< Sets what is at a path.
    kPush,     ///< Cuts the array at a path to `length`, where given, and adds `value` to it.
    kDelete,   ///< Removes what is at a path.
  };
  using Step = std::variant<std::string, int64_t>;

  Kind kind = Kind::kInitial;
  std::vector<Step> path;
  Json value;
  std::optional<int64_t> length;
};

/// Reads a line. Errors: `kInvalidArgument` for what is no operation.
Result<Operation> ReadOperation(Json line);

/// Applies one to a document. Errors: `kInvalidArgument` where the document has no such path; then
/// it is unchanged.
Status Apply(Operation operation, Json& document);

}  // namespace firn::conversations::github_copilot
