// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "firn/datafile/encode/byte_buffer.h"

namespace firn::datafile {

/// Appends numbers of `width` bits (at least 1) as runs of equal ones and bit-packed groups of
/// eight (Encodings.md, "Run Length Encoding / Bit-Packing Hybrid"), without a length before them.
/// Padding follows the last: how many there are is said elsewhere.
void AppendHybrid(std::span<const uint8_t> numbers, int width, ByteBuffer& out);
void AppendHybrid(std::span<const uint32_t> numbers, int width, ByteBuffer& out);

/// The same for `count` times one number.
void AppendRun(uint32_t number, size_t count, int width, ByteBuffer& out);

}  // namespace firn::datafile
