// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "firn/base/result.h"

namespace firn::table {

/// The unscaled value of a decimal: up to 38 digits and a sign.
__extension__ typedef __int128 Int128;  // NOLINT(modernize-use-using): -Wpedantic takes no alias

inline constexpr int32_t kDecimalPrecisionMax = 38;

/// Renders `unscaled` with `scale` digits after the point: (-1234, 2) reads "-12.34".
std::string DecimalToString(Int128 unscaled, int32_t scale);

/// Reads "-12.34" or "1E+3" as an unscaled value of `scale` digits after the point.
/// Errors: `kInvalidArgument` when it is no decimal, has more digits after the point than `scale`
/// or more than `precision` in all.
Result<Int128> ParseDecimal(std::string_view text, int32_t precision, int32_t scale);

/// Renders `unscaled` as big-endian two's complement in as few bytes as hold it (at least one).
std::string DecimalToBytes(Int128 unscaled);

/// Reads big-endian two's complement of any length. Errors: `kCorrupt` when empty or over 128 bits.
Result<Int128> DecimalFromBytes(std::string_view bytes);

/// Counts the bytes that hold every decimal of `precision` digits: 5 for 10 digits.
int32_t DecimalBytesRequired(int32_t precision);

/// Tells whether `unscaled` has at most `precision` digits.
bool DecimalFits(Int128 unscaled, int32_t precision);

}  // namespace firn::table
