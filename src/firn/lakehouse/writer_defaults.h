// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "firn/datafile/writer_options.h"

namespace firn::lakehouse {

struct LakeConfig;

/// What `[storage.parquet]` of the configuration says to writers, as table properties.
datafile::WriterDefaults WriterDefaultsOf(const LakeConfig& config);

/// How much of `[memory] max_usage` writers may take.
int64_t WriterMemory(const LakeConfig& config);

/// How much of it the SQL engine may. What remains, a quarter, is for what nobody counts one by
/// one: batches being decoded, conversations being normalised, manifests, the program itself.
int64_t EngineMemory(const LakeConfig& config);

}  // namespace firn::lakehouse
