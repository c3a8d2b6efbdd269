// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string_view>

#include "firn/base/result.h"
#include "firn/lakehouse/collect/otel_inbox.h"
#include "firn/server/http_server.h"

namespace firn::server {

/// Keeps an export request, see `OtelInbox::Take`.
using TakeOtlp = std::function<Result<lakehouse::OtelInbox::Taken>(
    std::string_view signal, bool is_protobuf, std::string_view request)>;

/// Answers a request of OTLP over HTTP: POST to /v1/logs, /v1/traces or /v1/metrics, in protobuf or
/// JSON, plain or gzip. What is answered with 200 was taken; of what is answered with 429 or 503
/// nothing was, and it may come again.
Answer AnswerOtlp(const Request& request, const TakeOtlp& take);

}  // namespace firn::server
