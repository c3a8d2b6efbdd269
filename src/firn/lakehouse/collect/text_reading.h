// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/base/result.h"
#include "firn/ingest/infer.h"
#include "firn/lakehouse/lakehouse.h"

namespace firn::lakehouse {

/// Reads what a person said of files of `format`.
/// Errors: `kInvalidArgument`, also for what does not go with the format.
Result<ingest::TextOptions> TextOptionsOf(const TextReading& reading, ingest::FileFormat format);

}  // namespace firn::lakehouse
