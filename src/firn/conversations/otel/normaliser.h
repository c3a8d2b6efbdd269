// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "firn/conversations/record_normaliser.h"

namespace firn::conversations::otel {

/// Makes the normaliser of the telemetry of a session.
std::unique_ptr<RecordNormaliser> NewNormaliser(SourceKey key);

}  // namespace firn::conversations::otel
