// SPDX-License-Identifier: Apache-2.0
//
// URLs as far as requests need them (RFC 3986, section 3): scheme, host, port, path and query.

#include <algorithm>

#include "firn/io/http_client.h"

namespace firn::io {
namespace {

constexpr size_t kUrlBytesMax = 8192;

Error Refuse(std::string_view url, std::string_view why) {
  return InvalidArgument("not a URL to send a request to", url.substr(0, url.find('/', 8)), why)
      .WithHint("such as https://host/path");
}

bool IsPort(std::string_view port) {
  return !port.empty() && port.size() <= 5 &&
         port.find_first_not_of("0123456789") == std::string_view::npos;
}

// Takes host and port apart: "host", "host:80", "[::1]:80".
bool TakeAuthority(std::string_view authority, HttpTarget& target) {
  const bool bracketed = authority.starts_with('[');
  const size_t end = bracketed ? authority.find(']') : authority.find(':');
  if (bracketed && end == authority.npos) return false;
  target.host = bracketed ? authority.substr(1, end - 1) : authority.substr(0, end);
  std::string_view rest = end == authority.npos ? std::string_view() : authority.substr(end);
  if (bracketed) rest.remove_prefix(1);
  if (rest.empty()) return !target.host.empty();
  target.port = rest.substr(1);
  return rest.front() == ':' && IsPort(target.port) && !target.host.empty();
}

}  // namespace

Result<HttpTarget> ParseHttpUrl(std::string_view url) {
  const auto visible = [](char c) { return c > ' ' && c < 0x7f; };
  if (url.size() > kUrlBytesMax) return Refuse(url, "it is too long");
  if (!std::all_of(url.begin(), url.end(), visible)) {
    return Refuse("", "it has blanks or other bytes that a URL has encoded");
  }
  HttpTarget target;
  target.tls = url.starts_with("https://");
  if (!target.tls && !url.starts_with("http://"))
    return Refuse(url, "it is neither http nor https");
  std::string_view rest = url.substr(target.tls ? 8 : 7);
  rest = rest.substr(0, rest.find('#'));
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  rest.remove_prefix(authority.size());
  if (authority.find('@') != authority.npos) {
    return Refuse("", "names and passwords belong into a header");
  }
  target.port = target.tls ? "443" : "80";
  if (!TakeAuthority(authority, target)) return Refuse(url, "its host or port is none");
  target.path = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
  return target;
}

std::optional<std::string_view> HttpResponse::Header(std::string_view name) const {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  for (const auto& [found, value] : headers) {
    const bool same = std::equal(found.begin(), found.end(), name.begin(), name.end(),
                                 [&](char a, char b) { return lower(a) == lower(b); });
    if (same) return value;
  }
  return std::nullopt;
}

}  // namespace firn::io
