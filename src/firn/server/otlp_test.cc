// SPDX-License-Identifier: Apache-2.0

#include "firn/server/otlp.h"

#include "firn/base/compression.h"
#include "firn/base/testing.h"

namespace firn::server {
namespace {

using ::testing::HasSubstr;

// Remembers what it was given, and says what it is told to.
struct Taker {
  Result<lakehouse::OtelInbox::Taken> says = lakehouse::OtelInbox::Taken{2, 0};
  std::string signal, body;
  bool is_protobuf = false;

  Answer Ask(const Request& request) {
    return AnswerOtlp(request, [&](std::string_view of, bool protobuf, std::string_view given) {
      signal = of;
      is_protobuf = protobuf;
      body = given;
      return says;
    });
  }
};

Request Post(const std::string& path, const std::string& type, const std::string& body = "b") {
  return {"POST", path, type, "", body};
}

TEST(Otlp, TakesEachSignalInItsEncoding) {
  Taker taker;
  Answer answer = taker.Ask(Post("/v1/traces", "application/json; charset=utf-8", "{}"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "application/json");
  EXPECT_EQ(answer.body, R"({"partialSuccess":{}})");
  EXPECT_EQ(taker.signal, "traces");
  EXPECT_FALSE(taker.is_protobuf);
  answer = taker.Ask(Post("/v1/metrics", "application/x-protobuf", "pb"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "application/x-protobuf");
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(taker.signal, "metrics");
  EXPECT_TRUE(taker.is_protobuf);
}

TEST(Otlp, Inflates) {
  Taker taker;
  Request request =
      Post("/v1/logs", "application/json", Deflate("{}", DeflateFormat::kGzip).value());
  request.content_encoding = "gzip";
  EXPECT_EQ(taker.Ask(request).status, 200);
  EXPECT_EQ(taker.body, "{}");
  request.body = "no gzip";
  EXPECT_EQ(taker.Ask(request).status, 400);
  request.body =
      Deflate(std::string(lakehouse::OtelInbox::kRequestBytesMax + 1, 'x'), DeflateFormat::kGzip)
          .value();
  EXPECT_EQ(taker.Ask(request).status, 413);
  request.content_encoding = "br";
  EXPECT_EQ(taker.Ask(request).status, 415);
}

TEST(Otlp, SaysHowManyRecordsItDidNotTake) {
  Taker taker;
  taker.says = lakehouse::OtelInbox::Taken{2, 3};
  EXPECT_EQ(taker.Ask(Post("/v1/logs", "application/json")).body,
            R"({"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"not an object"}})");
  EXPECT_EQ(taker.Ask(Post("/v1/logs", "application/x-protobuf")).body,
            "\x0a\x11\x08\x03\x12\x0dnot an object");
}

TEST(Otlp, RefusesWhatItCannotTake) {
  Taker taker;
  EXPECT_EQ(taker.Ask(Post("/v1/profiles", "application/json")).status, 404);
  EXPECT_EQ(taker.Ask(Post("/v1/logs", "text/plain")).status, 415);
  Request request = Post("/v1/logs", "application/json");
  request.method = "GET";
  EXPECT_EQ(taker.Ask(request).status, 405);
  EXPECT_EQ(taker.Ask(request).allow, "POST");
  EXPECT_EQ(taker.signal, "");
}

TEST(Otlp, SaysWhetherItMayComeAgain) {
  Taker taker;
  taker.says = Corrupt("not an OTLP request in JSON");
  Answer answer = taker.Ask(Post("/v1/logs", "application/json"));
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body, R"({"message":"not an OTLP request in JSON"})");
  EXPECT_FALSE(answer.retry_after_seconds.has_value());
  taker.says = Unavailable("no room");
  answer = taker.Ask(Post("/v1/logs", "application/x-protobuf"));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "\x12\x07no room");
  EXPECT_TRUE(answer.retry_after_seconds.has_value());
}

}  // namespace
}  // namespace firn::server
