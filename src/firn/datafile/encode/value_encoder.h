// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/datafile/encode/byte_buffer.h"
#include "firn/datafile/encode/leaf_values.h"
#include "firn/datafile/encode/parquet_format.h"

namespace firn::datafile {

/// Appends values of a leaf of `type` in an encoding that needs no dictionary and that the format
/// allows for the type.
void AppendValues(const LeafValues& values, PhysicalType type, Encoding encoding, ByteBuffer& out);

}  // namespace firn::datafile
