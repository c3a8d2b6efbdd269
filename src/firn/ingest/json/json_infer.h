// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "firn/base/result.h"
#include "firn/ingest/json/json_source.h"

namespace firn::ingest {

class SourceReader;
class TypeGuess;

/// Shows the objects that `reader` gives to `row` and returns their number.
Result<int64_t> SeeJson(SourceReader& reader, JsonFraming framing, const JsonOptions& options,
                        TypeGuess& row);

}  // namespace firn::ingest
