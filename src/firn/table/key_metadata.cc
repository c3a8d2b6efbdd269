// SPDX-License-Identifier: Apache-2.0
//
//   1 byte    version: 1
//   a record in Avro's binary encoding: encryption_key bytes, aad_prefix [null, bytes],
//             file_length [null, long]

#include "firn/table/key_metadata.h"

#include "firn/avro/cursor.h"
#include "firn/avro/encoder.h"
#include "firn/base/aes_gcm.h"

namespace firn::table {
namespace {

constexpr char kVersion = 1;
constexpr size_t kAadPrefixBytes = 16;

// Whether the branch of a [null, something] that follows is the something.
bool HasValue(avro::Cursor& in) {
  const int64_t branch = in.Long();
  if (branch != 0 && branch != 1) in.Fail();
  return branch == 1;
}

}  // namespace

KeyMetadata NewKeyMetadata(size_t key_bytes) {
  return {SecretBytes(key_bytes), SecretBytes(kAadPrefixBytes), std::nullopt};
}

std::string EncodeKeyMetadata(const KeyMetadata& metadata) {
  std::string bytes(1, kVersion);
  avro::AppendBytes(bytes, metadata.key);
  avro::AppendLong(bytes, 1);
  avro::AppendBytes(bytes, metadata.aad_prefix);
  avro::AppendLong(bytes, metadata.file_length ? 1 : 0);
  if (metadata.file_length) avro::AppendLong(bytes, *metadata.file_length);
  return bytes;
}

Result<KeyMetadata> DecodeKeyMetadata(std::string_view bytes) {
  if (bytes.empty()) return Corrupt("key metadata is empty");
  if (bytes.front() != kVersion) {
    return Unsupported("key metadata of version", static_cast<int>(bytes.front()))
        .WithHint("Firn reads Iceberg's standard encryption; who wrote the table used another");
  }
  avro::Cursor in(bytes.substr(1));
  KeyMetadata metadata;
  metadata.key = in.Bytes();
  if (HasValue(in)) metadata.aad_prefix = in.Bytes();
  if (HasValue(in)) metadata.file_length = in.Long();
  if (in.failed()) return Corrupt("key metadata is broken");
  return metadata;
}

}  // namespace firn::table
