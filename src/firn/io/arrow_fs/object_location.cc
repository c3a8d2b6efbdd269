// SPDX-License-Identifier: Apache-2.0

#include "firn/io/arrow_fs/object_location.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace firn::io {
namespace {

struct Scheme {
  std::string_view text;
  StoreKind kind;
};

constexpr Scheme kSchemes[] = {
    {"s3://", StoreKind::kS3},       {"s3a://", StoreKind::kS3},
    {"s3n://", StoreKind::kS3},      {"gs://", StoreKind::kGcs},
    {"gcs://", StoreKind::kGcs},     {"abfs://", StoreKind::kAzure},
    {"abfss://", StoreKind::kAzure}, {"wasb://", StoreKind::kAzure},
    {"wasbs://", StoreKind::kAzure},
};

const Scheme* SchemeOf(std::string_view location) {
  for (const Scheme& scheme : kSchemes) {
    if (location.starts_with(scheme.text)) return &scheme;
  }
  return nullptr;
}

Status CheckKey(std::string_view key, std::string_view location) {
  const bool control = std::any_of(key.begin(), key.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (control) return InvalidArgument("location holds a control character", location);
  while (!key.empty()) {
    const size_t slash = std::min(key.find('/'), key.size());
    const std::string_view segment = key.substr(0, slash);
    if (segment.empty() || segment == "." || segment == "..") {
      return InvalidArgument("location with an empty, '.' or '..' segment", location);
    }
    key.remove_prefix(std::min(slash + 1, key.size()));
  }
  return Ok();
}

// "container@account.dfs.core.windows.net"
void SplitAuthority(std::string_view authority, ObjectLocation& parsed) {
  const size_t at = authority.find('@');
  if (parsed.kind != StoreKind::kAzure || at == std::string_view::npos) {
    parsed.bucket = std::string(authority);
    return;
  }
  parsed.bucket = std::string(authority.substr(0, at));
  const std::string_view host = authority.substr(at + 1);
  parsed.account = std::string(host.substr(0, host.find('.')));
}

}  // namespace

std::string ObjectLocation::LocationOf(std::string_view path) const {
  std::string location = prefix;
  if (path.size() > bucket.size()) location.append(path.substr(bucket.size() + 1));
  return location;
}

bool IsObjectLocation(std::string_view location) {
  return SchemeOf(location) != nullptr;
}

Result<ObjectLocation> ParseObjectLocation(std::string_view location) {
  const Scheme* scheme = SchemeOf(location);
  if (scheme == nullptr) return Unsupported("not a location in an object store", location);
  std::string_view rest = location.substr(scheme->text.size());
  const size_t slash = std::min(rest.find('/'), rest.size());
  ObjectLocation parsed;
  parsed.kind = scheme->kind;
  SplitAuthority(rest.substr(0, slash), parsed);
  if (parsed.bucket.empty()) return InvalidArgument("location without a bucket", location);
  parsed.prefix = std::string(location.substr(0, scheme->text.size() + slash)) + "/";
  rest.remove_prefix(std::min(slash + 1, rest.size()));
  if (rest.ends_with('/')) rest.remove_suffix(1);
  FIRN_TRY(CheckKey(rest, location));
  parsed.key = std::string(rest);
  return parsed;
}

}  // namespace firn::io
