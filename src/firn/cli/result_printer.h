// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/cli/invocation.h"
#include "firn/lakehouse/rows.h"

namespace firn::cli {

/// Prints the rows of a query in the invocation's format, streamed in bounded memory; a table shows
/// at most `rows_max` rows and says how many there are.
Status PrintRows(Invocation& invocation, lakehouse::RowStream& rows, int64_t rows_max = 1000);

}  // namespace firn::cli
