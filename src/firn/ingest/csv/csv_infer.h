// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "firn/base/result.h"
#include "firn/ingest/csv/csv_source.h"

namespace firn::ingest {

class SourceReader;
class TypeGuess;

/// Shows the records that `reader` gives to `row` and returns their number; `whole` says that the
/// file ends with the reader. Errors: as `SniffCsv`, and those of reading.
Result<int64_t> SeeCsv(SourceReader& reader, bool whole, const CsvOptions& options, TypeGuess& row);

}  // namespace firn::ingest
