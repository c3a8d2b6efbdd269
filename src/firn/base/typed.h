// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace firn {

/// A number with a meaning: `struct SnapshotIdTag; using SnapshotId = Typed<SnapshotIdTag,
/// int64_t>`. Distinct tags do not convert into each other; `value` is the bare number.
template <typename Tag, typename Number>
struct Typed {
  Number value{};

  constexpr Typed() = default;
  constexpr explicit Typed(Number number) : value(number) {}
  friend constexpr auto operator<=>(const Typed&, const Typed&) = default;
  std::string ToString() const { return std::to_string(value); }
};

}  // namespace firn

template <typename Tag, typename Number>
struct std::hash<firn::Typed<Tag, Number>> {
  size_t operator()(const firn::Typed<Tag, Number>& id) const noexcept {
    return std::hash<Number>()(id.value);
  }
};
