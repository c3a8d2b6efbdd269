// SPDX-License-Identifier: Apache-2.0

#include "firn/base/error.h"

#include <array>
#include <utility>

namespace firn {
namespace {

struct KindRow {
  std::string_view name;
  int exit_code;
};

// One row per kind, in the order of the enumeration. Exit codes: 1 failed, 2 wrong usage,
// 4 commit conflict after retries, 5 not allowed, 130 interrupted.
constexpr std::array<KindRow, 15> kKinds = {{
    {"invalid_argument", 2},
    {"not_found", 1},
    {"already_exists", 1},
    {"conflict", 4},
    {"outcome_unknown", 1},
    {"corrupt", 1},
    {"unsupported", 1},
    {"unauthenticated", 5},
    {"forbidden", 5},
    {"resource_exhausted", 1},
    {"unavailable", 1},
    {"timeout", 1},
    {"cancelled", 130},
    {"io", 1},
    {"internal", 1},
}};

const KindRow& Row(ErrorKind kind) {
  return kKinds[static_cast<size_t>(kind)];
}

}  // namespace

std::string_view KindName(ErrorKind kind) {
  return Row(kind).name;
}

int ExitCode(ErrorKind kind) {
  return Row(kind).exit_code;
}

std::string Error::ToString() const {
  return hint.empty() ? message : message + " (" + hint + ")";
}

Error Error::Within(std::string_view context) && {
  message.insert(0, std::string(context) + ": ");
  return std::move(*this);
}

Error Error::WithHint(std::string text) && {
  hint = std::move(text);
  return std::move(*this);
}

}  // namespace firn
