// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

namespace firn::datafile {

/// Values of one leaf column without nulls, as its physical type has them: booleans (0 or 1),
/// numbers, or bytes of any or of one fixed length. Views: who made them says how long they hold.
using LeafValues = std::variant<std::span<const uint8_t>, std::span<const int32_t>,
                                std::span<const int64_t>, std::span<const float>,
                                std::span<const double>, std::span<const std::string_view>>;

inline size_t SizeOf(const LeafValues& values) {
  return std::visit([](const auto& span) { return span.size(); }, values);
}

/// The values from `first` on.
inline LeafValues Part(const LeafValues& values, size_t first, size_t count) {
  return std::visit([&](const auto& span) { return LeafValues(span.subspan(first, count)); },
                    values);
}

}  // namespace firn::datafile
