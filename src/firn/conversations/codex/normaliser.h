// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "firn/conversations/record_normaliser.h"

namespace firn::conversations::codex {

/// Whether a record is one that Codex writes.
bool IsRecord(const JsonObject& record);

/// Makes the normaliser of a rollout.
std::unique_ptr<RecordNormaliser> NewNormaliser(SourceKey key);

}  // namespace firn::conversations::codex
