// SPDX-License-Identifier: Apache-2.0
//
// Over the loopback interface, by sockets of these tests and by Firn's own client.

#include "firn/server/http_server.h"

#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/io/http_client.h"

namespace firn::server {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

Answer Echo(const Request& request) {
  return {200, "text/plain", request.method + " " + request.path + " " + request.body, {}, {}};
}

std::unique_ptr<HttpServer> ServerOf(const ServerOptions& options) {
  auto server = HttpServer::Listen(options, Echo);
  EXPECT_THAT(server, IsOk());
  return std::move(server).value();
}

// What the server says to some bytes, until it closes.
std::string Say(const HttpServer& server, const std::string& bytes) {
  asio::io_context context;
  Tcp::socket socket(context);
  socket.connect({asio::ip::address_v4::loopback(), server.port()});
  boost::system::error_code error;
  asio::write(socket, asio::buffer(bytes), error);
  std::string answer;
  asio::read(socket, asio::dynamic_buffer(answer), error);
  return answer;
}

TEST(HttpServer, AnswersOneRequestAfterAnother) {
  const auto server = ServerOf({});
  const std::string answer =
      Say(*server,
          "POST /a?b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi"
          "GET /c HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("POST /a hi"));
  EXPECT_THAT(answer, HasSubstr("GET /c "));
}

TEST(HttpServer, AnswersOnlyWhoCallsThisMachineByItsOwnName) {
  const auto server = ServerOf({});
  const auto status_of = [&](const std::string& host) {
    return Say(*server, "GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
        .substr(9, 3);
  };
  for (const char* host : {"localhost", "localhost:4318", "127.0.0.1:4318", "[::1]:4318", "[::1]"})
    EXPECT_EQ(status_of(host), "200") << host;
  for (const char* host : {"evil.example", "evil.example:4318", "localhost.evil.example", "[::2]"})
    EXPECT_EQ(status_of(host), "403") << host;
}

TEST(HttpServer, IsAskedByOurOwnClient) {
  const auto server = ServerOf({});
  const auto env = MakeSystemEnv();
  io::HttpRequest request;
  request.method = "POST";
  request.url = "http://127.0.0.1:" + std::to_string(server->port()) + "/v1/logs";
  request.body = std::string(1'000'000, 'x');
  const auto answer = io::MakeHttpClient(*env)->Send(request);
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body.size(), request.body.size() + 14);
}

TEST(HttpServer, RefusesALongBody) {
  ServerOptions options;
  options.body_bytes_max = 10;
  const auto server = ServerOf(options);
  const std::string head = "POST / HTTP/1.1\r\nHost: localhost\r\n";
  EXPECT_THAT(Say(*server, head + "Content-Length: 11\r\n\r\n12345678901"),
              StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(
      Say(*server, head + "Transfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n"),
      StartsWith("HTTP/1.1 413"));
}

TEST(HttpServer, RefusesWhatIsNoHttp) {
  const auto server = ServerOf({});
  EXPECT_THAT(Say(*server, "hello\r\n\r\n"), StartsWith("HTTP/1.1 400"));
}

TEST(HttpServer, SendsAwayWhomItHasNoRoomFor) {
  ServerOptions options;
  options.connections_max = 1;
  const auto server = ServerOf(options);
  asio::io_context context;
  Tcp::socket first(context);
  first.connect({asio::ip::address_v4::loopback(), server->port()});
  asio::write(first, asio::buffer(std::string("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n")));
  std::string answer(12, '\0');
  asio::read(first, asio::buffer(answer));  // Now it is in.
  const std::string refused = Say(*server, "");
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(refused, HasSubstr("Retry-After: "));
}

TEST(HttpServer, SaysWhenAPortIsTaken) {
  const auto server = ServerOf({});
  ServerOptions options;
  options.port = server->port();
  EXPECT_THAT(HttpServer::Listen(options, Echo), IsError(ErrorKind::kUnavailable));
}

TEST(HttpServer, GoesAwayWhileClientsWait) {
  auto server = ServerOf({});
  asio::io_context context;
  Tcp::socket waiting(context);
  waiting.connect({asio::ip::address_v4::loopback(), server->port()});
  asio::write(waiting, asio::buffer(std::string("GET /a HTTP/1.1\r\n")));
  server.reset();
}

}  // namespace
}  // namespace firn::server
