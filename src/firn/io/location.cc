// SPDX-License-Identifier: Apache-2.0
//
// Engines spell a local location differently: Java writes `file:/a`, PyIceberg keeps what the
// warehouse was configured with, ClickHouse accepts `file:///a` alone. None of them decodes percent
// signs (partition values arrive already encoded in names), so neither do we.

#include "firn/io/location.h"

#include <optional>

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

bool HasParentSegment(std::string_view location) {
  while (!location.empty()) {
    const size_t slash = location.find('/');
    if (location.substr(0, slash) == "..") return true;
    location.remove_prefix(slash == std::string_view::npos ? location.size() : slash + 1);
  }
  return false;
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

bool IsWithin(std::string_view location, std::string_view folder) {
  const std::string inner = NormalizeLocation(location);
  std::string outer = NormalizeLocation(folder);
  if (HasParentSegment(inner) || HasParentSegment(outer)) return false;
  if (outer.ends_with(':')) return false;  // A scheme alone.
  const size_t authority = outer.find("://");
  const size_t root = authority == std::string::npos ? 1 : authority + 3;
  if (outer.find_first_not_of('/', root) == std::string::npos) return false;
  outer += '/';
  return inner.size() > outer.size() && inner.starts_with(outer);
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
