// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "firn/conversations/record_normaliser.h"

namespace firn::conversations::continue_dev {

/// Makes the normaliser of a session, of the list of sessions, or of chatInteraction.jsonl: their
/// records are told apart by their members.
std::unique_ptr<RecordNormaliser> NewNormaliser(SourceKey key, Framing framing);

}  // namespace firn::conversations::continue_dev
