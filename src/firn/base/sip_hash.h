// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace firn {

/// Bytes reduced to 128 bits: two texts that differ never share one in practice (2^-128 per pair).
struct Hash128 {
  uint64_t high = 0, low = 0;
  friend auto operator<=>(const Hash128&, const Hash128&) = default;
};

/// Hashes the hash, for the containers of the standard library.
struct HashOfHash128 {
  size_t operator()(const Hash128& hash) const { return static_cast<size_t>(hash.low); }
};

/// SipHash-2-4 with 128 bits of output (Aumasson, Bernstein). With seeds that are not known, nobody
/// can choose bytes that collide.
Hash128 SipHash128(std::string_view bytes, uint64_t seed_0, uint64_t seed_1);

}  // namespace firn
