// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "firn/conversations/json_record.h"
#include "firn/conversations/model.h"

namespace firn::conversations::otel {

/// Whether a record is a line of telemetry, see lines.h.
bool IsLine(const JsonObject& line);

/// The session that a line speaks of: by its attributes, else by its trace, else its service and
/// day.
std::string SessionOf(const JsonObject& line);

/// What a line is about.
struct Event {
  std::string platform;    ///< Whose telemetry it is; "otel": of no platform known.
  std::string session_id;  ///< Empty where the line names none.
  std::optional<TimeUs> time;
  std::optional<TelemetryCall> call;  ///< An API call that was answered.
  bool is_error = false;              ///< One that was not.
};
Event ReadEvent(const JsonObject& line);

}  // namespace firn::conversations::otel
