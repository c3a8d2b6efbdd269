// SPDX-License-Identifier: Apache-2.0
//
// How Firn keeps telemetry: a line of JSON for each record, with what its request says of it. So
// the records of one session can be told apart from those of others that came in one request.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "firn/base/result.h"
#include "firn/conversations/otel/protobuf.h"

namespace firn::conversations::otel {

/// Records as lines: {"otlp": "logs"|"spans"|"metrics", "resource": {..}, "scope": {..},
/// "record": {..}}; a metric has a line for each of its data points.
struct RecordLines {
  std::string text;
  int64_t records = 0;
  int64_t rejected = 0;  ///< Elements that are no objects.
};

/// Lines of many resources may be longer than their requests by so much.
inline constexpr size_t kLinesBytesMax = size_t{256} << 20;

/// Adds the records of an export request in JSON, whose members say which signal it is of.
/// Errors: `kCorrupt` for text that is no such request; `kResourceExhausted` over `kLinesBytesMax`.
Status AddJsonLines(std::string_view request, RecordLines& lines);

/// The same of one in protobuf. Errors: those of `JsonOfProtobuf`, too.
Status AddProtobufLines(Signal signal, std::string_view request, RecordLines& lines);

}  // namespace firn::conversations::otel
