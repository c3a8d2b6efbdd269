// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "firn/base/json.h"
#include "firn/base/result.h"
#include "firn/ingest/source.h"

namespace firn::ingest {

/// A format whose rows are held against a JSON Schema before they go anywhere: those that break it
/// are rejects, their rule the schema's keyword. Such a reject has the row as JSON, and the offset
/// at which the piece of the file it came in begins. `format` outlives it.
/// Errors of `Open`: those of `registry::Validator::Compile`.
std::unique_ptr<SourceFormat> ValidatedFormat(const SourceFormat& format, Json schema);

}  // namespace firn::ingest
