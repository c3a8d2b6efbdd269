// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "firn/base/result.h"
#include "firn/base/time.h"

namespace firn::server {

/// What a client asks.
struct Request {
  std::string method;
  std::string path;  ///< Without the query.
  std::string content_type;
  std::string content_encoding;
  std::string body;
};

struct Answer {
  int status = 200;
  std::string content_type;
  std::string body;
  std::optional<int> retry_after_seconds;
  std::string allow;  ///< Methods, with 405.
};

struct ServerOptions {
  uint16_t port = 0;                         ///< 0: any that is free.
  size_t body_bytes_max = size_t{20} << 20;  ///< A longer one is answered with 413.
  size_t connections_max = 64;               ///< Whoever comes beyond that is answered with 503.
  Millis timeout{30'000};                    ///< For a request, and between two of them.
};

/// Answers requests of HTTP/1.1 on the loopback interface, and on no other, with one thread: a
/// client that is slow keeps nobody waiting, what `answer` does keeps all.
class HttpServer {
 public:
  virtual ~HttpServer() = default;

  /// Begins to listen. `answer` is called by one thread, until this object goes.
  /// Errors: `kUnavailable` where the port is taken or not allowed.
  static Result<std::unique_ptr<HttpServer>> Listen(const ServerOptions& options,
                                                    std::function<Answer(const Request&)> answer);

  virtual uint16_t port() const = 0;
};

}  // namespace firn::server
