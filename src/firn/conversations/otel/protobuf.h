// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "firn/base/result.h"

namespace firn::conversations::otel {

/// The three kinds of telemetry, each with a request of its own.
enum class Signal : uint8_t { kLogs, kSpans, kMetrics };

/// Writes the JSON (as OTLP maps it) of an export request in the protobuf wire format. Fields that
/// this build does not know are kept under "unknownFields", as base64.
/// Errors: `kCorrupt` for bytes that are no such message, or nest too deep; `kResourceExhausted`
/// for one of more fields than a request has.
Result<std::string> JsonOfProtobuf(Signal signal, std::string_view request);

/// Which signal a request is of, by its first record; nothing where it is no request or empty.
std::optional<Signal> SignalOfProtobuf(std::string_view request);

}  // namespace firn::conversations::otel
