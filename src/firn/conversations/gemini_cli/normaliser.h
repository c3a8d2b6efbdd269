// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "firn/conversations/record_normaliser.h"

namespace firn::conversations::gemini_cli {

/// Makes the normaliser of a session, be it a document or lines.
std::unique_ptr<RecordNormaliser> NewNormaliser(SourceKey key, Framing framing);

}  // namespace firn::conversations::gemini_cli
