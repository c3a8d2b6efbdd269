// SPDX-License-Identifier: Apache-2.0
//
// A chunk is a row of pages, each of two modules: header and body. A module is its length (4 bytes,
// little-endian), nonce, ciphertext and tag.

#include "firn/datafile/page_directory.h"

#include <utility>

#include "firn/base/bytes.h"
#include "firn/datafile/encode/varint.h"
#include "firn/datafile/thrift_walk.h"

namespace firn::datafile {
namespace {

constexpr int64_t kLengthBytes = 4;
constexpr int64_t kHeaderBytesMax = int64_t{16} << 20;

// Thrift's compact protocol: the first fields of a page header are i32, one number after another.
constexpr char kNextFieldIsI32 = 0x15;

struct Sealed {
  int64_t offset = 0;
  int64_t size_bytes = 0;
  int64_t end() const { return offset + size_bytes; }
};

Result<Sealed> FindModule(const io::InputFile& file, int64_t offset, int64_t end) {
  if (end - offset < kLengthBytes) return Corrupt("an encrypted part is cut, at", offset);
  FIRN_ASSIGN(const std::string length, file.Read(offset, kLengthBytes));
  if (static_cast<int64_t>(length.size()) != kLengthBytes) return Corrupt("the file is cut");
  const Sealed sealed{offset + kLengthBytes, int64_t{ReadLittleEndian<uint32_t>(length)}};
  if (sealed.size_bytes < static_cast<int64_t>(kGcmOverheadBytes) || sealed.end() > end) {
    return Corrupt("an encrypted part is not within what holds it, at", offset);
  }
  return sealed;
}

Result<std::string> OpenModule(const io::InputFile& file, const ModuleCipher& cipher,
                               const Module& module, const Sealed& sealed) {
  FIRN_ASSIGN(const std::string bytes, file.Read(sealed.offset, sealed.size_bytes));
  if (static_cast<int64_t>(bytes.size()) != sealed.size_bytes) return Corrupt("the file is cut");
  return cipher.Open(module, bytes);
}

// Takes an i32 field that follows the one before it; false where something else follows.
bool TakeNumber(std::string_view& bytes, std::string_view& number) {
  if (bytes.empty() || bytes.front() != kNextFieldIsI32) return false;
  size_t end = 1;
  while (end < bytes.size() && end < 6 && static_cast<uint8_t>(bytes[end]) >= 0x80)
    ++end;
  if (end == bytes.size() || end == 6) return false;
  number = bytes.substr(0, end + 1);
  bytes.remove_prefix(end + 1);
  return true;
}

}  // namespace

Result<std::string> PlainPageHeader(std::string_view header, size_t body_bytes) {
  FIRN_ASSIGN(const size_t bytes, StructBytes(header));
  std::string_view rest = header.substr(0, bytes);  // Java's writer pads it.
  std::string_view type, uncompressed, compressed, checksum;
  if (!TakeNumber(rest, type) || !TakeNumber(rest, uncompressed) || !TakeNumber(rest, compressed)) {
    return Corrupt("an encrypted file has something else where a page header is");
  }
  const bool has_checksum = TakeNumber(rest, checksum);
  ByteBuffer plain;
  plain.Append(type);
  plain.Append(uncompressed);
  plain.Append(kNextFieldIsI32);
  AppendZigzag(plain, static_cast<int64_t>(body_bytes));
  if (has_checksum && !rest.empty() && rest.front() != '\0') {
    // The number of the next field is counted from the one before, which is gone.
    const auto next = static_cast<uint8_t>(rest.front());
    if (next >= 0xf0 || next < 0x10) return Corrupt("a page header of unknown fields");
    plain.Append(static_cast<char>(next + 0x10));
    rest.remove_prefix(1);
  }
  plain.Append(rest);
  return std::string(plain.view());
}

Result<std::string> ReadModule(const io::InputFile& file, const ModuleCipher& cipher,
                               const Module& module, int64_t offset, int64_t end) {
  FIRN_ASSIGN(const Sealed sealed, FindModule(file, offset, end));
  return OpenModule(file, cipher, module, sealed);
}

Result<std::vector<EncryptedPiece>> ReadPageDirectory(const io::InputFile& file,
                                                      const ModuleCipher& cipher,
                                                      const ChunkPlace& chunk) {
  std::vector<EncryptedPiece> pieces;
  const int64_t end = chunk.offset + chunk.size_bytes;
  int64_t plain_offset = 0;
  const auto add = [&](EncryptedPiece piece) {
    piece.plain_offset = plain_offset;
    plain_offset += piece.plain_bytes;
    pieces.push_back(std::move(piece));
  };
  Module module{ModuleType::kDataPage, chunk.row_group, chunk.column, 0};
  bool is_dictionary = chunk.has_dictionary;
  for (int64_t at = chunk.offset; at < end; is_dictionary = false) {
    FIRN_ASSIGN(const Sealed header, FindModule(file, at, end));
    if (header.size_bytes > kHeaderBytesMax) return Corrupt("a page header is too large, at", at);
    FIRN_ASSIGN(const Sealed body, FindModule(file, header.end(), end));
    module.type = is_dictionary ? ModuleType::kDictionaryPageHeader : ModuleType::kDataPageHeader;
    FIRN_ASSIGN(const std::string opened, OpenModule(file, cipher, module, header));
    const int64_t body_bytes = body.size_bytes - static_cast<int64_t>(kGcmOverheadBytes);
    FIRN_ASSIGN(std::string plain, PlainPageHeader(opened, static_cast<size_t>(body_bytes)));
    const auto header_bytes = static_cast<int64_t>(plain.size());
    add({module, header.offset, header.size_bytes, 0, header_bytes, std::move(plain)});
    module.type = is_dictionary ? ModuleType::kDictionaryPage : ModuleType::kDataPage;
    add({module, body.offset, body.size_bytes, 0, body_bytes, {}});
    if (!is_dictionary) ++module.page;
    at = body.end();
  }
  return pieces;
}

}  // namespace firn::datafile
