// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/health/file_verifier.h"

#include <utility>

#include "firn/io/location.h"

namespace firn::lakehouse {
namespace {

Status CheckSize(const std::string& location, int64_t found, int64_t wanted) {
  if (found == wanted) return Ok();
  return Corrupt("file " + location + " has " + std::to_string(found) + " bytes instead of " +
                 std::to_string(wanted));
}

}  // namespace

FileVerifier::FileVerifier(io::FileIO& io, std::vector<io::FileChecksum> recorded) : io_(io) {
  for (io::FileChecksum& file : recorded) {
    std::string location = file.location;
    recorded_.emplace(std::move(location), std::move(file));
  }
}

Status FileVerifier::Check(const std::string& location, std::optional<int64_t> size_bytes) {
  const std::string normal = io::NormalizeLocation(location);
  if (!seen_.insert(normal).second) return Ok();
  const auto found = recorded_.find(normal);
  if (found == recorded_.end()) return Measure(location, size_bytes);
  FIRN_TRY(Compare(found->second));
  return CheckSize(location, found->second.size_bytes,
                   size_bytes.value_or(found->second.size_bytes));
}

Status FileVerifier::Compare(const io::FileChecksum& recorded) {
  FIRN_ASSIGN(const io::FileChecksum now, io::ChecksumOf(io_, recorded.location));
  ++files_compared_;
  bytes_compared_ += now.size_bytes;
  FIRN_TRY(CheckSize(recorded.location, now.size_bytes, recorded.size_bytes));
  if (now.crc32 == recorded.crc32) return Ok();
  return Corrupt("file " + recorded.location + " differs from its checksum");
}

Status FileVerifier::Measure(const std::string& location, std::optional<int64_t> size_bytes) {
  FIRN_ASSIGN(const auto file, io_.Open(location));
  ++files_measured_;
  return CheckSize(location, file->size_bytes(), size_bytes.value_or(file->size_bytes()));
}

}  // namespace firn::lakehouse
