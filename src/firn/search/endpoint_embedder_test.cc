// SPDX-License-Identifier: Apache-2.0

#include "firn/search/endpoint_embedder.h"

#include <deque>
#include <utility>

#include "firn/base/json.h"
#include "firn/base/testing.h"

namespace firn::search {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

io::HttpResponse Answer(int status, std::string body, io::HttpHeaders headers = {}) {
  return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

// Gives the answers it was told to, then vectors: (length of the text, 0).
class ScriptedClient : public io::HttpClient {
 public:
  Result<io::HttpResponse> Send(const io::HttpRequest& request) override {
    asked.push_back(request);
    if (!script.empty()) {
      auto answer = std::move(script.front());
      script.pop_front();
      return answer;
    }
    const Json page = Json::Parse(request.body).value();
    Json::Array data;
    for (const Json& text : **page.GetArray("input")) {
      Json item;
      item.Set("index", static_cast<int64_t>(data.size()));
      item.Set("embedding", Json::Array{static_cast<int64_t>(text.as_string()->size()), 0});
      data.insert(data.begin(), std::move(item));  // Last first: the index counts.
    }
    Json answer;
    answer.Set("data", std::move(data));
    return Answer(200, answer.Dump());
  }

  std::deque<Result<io::HttpResponse>> script;
  std::vector<io::HttpRequest> asked;
};

class Endpoint : public ::testing::Test {
 protected:
  Result<std::vector<Vector>> Embed(const std::vector<std::string_view>& texts) {
    options_.url = "http://127.0.0.1:1/v1/embeddings";
    options_.model = "small";
    return MakeEndpointEmbedder(client_, env_, options_)->Embed(texts);
  }

  FixedEnv env_;
  ScriptedClient client_;
  EndpointOptions options_;
};

TEST_F(Endpoint, IsAskedInBatchesAndGivesUnitVectorsInOrder) {
  options_.batch = 2;
  options_.key = "k";
  options_.dimensions = 2;
  const auto vectors = Embed({"a", "bb", "ccc"});
  ASSERT_THAT(vectors, IsOk());
  EXPECT_THAT(*vectors, ElementsAre(Vector{1, 0}, Vector{1, 0}, Vector{1, 0}));
  ASSERT_THAT(client_.asked, SizeIs(2));
  EXPECT_EQ(client_.asked[0].body, R"({"model":"small","input":["a","bb"],"dimensions":2})");
  EXPECT_THAT(client_.asked[0].headers,
              testing::Contains(testing::Pair("Authorization", "Bearer k")));
}

TEST_F(Endpoint, PutsVectorsToTheTextsTheyAreOf) {
  client_.script.push_back(
      Answer(200, R"({"data":[{"index":1,"embedding":[0,3]},{"index":0,"embedding":[-2,0]}]})"));
  EXPECT_THAT(Embed({"a", "b"}), HasValue(ElementsAre(Vector{-1, 0}, Vector{0, 1})));
}

TEST_F(Endpoint, CutsLongTextsBetweenCharacters) {
  options_.text_bytes_max = 4;
  ASSERT_THAT(Embed({"abcdef", "abcü"}), IsOk());
  EXPECT_THAT(client_.asked[0].body, HasSubstr(R"(["abcd","abc"])"));
}

TEST_F(Endpoint, IsAskedAgainAsItSays) {
  client_.script.push_back(Answer(429, "", {{"Retry-After", "7"}}));
  client_.script.push_back(Answer(503, ""));
  client_.script.push_back(Unavailable("nobody there"));
  const int64_t began = env_.MonotonicMicros();
  EXPECT_THAT(Embed({"a"}), IsOk());
  EXPECT_THAT(client_.asked, SizeIs(4));
  const int64_t waited = env_.MonotonicMicros() - began;
  EXPECT_GE(waited, 7'000'000 + 500'000 + 1'000'000);
  EXPECT_LE(waited, 7'000'000 + 1'000'000 + 2'000'000);
}

TEST_F(Endpoint, IsGivenUpInTheEnd) {
  for (int i = 0; i < 10; ++i)
    client_.script.push_back(Answer(500, R"({"error":{"message":"out of order"}})"));
  const auto vectors = Embed({"a"});
  EXPECT_THAT(vectors, IsError(ErrorKind::kUnavailable));
  EXPECT_THAT(vectors, HasMessage("500: out of order"));
  EXPECT_THAT(client_.asked, SizeIs(6));
}

TEST_F(Endpoint, IsNotAskedAgainWhereThatCannotHelp) {
  client_.script.push_back(Answer(401, R"({"error":{"message":"no such key"}})"));
  EXPECT_THAT(Embed({"a"}), IsError(ErrorKind::kUnauthenticated));
  client_.script.push_back(Answer(400, "{}"));
  EXPECT_THAT(Embed({"a"}), IsError(ErrorKind::kInvalidArgument));
  EXPECT_THAT(client_.asked, SizeIs(2));
}

TEST_F(Endpoint, RefusesAnswersThatAreNone) {
  for (const char* body :
       {"", "{}", R"({"data":[]})", R"({"data":[{"index":0,"embedding":[]}]})",
        R"({"data":[{"index":3,"embedding":[1]}]})", R"({"data":[{"index":0,"embedding":["x"]}]})",
        R"({"data":[{"index":0,"embedding":"AAAA"}]})"}) {
    client_.script.push_back(Answer(200, body));
    EXPECT_THAT(Embed({"a"}), IsError(ErrorKind::kCorrupt)) << body;
  }
  client_.script.push_back(
      Answer(200, R"({"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[2]}]})"));
  EXPECT_THAT(Embed({"a", "b"}), HasMessage("two vectors of one text"));
}

}  // namespace
}  // namespace firn::search
