// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <arrow/type_fwd.h>

namespace firn::datafile {

/// Counts the bytes that the values of `array` take uncompressed, of a slice only its own: about
/// what they take in a plain Parquet page.
int64_t BytesOf(const arrow::Array& array);
int64_t BytesOf(const arrow::RecordBatch& batch);

/// Counts `BytesOf` and about what the arrays themselves take: of batches of few rows, most.
int64_t HeldBytes(const arrow::RecordBatch& batch);

/// Finds how many of the first rows take at most `bytes` together.
int64_t RowsWithin(const arrow::RecordBatch& batch, int64_t bytes);

}  // namespace firn::datafile
