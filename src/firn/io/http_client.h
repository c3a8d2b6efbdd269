// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firn/base/result.h"
#include "firn/base/time.h"

namespace firn {
class Env;
}

namespace firn::io {

/// Names and values as they are sent, one after the other.
using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// What is asked of a server.
struct HttpRequest {
  std::string method = "GET";
  std::string url;  ///< "https://host:port/path?query", or http; without a name and password.
  HttpHeaders headers;
  std::string body;
  Millis timeout{30'000};                        ///< For all of it, from the name to the answer.
  int64_t answer_bytes_max = int64_t{16} << 20;  ///< A longer body is refused.
};

/// What the server answered, of whatever status.
struct HttpResponse {
  int status = 0;
  HttpHeaders headers;
  std::string body;

  bool is_success() const { return status >= 200 && status < 300; }
  /// The first value of a header, whose name counts in any case.
  std::optional<std::string_view> Header(std::string_view name) const;
};

/// Asks servers. Thread-safe.
class HttpClient {
 public:
  virtual ~HttpClient() = default;

  /// Asks once: nothing is retried, and a redirect is an answer like any other, so that no request
  /// goes to a host that was not named.
  /// Errors: `kInvalidArgument` for a URL or header that is none; `kUnavailable` where there is no
  /// such host, nobody answers, or its certificate is not to be trusted; `kTimeout`;
  /// `kResourceExhausted` for an answer that is too long; `kCorrupt` for one that is no HTTP or
  /// ends too early. After the last three the server may have done what it was asked.
  virtual Result<HttpResponse> Send(const HttpRequest& request) = 0;
};

struct HttpClientOptions {
  std::string certificates;  ///< A file of authorities (PEM) to trust; empty: those of the system.
};

/// HTTP/1.1, a connection for each request. `env` outlives the client.
std::unique_ptr<HttpClient> MakeHttpClient(Env& env, HttpClientOptions options = {});

/// Where a URL leads.
struct HttpTarget {
  bool tls = false;
  std::string host;  ///< Without the brackets of an IPv6 address.
  std::string port;
  std::string path;  ///< With the query; at least "/".
};

/// Errors: `kInvalidArgument`; what it names of the URL is its beginning alone, for the rest may be
/// secret.
Result<HttpTarget> ParseHttpUrl(std::string_view url);

}  // namespace firn::io
