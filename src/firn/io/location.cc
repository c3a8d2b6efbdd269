// SPDX-License-Identifier: Apache-2.0
//
// Engines spell a local location differently: Java writes `file:/a`, PyIceberg keeps what the
// warehouse was configured with, ClickHouse accepts `file:///a` alone. None of them decodes percent
// signs (partition values arrive already encoded in names), so neither do we.

#include "firn/io/location.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace firn::io {
namespace {

constexpr std::string_view kFileScheme = "file:";

bool IsSchemeCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '-' || c == '.';
}

// Length of "scheme:" at the front; 0 where there is none.
size_t SchemeLength(std::string_view location) {
  size_t end = 0;
  while (end < location.size() && IsSchemeCharacter(location[end]))
    ++end;
  return end > 0 && end < location.size() && location[end] == ':' ? end + 1 : 0;
}

// The path of a local location, as spelled; unset for other schemes and hosts.
std::optional<std::string_view> PathOf(std::string_view location) {
  if (location.starts_with('/')) return location;
  if (!location.starts_with(kFileScheme)) return std::nullopt;
  location.remove_prefix(kFileScheme.size());
  if (!location.starts_with("//")) return location;
  location.remove_prefix(2);
  if (location.starts_with("localhost/"))
    location.remove_prefix(std::string_view("localhost").size());
  if (!location.starts_with('/')) return std::nullopt;
  return location;
}

// Drops empty and "." segments and the slash at the end.
std::string CleanPath(std::string_view path) {
  std::string clean;
  while (!path.empty()) {
    const size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    if (!segment.empty() && segment != ".") clean.append("/").append(segment);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return clean.empty() ? "/" : clean;
}

// A location in parts. Local ones have the scheme "file" and no host.
struct Parts {
  std::string scheme;
  std::string_view host;
  std::string_view path;
};

Parts Split(std::string_view location) {
  if (const auto path = PathOf(location)) return {"file", "", *path};
  const size_t scheme = SchemeLength(location);
  if (scheme == 0) return {"", "", location};
  Parts parts{std::string(location.substr(0, scheme - 1)), "", location.substr(scheme)};
  if (parts.scheme == "s3a" || parts.scheme == "s3n") parts.scheme = "s3";
  if (!parts.path.starts_with("//")) return parts;
  parts.path.remove_prefix(2);
  const size_t slash = std::min(parts.path.find('/'), parts.path.size());
  parts.host = parts.path.substr(0, slash);
  parts.path.remove_prefix(slash);
  return parts;
}

// The segments of a path that are not empty and not ".".
std::vector<std::string_view> SegmentsOf(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    const size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    if (!segment.empty() && segment != ".") segments.push_back(segment);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return segments;
}

bool ClimbsUp(const std::vector<std::string_view>& segments) {
  return std::find(segments.begin(), segments.end(), "..") != segments.end();
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string PercentDecoded(std::string_view text) {
  std::string decoded;
  for (size_t at = 0; at < text.size(); ++at) {
    const bool escaped = text[at] == '%' && at + 2 < text.size() && HexDigit(text[at + 1]) >= 0 &&
                         HexDigit(text[at + 2]) >= 0;
    if (!escaped) {
      decoded += text[at];
      continue;
    }
    decoded += static_cast<char>(HexDigit(text[at + 1]) * 16 + HexDigit(text[at + 2]));
    at += 2;
  }
  return decoded;
}

std::string_view WithoutTrailingSlashes(std::string_view location) {
  while (location.size() > 1 && location.ends_with('/'))
    location.remove_suffix(1);
  return location;
}

}  // namespace

std::string FileLocation(std::string_view path) {
  return "file://" + CleanPath(path);
}

Result<std::string> LocalPath(std::string_view location) {
  const auto path = PathOf(location);
  if (!path) return Unsupported("not a local location", location);
  if (!path->starts_with('/')) return InvalidArgument("location is not absolute", location);
  if (path->find('\0') != std::string_view::npos) {
    return InvalidArgument("location holds a NUL byte", location);
  }
  return CleanPath(*path);
}

std::string NormalizeLocation(std::string_view location) {
  if (const auto path = PathOf(location); path && path->starts_with('/')) {
    return FileLocation(*path);
  }
  return std::string(WithoutTrailingSlashes(location));
}

bool SameLocation(std::string_view a, std::string_view b) {
  return a == b || NormalizeLocation(a) == NormalizeLocation(b);
}

std::string LooseLocationKey(std::string_view location) {
  const std::string decoded = PercentDecoded(Split(location).path);
  return CleanPath(decoded);
}

bool IsWithin(std::string_view folder, std::string_view location) {
  const Parts outer = Split(folder);
  const Parts inner = Split(location);
  if (outer.scheme != inner.scheme || outer.host != inner.host) return false;
  const auto above = SegmentsOf(outer.path);
  const auto below = SegmentsOf(inner.path);
  if (above.empty() && outer.host.empty()) return false;  // All there is.
  if (ClimbsUp(above) || ClimbsUp(below) || below.size() <= above.size()) return false;
  return std::equal(above.begin(), above.end(), below.begin());
}

std::string JoinLocation(std::string_view folder, std::string_view relative) {
  while (relative.starts_with('/'))
    relative.remove_prefix(1);
  while (folder.ends_with('/'))
    folder.remove_suffix(1);
  return std::string(folder).append("/").append(relative);
}

std::string ParentLocation(std::string_view location) {
  location = WithoutTrailingSlashes(location);
  const size_t slash = location.rfind('/');
  if (slash == std::string_view::npos || slash < SchemeLength(location)) return {};
  return std::string(location.substr(0, slash));
}

std::string_view FileNameOf(std::string_view location) {
  const size_t slash = location.rfind('/');
  return slash == std::string_view::npos ? location : location.substr(slash + 1);
}

}  // namespace firn::io
