// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "firn/base/result.h"
#include "firn/table/literal.h"
#include "firn/table/schema.h"

namespace firn::table {

/// How much manifests keep of a column: nothing, counts, counts and cut bounds, or full bounds.
struct MetricsMode {
  enum class Kind : uint8_t { kNone, kCounts, kTruncate, kFull };
  Kind kind = Kind::kTruncate;
  int32_t length = 16;  ///< Code points (text) or bytes (binary) kept of a bound.

  /// Reads "none", "counts", "truncate(16)", "full". Errors: `kInvalidArgument`.
  static Result<MetricsMode> Parse(std::string_view text);
  friend bool operator==(const MetricsMode&, const MetricsMode&) = default;
};

/// The mode of each primitive column, from the properties write.metadata.metrics.default,
/// .column.NAME and .max-inferred-column-defaults (columns beyond that many keep nothing).
Result<std::map<FieldId, MetricsMode>> MetricsModes(
    const Schema& schema, const std::map<std::string, std::string>& properties);

/// The bytes to store for an exact lower bound; unset where the mode keeps none or it is NaN.
std::optional<std::string> LowerBoundBytes(const Literal& exact, MetricsMode mode);
/// The same for an upper bound: a cut one is raised, so that it is above every value; unset where
/// that cannot be done.
std::optional<std::string> UpperBoundBytes(const Literal& exact, MetricsMode mode);

}  // namespace firn::table
