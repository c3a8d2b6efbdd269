// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "firn/datafile/encode/byte_buffer.h"

namespace firn::datafile {

/// Appends numbers by their distances (Encodings.md, "Delta Encoding", DELTA_BINARY_PACKED).
void AppendDeltas(std::span<const int32_t> numbers, ByteBuffer& out);
void AppendDeltas(std::span<const int64_t> numbers, ByteBuffer& out);

/// Appends the lengths of texts as deltas, then their bytes (DELTA_LENGTH_BYTE_ARRAY).
void AppendDeltaLengths(std::span<const std::string_view> texts, ByteBuffer& out);

/// Appends how much of each text is the beginning of the one before it, then what is not
/// (DELTA_BYTE_ARRAY).
void AppendDeltaTexts(std::span<const std::string_view> texts, ByteBuffer& out);

/// Appends the bytes of texts one after another.
void AppendTexts(std::span<const std::string_view> texts, ByteBuffer& out);

}  // namespace firn::datafile
