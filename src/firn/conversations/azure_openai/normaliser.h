// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "firn/conversations/record_normaliser.h"

namespace firn::conversations::azure_openai {

/// Whether a record is a line of a diagnostic log that tells of a model: category RequestResponse
/// of the service itself, or GatewayLogs or ApiManagementGatewayLlmLog of an API gateway before it.
bool IsLogLine(const JsonObject& record);

/// Makes the normaliser of recorded exchanges and of diagnostic logs.
std::unique_ptr<RecordNormaliser> NewNormaliser(SourceKey key, Framing framing);

}  // namespace firn::conversations::azure_openai
