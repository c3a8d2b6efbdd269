// SPDX-License-Identifier: Apache-2.0
//
// Each step (name, connection, handshake, request, answer) is begun asynchronously and waited for,
// so that one time limit holds for all of them together: when it is over, the socket is closed and
// the step ends. This file is the wall of Asio and Beast: what they throw becomes a Result here.

#include "firn/io/http_client.h"

#include <chrono>
#include <exception>
#include <optional>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "firn/base/env.h"

namespace firn::io {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;
using Request = http::request<http::string_body>;
using Parser = http::response_parser<http::string_body>;
using ErrorCode = boost::system::error_code;

constexpr uint32_t kHeaderBytesMax = 64 * 1024;

bool HasLineEnd(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos;
}

Result<Request> MessageOf(const HttpRequest& asked, const HttpTarget& target) {
  Request message;
  message.version(11);
  message.method_string(asked.method);
  message.target(target.path);
  const bool usual_port = target.port == (target.tls ? "443" : "80");
  const std::string host =
      target.host.find(':') == std::string::npos ? target.host : "[" + target.host + "]";
  message.set(http::field::host, usual_port ? host : host + ":" + target.port);
  message.set(http::field::user_agent, "firn");
  message.set(http::field::connection, "close");
  for (const auto& [name, value] : asked.headers) {
    if (name.empty() || HasLineEnd(name) || HasLineEnd(value)) {
      return InvalidArgument("not a header of a request", name);
    }
    message.set(name, value);
  }
  message.body() = asked.body;
  message.prepare_payload();
  return message;
}

HttpResponse ResponseOf(Parser& parser) {
  http::response<http::string_body>& message = parser.get();
  HttpResponse response;
  response.status = static_cast<int>(message.result_int());
  for (const auto& field : message) {
    const auto name = field.name_string();
    const auto value = field.value();
    response.headers.emplace_back(std::string(name.data(), name.size()),
                                  std::string(value.data(), value.size()));
  }
  response.body = std::move(message.body());
  return response;
}

// One request and its answer.
class Exchange {
 public:
  Exchange(const HttpRequest& asked, const HttpTarget& target, Env& env)
      : asked_(asked),
        target_(target),
        env_(env),
        deadline_micros_(env.MonotonicMicros() + asked.timeout.value * 1000),
        socket_(context_) {}

  Result<HttpResponse> Run(const HttpClientOptions& options) {
    FIRN_ASSIGN(const Request message, MessageOf(asked_, target_));
    FIRN_TRY(Connect());
    if (!target_.tls) return Talk(socket_, message);
    asio::ssl::context trust(asio::ssl::context::tls_client);
    ErrorCode error;
    if (options.certificates.empty()) {
      trust.set_default_verify_paths(error);
    } else {
      trust.load_verify_file(options.certificates, error);
    }
    if (error) return InvalidArgument("no file of authorities to trust", options.certificates);
    asio::ssl::stream<Tcp::socket&> stream(socket_, trust);
    stream.set_verify_mode(asio::ssl::verify_peer);
    stream.set_verify_callback(asio::ssl::host_name_verification(target_.host));
    SSL_set_tlsext_host_name(stream.native_handle(), target_.host.c_str());
    FIRN_TRY(Step("cannot agree on a secure connection with", [&](auto done) {
      stream.async_handshake(asio::ssl::stream_base::client, std::move(done));
    }));
    return Talk(stream, message);
  }

 private:
  Status Connect() {
    Tcp::resolver resolver(context_);
    Tcp::resolver::results_type places;
    FIRN_TRY(Step("cannot find", [&](auto done) {
      resolver.async_resolve(target_.host, target_.port,
                             [&places, done](ErrorCode error, Tcp::resolver::results_type found) {
                               places = std::move(found);
                               done(error);
                             });
    }));
    return Step("cannot connect to", [&](auto done) {
      asio::async_connect(socket_, places,
                          [done](ErrorCode error, const Tcp::endpoint&) { done(error); });
    });
  }

  template <typename Stream>
  Result<HttpResponse> Talk(Stream& stream, const Request& message) {
    FIRN_TRY(Step("cannot ask", [&](auto done) {
      http::async_write(stream, message, [done](ErrorCode error, size_t) { done(error); });
    }));
    Parser parser;
    parser.body_limit(static_cast<uint64_t>(asked_.answer_bytes_max));
    parser.header_limit(kHeaderBytesMax);
    parser.skip(asked_.method == "HEAD");
    beast::flat_buffer buffer;
    FIRN_TRY(Step("no answer from", [&](auto done) {
      http::async_read(stream, buffer, parser, [done](ErrorCode error, size_t) { done(error); });
    }));
    return ResponseOf(parser);
  }

  // Begins a step and waits for its end.
  template <typename Begin>
  Status Step(std::string_view what, Begin begin) {
    std::optional<ErrorCode> ended;
    begin([&ended](ErrorCode error) { ended = error; });
    context_.restart();
    const int64_t left_micros = deadline_micros_ - env_.MonotonicMicros();
    context_.run_for(std::chrono::microseconds(std::max<int64_t>(left_micros, 0)));
    if (ended) return StatusOf(what, *ended);
    ErrorCode ignored;
    socket_.close(ignored);
    context_.restart();
    context_.run();
    return Error{ErrorKind::kTimeout,
                 "no answer from " + target_.host + " within " +
                     std::to_string(asked_.timeout.value) + " ms",
                 {}};
  }

  Status StatusOf(std::string_view what, ErrorCode error) const {
    if (!error) return Ok();
    const std::string reason = error.message();
    if (error == http::error::body_limit || error == http::error::header_limit) {
      return ResourceExhausted("the answer is longer than may be", target_.host,
                               asked_.answer_bytes_max);
    }
    const bool cut = error == asio::ssl::error::stream_truncated;
    if (cut || error.category() == make_error_code(http::error::end_of_stream).category()) {
      return Corrupt("not an answer in HTTP from", target_.host, reason);
    }
    return Unavailable(what, target_.host + ":" + target_.port, reason);
  }

  const HttpRequest& asked_;
  const HttpTarget& target_;
  Env& env_;
  int64_t deadline_micros_;
  asio::io_context context_;
  Tcp::socket socket_;
};

class BeastClient : public HttpClient {
 public:
  BeastClient(Env& env, HttpClientOptions options) : env_(env), options_(std::move(options)) {}

  Result<HttpResponse> Send(const HttpRequest& request) override {
    FIRN_ASSIGN(const HttpTarget target, ParseHttpUrl(request.url));
    try {
      return Exchange(request, target, env_).Run(options_);
    } catch (const std::exception& error) {
      return Unavailable("cannot ask", target.host, std::string(error.what()));
    }
  }

 private:
  Env& env_;
  HttpClientOptions options_;
};

}  // namespace

std::unique_ptr<HttpClient> MakeHttpClient(Env& env, HttpClientOptions options) {
  return std::make_unique<BeastClient>(env, std::move(options));
}

}  // namespace firn::io
