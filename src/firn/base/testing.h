// SPDX-License-Identifier: Apache-2.0
//
// Matchers for tests; include only from tests.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <ostream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "firn/base/result.h"

namespace firn {

inline void PrintTo(const Status& status, std::ostream* out) {
  *out << (status.ok() ? "ok" : status.error().ToString());
}
template <typename T>
void PrintTo(const Result<T>& result, std::ostream* out) {
  *out << (result.has_value() ? "a value" : result.error().ToString());
}

/// Matches a Status or Result that succeeded.
MATCHER(IsOk, negation ? "failed" : "is ok") {
  if (!arg.has_value()) *result_listener << arg.error().ToString();
  return arg.has_value();
}

/// Matches a failure of the kind given.
MATCHER_P(IsError, kind, std::string("is an error of kind ") + std::string(KindName(kind))) {
  if (arg.has_value()) return false;
  *result_listener << KindName(arg.error().kind) << ": " << arg.error().ToString();
  return arg.error().kind == kind;
}

/// Matches a failure whose message contains `part`.
MATCHER_P(HasMessage, part, std::string("is an error that says ") + part) {
  if (arg.has_value()) return false;
  *result_listener << arg.error().ToString();
  return arg.error().ToString().find(part) != std::string::npos;
}

/// Matches a Result whose value matches.
MATCHER_P(HasValue, inner, "has a value that matches") {
  if (!arg.has_value()) {
    *result_listener << arg.error().ToString();
    return false;
  }
  return ::testing::ExplainMatchResult(inner, *arg, result_listener);
}

/// Finds the folder with test data that lies beside the project; unset where it is absent.
inline std::optional<std::filesystem::path> SharedTestData() {
#ifdef FIRN_SHARED_DIR
  if (std::filesystem::exists(FIRN_SHARED_DIR)) return std::filesystem::path(FIRN_SHARED_DIR);
#endif
  return std::nullopt;
}

}  // namespace firn

/// Skips the test, saying why, where the shared test data is absent.
#define FIRN_SKIP_WITHOUT_SHARED_DATA(variable)                             \
  const auto variable##_found = ::firn::SharedTestData();                   \
  if (!variable##_found) GTEST_SKIP() << "no ../shared beside the project"; \
  const std::filesystem::path variable = *variable##_found
