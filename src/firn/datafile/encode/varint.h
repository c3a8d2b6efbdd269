// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "firn/datafile/encode/byte_buffer.h"

namespace firn::datafile {

/// Appends a number seven bits a byte, least significant first (ULEB128).
inline void AppendVarint(ByteBuffer& out, uint64_t number) {
  for (; number >= 0x80; number >>= 7)
    out.Append(static_cast<char>(number | 0x80));
  out.Append(static_cast<char>(number));
}

/// Appends a number of either sign so that small ones are short.
inline void AppendZigzag(ByteBuffer& out, int64_t number) {
  AppendVarint(out, (static_cast<uint64_t>(number) << 1) ^ static_cast<uint64_t>(number >> 63));
}

}  // namespace firn::datafile
