// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "firn/base/result.h"

namespace firn {

class Env;

/// A universally unique identifier (RFC 9562).
struct Uuid {
  std::array<uint8_t, 16> bytes{};  ///< Big-endian, as it is printed.

  friend auto operator<=>(const Uuid&, const Uuid&) = default;
  std::string ToString() const;  ///< "f79c3e09-677c-4bbd-a479-3f349cb785e7"

  /// Makes a random one (version 4).
  static Uuid Random(Env& env);
  /// Makes the one that `name` has in `space` (version 5): equal inputs, equal UUID.
  static Uuid FromName(const Uuid& space, std::string_view name);
  /// Reads the 36-character form, either case. Errors: `kInvalidArgument`.
  static Result<Uuid> Parse(std::string_view text);
  /// Tells whether `text` is the 36-character form.
  static bool IsUuid(std::string_view text);
};

/// Makes a ULID: 26 characters of Crockford's base 32 that sort by time of making.
/// Source: github.com/ulid/spec.
std::string MakeUlid(Env& env);

}  // namespace firn
