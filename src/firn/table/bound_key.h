// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "firn/table/type.h"

namespace firn::table {

/// A bound as 64 bits that keep its order, for comparing by the million.
///
/// Of two values of a type, the lower never has the higher key. Equal keys mean equal values only
/// where `HasExactKey`; elsewhere `CompareBounds` decides.
/// Unset where `Literal::FromBytes` refuses the bytes, and for NaN. Takes the shorter bounds of
/// promoted columns as that does.
std::optional<uint64_t> BoundKey(const Type& type, std::string_view bytes);

/// Tells whether the key of a value is the whole value.
bool HasExactKey(const Type& type);

/// Orders two bounds of a type without an exact key: -1, 0 or 1.
int CompareBounds(const Type& type, std::string_view left, std::string_view right);

/// Tells whether the bytes are NaN of a float or double.
bool IsNanBound(const Type& type, std::string_view bytes);

}  // namespace firn::table
