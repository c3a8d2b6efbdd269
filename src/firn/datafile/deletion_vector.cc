// SPDX-License-Identifier: Apache-2.0
//
// The payload, as in Delta tables (Puffin spec, "deletion-vector-v1 blob type"):
//   4 bytes   length of magic and bitmap, big-endian
//   4 bytes   magic D1 D3 39 64
//   ...       the bitmap, portable Roaring format for 64 bits
//   4 bytes   CRC-32 of magic and bitmap, big-endian

#include "firn/datafile/deletion_vector.h"

#include "firn/base/bytes.h"
#include "firn/base/digest.h"
#include "firn/table/encryption.h"

namespace firn::datafile {
namespace {

constexpr std::string_view kMagic = "\xD1\xD3\x39\x64";
constexpr size_t kFrameBytes = 12;  // Length, magic, checksum.
constexpr int64_t kBlobBytesMax = INT32_MAX;

void AppendBigEndian(std::string& out, uint32_t number) {
  AppendLittleEndian(out, __builtin_bswap32(number));
}

uint32_t ReadBigEndian(std::string_view bytes) {
  return __builtin_bswap32(ReadLittleEndian<uint32_t>(bytes));
}

Result<PositionBitmap> ReadBlob(io::FileIO& files, const table::DataFile& deletes) {
  if (!deletes.content_offset || !deletes.content_size_bytes) {
    return Corrupt("a deletion vector without content_offset and content_size_in_bytes");
  }
  const int64_t offset = *deletes.content_offset;
  const int64_t length = *deletes.content_size_bytes;
  FIRN_ASSIGN(table::DecryptingFiles decrypting,
              table::DecryptingFiles::Make(files, deletes.key_metadata));
  FIRN_ASSIGN(const auto file, decrypting.io().Open(deletes.file_path));
  const int64_t size = file->size_bytes();
  if (offset < 0 || length < 0 || length > size || offset > size - length) {
    return Corrupt("a deletion vector outside its file, offset and length", offset, length);
  }
  if (length > kBlobBytesMax) {
    return ResourceExhausted("deletion vector over the limit, bytes", length);
  }
  FIRN_ASSIGN(const std::string payload, file->Read(offset, length));
  FIRN_ASSIGN(PositionBitmap positions, DecodeDeletionVector(payload));
  const int64_t count = positions.cardinality();
  if (count != deletes.record_count) {
    return Corrupt("a deletion vector of other cardinality than its record_count", count,
                   deletes.record_count);
  }
  return positions;
}

}  // namespace

std::string EncodeDeletionVector(const PositionBitmap& positions) {
  const std::string content = std::string(kMagic) + positions.Serialize();
  std::string payload;
  AppendBigEndian(payload, static_cast<uint32_t>(content.size()));
  payload += content;
  AppendBigEndian(payload, Crc32(content));
  return payload;
}

Result<PositionBitmap> DecodeDeletionVector(std::string_view payload) {
  if (payload.size() < kFrameBytes)
    return Corrupt("too short for a deletion vector, bytes", payload.size());
  const uint32_t length = ReadBigEndian(payload);
  if (length != payload.size() - 8) {
    return Corrupt("a deletion vector of another length than its blob", length, payload.size());
  }
  const std::string_view content = payload.substr(4, length);
  if (!content.starts_with(kMagic)) {
    return Corrupt("a deletion vector with another magic", HexEncode(content.substr(0, 4)));
  }
  if (ReadBigEndian(payload.substr(4 + size_t{length})) != Crc32(content)) {
    return Corrupt("a deletion vector whose checksum does not match");
  }
  return PositionBitmap::Parse(content.substr(kMagic.size()));
}

Result<PositionBitmap> ReadDeletionVector(io::FileIO& files, const table::DataFile& deletes) {
  auto positions = ReadBlob(files, deletes);
  if (!positions) return std::move(positions).error().Within(deletes.file_path);
  return positions;
}

}  // namespace firn::datafile
