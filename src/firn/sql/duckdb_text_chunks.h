// SPDX-License-Identifier: Apache-2.0
//
// Texts in pieces of the size that retrieval wants. Private to the room.
#pragma once

#include "duckdb.hpp"

namespace firn::sql {

/// Adds `text_chunks(TEXT, TOKENS_MAX, OVERLAP_TOKENS)`: a list of structs of text and token_count,
/// in order, as `SplitIntoChunks` cuts them. Null where an argument is.
void RegisterTextChunks(duckdb::DuckDB& database);

}  // namespace firn::sql
