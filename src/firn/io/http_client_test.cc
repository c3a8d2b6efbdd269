// SPDX-License-Identifier: Apache-2.0
//
// Against servers of these tests, on the loopback interface.

#include "firn/io/http_client.h"

#include <fstream>
#include <functional>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include "firn/base/env.h"
#include "firn/base/testing.h"
#include "firn/io/testing.h"

namespace firn::io {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

// For "localhost", of these tests alone.
constexpr char kKey[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgOEdywb79Mx8uECbc\n"
    "6m4UbLrFyD8tVfSyi+MIqXgLYwShRANCAAS6IJqDiXFYJEzgbDUP3mCFcEGGZ3d5\n"
    "+iBFl8CP4xL9swh+HogoBqCh4jT0pffETtTvtg8n1afX+Rmejf+j1TJ9\n"
    "-----END PRIVATE KEY-----\n";
constexpr char kCertificate[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBlTCCATugAwIBAgIUbh3+sT5NWNyabcuYGPmKcN61wdAwCgYIKoZIzj0EAwIw\n"
    "FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNzE3NDMzNFoYDzIxMjYxMTAz\n"
    "MTc0MzM0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO\n"
    "PQMBBwNCAAS6IJqDiXFYJEzgbDUP3mCFcEGGZ3d5+iBFl8CP4xL9swh+HogoBqCh\n"
    "4jT0pffETtTvtg8n1afX+Rmejf+j1TJ9o2kwZzAdBgNVHQ4EFgQUxZn8a58EPmY4\n"
    "ICTCgzd/8/Xkr+IwHwYDVR0jBBgwFoAUxZn8a58EPmY4ICTCgzd/8/Xkr+IwDwYD\n"
    "VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID\n"
    "SAAwRQIgBZ249FqWg1YHA67DJZK8pkCvIlhRfvE+AazKVJ0AxmECIQDNH1c7cyHU\n"
    "EeGzGYO5EPxGtUqgcJcxxmCrz4WNnjDmsw==\n"
    "-----END CERTIFICATE-----\n";

// A server of one connection: reads a request, to the end of its body, and gives an answer.
class Server {
 public:
  explicit Server(std::string answer, bool tls = false) : answer_(std::move(answer)) {
    thread_ = std::jthread([this, tls] {
      Tcp::socket socket(context_);
      boost::system::error_code error;
      acceptor_.accept(socket, error);
      if (error) return;
      tls ? ServeTls(socket) : Serve(socket);
    });
  }
  ~Server() { Stop(); }

  // The request, once the client has its answer.
  const std::string& request() {
    Stop();
    return request_;
  }
  std::string Url(const std::string& path = "/") const {
    return "http://127.0.0.1:" + Port() + path;
  }
  std::string Port() const { return std::to_string(acceptor_.local_endpoint().port()); }

 private:
  void Stop() {
    boost::system::error_code ignored;
    if (!thread_.joinable()) return;
    Tcp::socket waker(context_);  // Where nobody came, the server waits still.
    waker.connect(acceptor_.local_endpoint(), ignored);
    waker.close(ignored);
    thread_.join();
  }

  template <typename Stream>
  void Serve(Stream& stream) {
    boost::system::error_code error;
    asio::read_until(stream, asio::dynamic_buffer(request_), "\r\n\r\n", error);
    const size_t head = request_.find("\r\n\r\n") + 4;
    const size_t length_at = request_.find("Content-Length: ");
    const size_t length =
        length_at == std::string::npos ? 0 : std::stoul(request_.substr(length_at + 16));
    if (!error && request_.size() < head + length) {
      asio::read(stream, asio::dynamic_buffer(request_),
                 asio::transfer_exactly(head + length - request_.size()), error);
    }
    if (answer_.empty()) {  // Says nothing, until the client gives up.
      asio::read(stream, asio::dynamic_buffer(rest_), error);
    }
    asio::write(stream, asio::buffer(answer_), error);
  }

  void ServeTls(Tcp::socket& socket) {
    boost::system::error_code error;
    asio::ssl::context context(asio::ssl::context::tls_server);
    context.use_certificate(asio::buffer(kCertificate, sizeof(kCertificate) - 1),
                            asio::ssl::context::pem);
    context.use_private_key(asio::buffer(kKey, sizeof(kKey) - 1), asio::ssl::context::pem);
    asio::ssl::stream<Tcp::socket&> stream(socket, context);
    stream.handshake(asio::ssl::stream_base::server, error);
    if (!error) Serve(stream);
  }

  std::string answer_, request_, rest_;
  asio::io_context context_;
  Tcp::acceptor acceptor_{context_, Tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::jthread thread_;
};

class HttpClientTest : public ::testing::Test {
 protected:
  Result<HttpResponse> Ask(const std::string& url) {
    HttpRequest request;
    request.url = url;
    return client_->Send(request);
  }

  std::unique_ptr<Env> env_ = MakeSystemEnv();
  std::unique_ptr<HttpClient> client_ = MakeHttpClient(*env_);
};

TEST_F(HttpClientTest, SendsWhatIsAskedAndGivesTheAnswer) {
  Server server("HTTP/1.1 201 Created\r\nX-Thing: a\r\nContent-Length: 5\r\n\r\nhello");
  HttpRequest request;
  request.method = "POST";
  request.url = server.Url("/hook?x=1");
  request.headers = {{"Content-Type", "application/json"}, {"Authorization", "Bearer t"}};
  request.body = "{}";
  const auto answer = client_->Send(request);
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->status, 201);
  EXPECT_TRUE(answer->is_success());
  EXPECT_EQ(answer->body, "hello");
  EXPECT_EQ(answer->Header("x-thing"), "a");
  EXPECT_EQ(answer->Header("x-other"), std::nullopt);
  EXPECT_THAT(server.request(), StartsWith("POST /hook?x=1 HTTP/1.1\r\n"));
  EXPECT_THAT(server.request(), HasSubstr("Host: 127.0.0.1:" + server.Port() + "\r\n"));
  EXPECT_THAT(server.request(), HasSubstr("Authorization: Bearer t\r\n"));
  EXPECT_THAT(server.request(), HasSubstr("\r\n\r\n{}"));
}

TEST_F(HttpClientTest, ReadsBodiesInPiecesAndToTheEnd) {
  Server pieces(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(Ask(pieces.Url())->body, "abcde");
  Server open("HTTP/1.0 200 OK\r\n\r\nall of it");
  EXPECT_EQ(Ask(open.Url())->body, "all of it");
}

TEST_F(HttpClientTest, TakesErrorsAndRedirectsForAnswers) {
  Server error("HTTP/1.1 503 Busy\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n");
  const auto busy = Ask(error.Url());
  ASSERT_THAT(busy, IsOk());
  EXPECT_EQ(busy->status, 503);
  EXPECT_FALSE(busy->is_success());
  Server elsewhere(
      "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n");
  const auto redirect = Ask(elsewhere.Url());
  ASSERT_THAT(redirect, IsOk());
  EXPECT_EQ(redirect->status, 302);
}

TEST_F(HttpClientTest, RefusesAnswersThatAreTooLong) {
  for (const std::string& answer :
       {std::string("HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n"),
        "HTTP/1.1 200 OK\r\n\r\n" + std::string(5000, 'x'),
        "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x')}) {
    Server server(answer);
    HttpRequest request;
    request.url = server.Url();
    request.answer_bytes_max = 1000;
    EXPECT_THAT(client_->Send(request), IsError(ErrorKind::kResourceExhausted));
  }
}

TEST_F(HttpClientTest, NamesAnswersThatAreNoneOrCut) {
  for (const char* answer :
       {"SSH-2.0-OpenSSH\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"}) {
    Server server(answer);
    EXPECT_THAT(Ask(server.Url()), IsError(ErrorKind::kCorrupt)) << answer;
  }
}

TEST_F(HttpClientTest, WaitsNoLongerThanItMay) {
  Server server("");
  HttpRequest request;
  request.url = server.Url();
  request.timeout = Millis{50};
  EXPECT_THAT(client_->Send(request), IsError(ErrorKind::kTimeout));
}

TEST_F(HttpClientTest, SaysThatNobodyAnswers) {
  std::string url;
  {
    Server gone("");
    url = gone.Url();
  }
  EXPECT_THAT(Ask(url), IsError(ErrorKind::kUnavailable));
}

TEST_F(HttpClientTest, RefusesHeadersThatWouldBeginAnother) {
  HttpRequest request;
  request.url = "http://127.0.0.1:1/";
  request.headers = {{"X", "a\r\nY: b"}};
  EXPECT_THAT(client_->Send(request), IsError(ErrorKind::kInvalidArgument));
}

TEST_F(HttpClientTest, TrustsOnlyCertificatesOfKnownAuthoritiesForTheHost) {
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/authority.pem";
  std::ofstream(file) << kCertificate;
  const auto trusting = MakeHttpClient(*env_, {file});
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret";
  HttpRequest request;
  {
    Server server(answer, true);
    request.url = "https://localhost:" + server.Port() + "/";
    const auto trusted = trusting->Send(request);
    ASSERT_THAT(trusted, IsOk());
    EXPECT_EQ(trusted->body, "secret");
  }
  {
    Server server(answer, true);
    request.url = "https://127.0.0.1:" + server.Port() + "/";
    EXPECT_THAT(trusting->Send(request), IsError(ErrorKind::kUnavailable));
    EXPECT_EQ(server.request(), "");
  }
  {
    Server server(answer, true);
    EXPECT_THAT(Ask("https://localhost:" + server.Port() + "/"), IsError(ErrorKind::kUnavailable));
  }
  EXPECT_THAT(MakeHttpClient(*env_, {"/no/such/file"})->Send(request),
              IsError(ErrorKind::kUnavailable));
}

TEST(ParseHttpUrl, TakesUrlsApart) {
  const auto plain = ParseHttpUrl("http://h.example");
  ASSERT_THAT(plain, IsOk());
  EXPECT_FALSE(plain->tls);
  EXPECT_EQ(plain->host + " " + plain->port + " " + plain->path, "h.example 80 /");
  const auto whole = ParseHttpUrl("https://[::1]:8443/a/b?c=d#e");
  ASSERT_THAT(whole, IsOk());
  EXPECT_TRUE(whole->tls);
  EXPECT_EQ(whole->host + " " + whole->port + " " + whole->path, "::1 8443 /a/b?c=d");
  EXPECT_EQ(ParseHttpUrl("http://h?x")->path, "/?x");
}

TEST(ParseHttpUrl, RefusesWhatIsNoneAndRepeatsNoSecret) {
  for (const char* url :
       {"", "h", "ftp://h/", "http://", "http://:80/", "http://h:x/", "http://h:/", "http://[::1/",
        "http://h/a b", "http://h/\r\nX: y", "http://user:pw@h/", "http://[]:80/"}) {
    EXPECT_THAT(ParseHttpUrl(url), IsError(ErrorKind::kInvalidArgument)) << url;
  }
  EXPECT_THAT(ParseHttpUrl("http://user:pw@h/").error().message, ::testing::Not(HasSubstr("pw")));
  EXPECT_THAT(ParseHttpUrl("https://h:x/token").error().message,
              ::testing::Not(HasSubstr("token")));
}

}  // namespace
}  // namespace firn::io
