// SPDX-License-Identifier: Apache-2.0

#include "firn/search/endpoint_embedder.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "firn/base/json.h"
#include "firn/search/document.h"

namespace firn::search {
namespace {

constexpr int kTriesMax = 6;
constexpr int64_t kFirstWaitMs = 500;
constexpr int64_t kWaitMsMax = 60'000;
constexpr int64_t kAnswerBytesMax = int64_t{64} << 20;
constexpr size_t kQuotedBytesMax = 200;
constexpr int kTooManyRequests = 429;

bool IsWorthAnotherTry(const Result<io::HttpResponse>& answer) {
  if (answer) return answer->status == kTooManyRequests || answer->status >= 500;
  const ErrorKind kind = answer.error().kind;
  return kind == ErrorKind::kUnavailable || kind == ErrorKind::kTimeout ||
         kind == ErrorKind::kCorrupt;
}

// What the server says is wrong, as far as it says it.
std::string ReasonIn(const std::string& body) {
  const auto page = Json::Parse(body);
  const Json* error = page ? page->Find("error") : nullptr;
  const Json* message = error != nullptr ? error->Find("message") : nullptr;
  const std::string* text = message != nullptr ? message->as_string() : nullptr;
  if (text == nullptr) return "";
  return ": " + std::string(CutBetweenCharacters(*text, kQuotedBytesMax));
}

Error Refused(const io::HttpResponse& answer) {
  Error error = InvalidArgument("the server of embeddings answered " +
                                std::to_string(answer.status) + ReasonIn(answer.body));
  if (answer.status == 401) error.kind = ErrorKind::kUnauthenticated;
  if (answer.status == 403) error.kind = ErrorKind::kForbidden;
  if (answer.status == kTooManyRequests || answer.status >= 500) {
    error.kind = ErrorKind::kUnavailable;
  }
  return std::move(error).WithHint("[embeddings] of firn.toml names the server, model and key");
}

Error Broken(std::string_view what) {
  return Corrupt("the server of embeddings answered " + std::string(what));
}

Result<Vector> VectorIn(const Json& item) {
  const Json* numbers = item.Find("embedding");
  const Json::Array* array = numbers != nullptr ? numbers->as_array() : nullptr;
  if (array == nullptr || array->empty()) return Broken("without a vector");
  Vector vector;
  for (const Json& number : *array) {
    const auto value = number.ToDouble();
    if (!value) return Broken("a vector that is none");
    vector.push_back(static_cast<float>(*value));
  }
  Normalise(vector);
  return vector;
}

// The vectors of an answer, in the order of the texts that were sent: one for each.
Result<std::vector<Vector>> VectorsIn(const std::string& body, size_t count) {
  const auto page = Json::Parse(body);
  const Json* data = page ? page->Find("data") : nullptr;
  const Json::Array* items = data != nullptr ? data->as_array() : nullptr;
  if (items == nullptr || items->size() != count) return Broken("another number of vectors");
  std::vector<Vector> vectors(count);
  std::vector<bool> answered(count);
  for (size_t at = 0; at < count; ++at) {
    const Json* index = (*items)[at].Find("index");
    const auto place =
        index != nullptr ? index->ToInt64() : Result<int64_t>(static_cast<int64_t>(at));
    if (!place || *place < 0 || *place >= static_cast<int64_t>(count)) {
      return Broken("a vector of a text that was not sent");
    }
    const auto text = static_cast<size_t>(*place);
    if (answered[text]) return Broken("two vectors of one text");
    answered[text] = true;
    FIRN_ASSIGN(vectors[text], VectorIn((*items)[at]));
  }
  return vectors;
}

class EndpointEmbedder : public Embedder {
 public:
  EndpointEmbedder(io::HttpClient& http, Env& env, EndpointOptions options)
      : http_(http),
        env_(env),
        options_(std::move(options)),
        version_("1." + std::to_string(options_.dimensions)) {}

  const std::string& name() const override { return options_.model; }
  const std::string& version() const override { return version_; }

  Result<std::vector<Vector>> Embed(std::span<const std::string_view> texts) const override {
    std::vector<Vector> all;
    for (size_t at = 0; at < texts.size(); at += options_.batch) {
      const auto part = texts.subspan(at, std::min(options_.batch, texts.size() - at));
      FIRN_ASSIGN(const io::HttpResponse answer, Ask(part));
      FIRN_ASSIGN(std::vector<Vector> vectors, VectorsIn(answer.body, part.size()));
      for (Vector& vector : vectors)
        all.push_back(std::move(vector));
    }
    return all;
  }

 private:
  io::HttpRequest RequestOf(std::span<const std::string_view> texts) const {
    Json page;
    page.Set("model", options_.model);
    Json::Array input;
    for (const std::string_view text : texts)
      input.emplace_back(CutBetweenCharacters(text, options_.text_bytes_max));
    page.Set("input", std::move(input));
    if (options_.dimensions > 0) page.Set("dimensions", options_.dimensions);
    io::HttpRequest request;
    request.method = "POST";
    request.url = options_.url;
    request.headers = {{"Content-Type", "application/json"}};
    if (!options_.key.empty()) {
      request.headers.emplace_back("Authorization", "Bearer " + options_.key);
    }
    request.body = page.Dump();
    request.timeout = options_.timeout;
    request.answer_bytes_max = kAnswerBytesMax;
    return request;
  }

  // As long as the server says, else longer each time, and not in step with others.
  Millis WaitBefore(int attempt, const Result<io::HttpResponse>& failed) const {
    const auto header = failed ? failed->Header("Retry-After") : std::nullopt;
    int64_t seconds = 0;
    if (header && std::from_chars(header->data(), header->data() + header->size(), seconds).ec ==
                      std::errc()) {
      return Millis{std::clamp<int64_t>(seconds, 0, kWaitMsMax / 1000) * 1000};
    }
    const int64_t longest = std::min(kFirstWaitMs << attempt, kWaitMsMax);
    return Millis{longest / 2 + static_cast<int64_t>(env_.Random64() % 1000) * longest / 2000};
  }

  Result<io::HttpResponse> Ask(std::span<const std::string_view> texts) const {
    const io::HttpRequest request = RequestOf(texts);
    for (int attempt = 0;; ++attempt) {
      auto answer = http_.Send(request);
      if (IsWorthAnotherTry(answer) && attempt + 1 < kTriesMax) {
        env_.Sleep(WaitBefore(attempt, answer));
        continue;
      }
      if (!answer) return std::move(answer).error().Within("asking the server of embeddings");
      if (!answer->is_success()) return Refused(*answer);
      return answer;
    }
  }

  io::HttpClient& http_;
  Env& env_;
  const EndpointOptions options_;
  const std::string version_;
};

}  // namespace

std::unique_ptr<Embedder> MakeEndpointEmbedder(io::HttpClient& http, Env& env,
                                               EndpointOptions options) {
  return std::make_unique<EndpointEmbedder>(http, env, std::move(options));
}

}  // namespace firn::search
