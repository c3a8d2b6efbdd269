// SPDX-License-Identifier: Apache-2.0

#include "firn/server/otlp.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "firn/base/compression.h"
#include "firn/base/json.h"

namespace firn::server {
namespace {

constexpr int kRetrySeconds = 10;
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kProtobuf = "application/x-protobuf";

struct Path {
  std::string_view path;
  std::string_view signal;
  const char* rejected;  // The member that counts records which were not taken.
};

constexpr std::array<Path, 3> kPaths = {Path{"/v1/logs", "logs", "rejectedLogRecords"},
                                        Path{"/v1/traces", "traces", "rejectedSpans"},
                                        Path{"/v1/metrics", "metrics", "rejectedDataPoints"}};

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : static_cast<char>(c);
  });
  return lower;
}

void AddVarint(uint64_t value, std::string& bytes) {
  for (; value >= 0x80; value >>= 7)
    bytes += static_cast<char>(value | 0x80);
  bytes += static_cast<char>(value);
}

// A field of protobuf that is text, or a message.
void AddField(uint32_t number, std::string_view value, std::string& bytes) {
  AddVarint(number << 3 | 2, bytes);
  AddVarint(value.size(), bytes);
  bytes += value;
}

// Answers in the client's own encoding.
class Replies {
 public:
  explicit Replies(bool is_protobuf) : is_protobuf_(is_protobuf) {}

  Answer Taken(const Path& path, int64_t rejected) const {
    Answer answer{200, Type(), "", {}, {}};
    const std::string why = "not an object";
    if (is_protobuf_) {
      if (rejected == 0) return answer;
      std::string partial;
      AddVarint(1 << 3, partial);
      AddVarint(static_cast<uint64_t>(rejected), partial);
      AddField(2, why, partial);
      AddField(1, partial, answer.body);
      return answer;
    }
    Json partial{Json::Object()};
    if (rejected > 0) {
      partial.Set(path.rejected, std::to_string(rejected));
      partial.Set("errorMessage", why);
    }
    Json json{Json::Object()};
    json.Set("partialSuccess", std::move(partial));
    answer.body = json.Dump();
    return answer;
  }

  // The message "Status" of gRPC: its field 2 says what is wrong.
  Answer Refused(int status, const std::string& message) const {
    Answer answer{status, Type(), "", {}, {}};
    if (status == 429 || status == 503) answer.retry_after_seconds = kRetrySeconds;
    if (is_protobuf_) {
      AddField(2, message, answer.body);
      return answer;
    }
    Json json{Json::Object()};
    json.Set("message", message);
    answer.body = json.Dump();
    return answer;
  }

 private:
  std::string Type() const { return std::string(is_protobuf_ ? kProtobuf : kJson); }

  bool is_protobuf_;
};

int StatusOf(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kCorrupt:
    case ErrorKind::kInvalidArgument:
      return 400;
    case ErrorKind::kResourceExhausted:
      return 413;
    default:
      return 503;
  }
}

}  // namespace

Answer AnswerOtlp(const Request& request, const TakeOtlp& take) {
  const std::string type =
      LowerCase(request.content_type.substr(0, request.content_type.find(';')));
  const bool is_protobuf = type == kProtobuf;
  const Replies replies(is_protobuf);
  const auto path = std::ranges::find(kPaths, request.path, &Path::path);
  if (path == kPaths.end())
    return replies.Refused(404, "there are /v1/logs, /v1/traces and /v1/metrics");
  if (request.method != "POST") {
    Answer answer = replies.Refused(405, "use POST");
    answer.allow = "POST";
    return answer;
  }
  if (!is_protobuf && type != kJson)
    return replies.Refused(415, "send application/x-protobuf or application/json");
  const std::string encoding = LowerCase(request.content_encoding);
  std::string inflated;
  std::string_view body = request.body;
  if (encoding == "gzip") {
    auto done = Inflate(body, DeflateFormat::kGzip, lakehouse::OtelInbox::kRequestBytesMax);
    if (!done) return replies.Refused(StatusOf(done.error()), done.error().message);
    inflated = std::move(*done);
    body = inflated;
  } else if (!encoding.empty() && encoding != "identity") {
    return replies.Refused(415, "send it plain, or as gzip");
  }
  const auto taken = take(path->signal, is_protobuf, body);
  if (!taken) return replies.Refused(StatusOf(taken.error()), taken.error().message);
  return replies.Taken(*path, taken->rejected);
}

}  // namespace firn::server
