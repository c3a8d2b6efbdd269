// SPDX-License-Identifier: Apache-2.0
//
// One thread runs everything, so nothing is locked. A connection is kept by the handlers that wait
// for it; each wait has a time limit. This file is the wall of Asio and Beast.

#include "firn/server/http_server.h"

#include <array>
#include <chrono>
#include <exception>
#include <string_view>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace firn::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using AnswerRequest = std::function<Answer(const Request&)>;

constexpr uint32_t kHeaderBytesMax = 16 * 1024;
constexpr int kRetrySeconds = 5;

std::string Text(beast::string_view text) {
  return {text.data(), text.size()};
}

// A name by which this machine calls itself. A page of somebody else's may come here under its own
// name, which it lets point to 127.0.0.1 (DNS rebinding).
bool IsThisMachine(std::string_view host) {
  const size_t port = host.rfind(':');
  if (port != host.npos && host.find(']', port) == host.npos) host = host.substr(0, port);
  return host.empty() || host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

struct Shared {
  ServerOptions options;
  AnswerRequest answer;
  size_t connections = 0;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Tcp::socket socket, Shared& shared) : stream_(std::move(socket)), shared_(shared) {
    ++shared_.connections;
  }
  ~Connection() { --shared_.connections; }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void Begin() {
    if (shared_.connections <= shared_.options.connections_max) return Read();
    Answer busy{503, "text/plain", "too many connections\n", kRetrySeconds, {}};
    Write(busy, 11, false);
  }

 private:
  void SetLimit() {
    stream_.expires_after(std::chrono::milliseconds(shared_.options.timeout.value));
  }

  void Read() {
    parser_.emplace();
    parser_->body_limit(shared_.options.body_bytes_max);
    parser_->header_limit(kHeaderBytesMax);
    SetLimit();
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](ErrorCode error, size_t) { self->OnRead(error); });
  }

  void OnRead(ErrorCode error) {
    if (error == http::error::end_of_stream) return Close();
    const bool too_long = error == http::error::body_limit || error == http::error::header_limit;
    if (too_long) return Write({413, "text/plain", "the request is too long\n", {}, {}}, 11, false);
    if (error.category() == make_error_code(http::error::bad_target).category())
      return Write({400, "text/plain", "not a request of HTTP\n", {}, {}}, 11, false);
    if (error) return;  // It went away, or took too long.
    const auto& message = parser_->get();
    if (!IsThisMachine(Text(message[http::field::host])))
      return Write({403, "text/plain", "only for this machine, as localhost\n", {}, {}}, 11, false);
    Request request;
    request.method = Text(message.method_string());
    request.path = Text(message.target());
    request.path = request.path.substr(0, request.path.find('?'));
    request.content_type = Text(message[http::field::content_type]);
    request.content_encoding = Text(message[http::field::content_encoding]);
    request.body = std::move(parser_->get().body());
    Write(shared_.answer(request), message.version(), message.keep_alive());
  }

  void Write(const Answer& answer, unsigned version, bool keep) {
    response_ = {};
    response_.version(version);
    response_.result(static_cast<unsigned>(answer.status));
    response_.set(http::field::server, "firn");
    response_.set(http::field::content_type, answer.content_type);
    if (answer.retry_after_seconds)
      response_.set(http::field::retry_after, std::to_string(*answer.retry_after_seconds));
    if (!answer.allow.empty()) response_.set(http::field::allow, answer.allow);
    response_.keep_alive(keep);
    response_.body() = answer.body;
    response_.prepare_payload();
    SetLimit();
    http::async_write(stream_, response_,
                      [self = shared_from_this(), keep](ErrorCode error, size_t) {
                        if (error) return;
                        keep ? self->Read() : self->Close();
                      });
  }

  // Whoever still sends gets to read the answer: what comes is taken, up to some amount.
  void Close() {
    ErrorCode ignored;
    stream_.socket().shutdown(Tcp::socket::shutdown_send, ignored);
    Drain();
  }

  void Drain() {
    constexpr size_t kDrainBytesMax = size_t{64} << 20;
    if (drained_ > kDrainBytesMax) return;
    SetLimit();
    stream_.async_read_some(asio::buffer(waste_),
                            [self = shared_from_this()](ErrorCode error, size_t count) {
                              self->drained_ += count;
                              if (!error) self->Drain();
                            });
  }

  beast::tcp_stream stream_;
  Shared& shared_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  std::array<char, 4096> waste_{};
  size_t drained_ = 0;
};

class BeastServer : public HttpServer {
 public:
  BeastServer(const ServerOptions& options, AnswerRequest answer)
      : shared_{options, std::move(answer)} {}

  ~BeastServer() override {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

  Status Open() {
    ErrorCode error;
    const Tcp::endpoint place(asio::ip::address_v4::loopback(), shared_.options.port);
    acceptor_.open(place.protocol(), error);
    if (!error) acceptor_.set_option(Tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(place, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return Unavailable("cannot listen on", "127.0.0.1:" + std::to_string(place.port()),
                         error.message())
          .WithHint("choose another port, or end what listens there");
    }
    Accept();
    thread_ = std::thread([this] { context_.run(); });
    return Ok();
  }

  uint16_t port() const override {
    ErrorCode ignored;
    return acceptor_.local_endpoint(ignored).port();
  }

 private:
  void Accept() {
    acceptor_.async_accept([this](ErrorCode error, Tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) return AcceptLater();
      std::make_shared<Connection>(std::move(socket), shared_)->Begin();
      Accept();
    });
  }

  // Out of descriptors, for one: those that are open end some time.
  void AcceptLater() {
    pause_.expires_after(std::chrono::milliseconds(100));
    pause_.async_wait([this](ErrorCode error) {
      if (!error) Accept();
    });
  }

  Shared shared_;  // Outlives the connections, which are in the context's handlers.
  asio::io_context context_{1};
  Tcp::acceptor acceptor_{context_};
  asio::steady_timer pause_{context_};
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::Listen(const ServerOptions& options,
                                                       AnswerRequest answer) {
  try {
    auto server = std::make_unique<BeastServer>(options, std::move(answer));
    FIRN_TRY(server->Open());
    return std::unique_ptr<HttpServer>(std::move(server));
  } catch (const std::exception& error) {
    return Unavailable("cannot listen", std::string(error.what()));
  }
}

}  // namespace firn::server
