// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "firn/base/result.h"
#include "firn/datafile/position_bitmap.h"
#include "firn/io/file_io.h"
#include "firn/table/data_file.h"

namespace firn::datafile {

inline constexpr std::string_view kDeletionVectorBlob = "deletion-vector-v1";

/// Writes the payload of a deletion vector blob (Puffin spec, "deletion-vector-v1 blob type").
std::string EncodeDeletionVector(const PositionBitmap& positions);

/// Reads such a payload. Errors: `kCorrupt` for a wrong length, magic, checksum or bitmap.
Result<PositionBitmap> DecodeDeletionVector(std::string_view payload);

/// Reads the deletion vector that `deletes`, a file in Puffin, describes: the bytes at its
/// `content_offset` and nothing else of the file.
/// Errors: `kCorrupt`, naming the file, when place, length, checksum or count do not fit the
/// description; `kResourceExhausted` over 2 GiB; those of `FileIO::Open`.
Result<PositionBitmap> ReadDeletionVector(io::FileIO& files, const table::DataFile& deletes);

}  // namespace firn::datafile
