// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as an encrypted stream, whole and cut: refused, or read piece by piece. Nobody forges
// a block, so next to all is refused; then the bytes as text, written and read at places they name.

#include <algorithm>

#include "firn/base/assert.h"
#include "firn/base/bytes.h"
#include "firn/io/encrypted_stream.h"
#include "firn/io/memory_file_io.h"

namespace firn {
namespace {

constexpr std::string_view kAt = "file:///fuzz";

// That of the corpus.
io::StreamKey Key() {
  return {"0123456789012345", "aad prefix"};
}

void ReadAny(std::string_view bytes) {
  io::MemoryFileIO files;
  files.Replace(kAt, std::string(bytes));
  const auto size = static_cast<int64_t>(bytes.size());
  for (const int64_t claimed : {size, size - 1, size + 1, int64_t{INT64_MAX}, int64_t{-1}}) {
    const auto file = io::OpenEncrypted(files.Open(kAt).value(), Key(), claimed, std::string(kAt));
    if (!file) continue;
    (*file)->Read(0, 1000).value_or(std::string());
  }
}

void WriteAndRead(std::string_view bytes) {
  io::MemoryFileIO files;
  auto file = io::WriteEncrypted(files.Create(kAt).value(), Key()).value();
  FIRN_ASSERT(file->Write(bytes).ok() && file->Close().ok());
  const auto size = static_cast<int64_t>(bytes.size());
  const auto read =
      io::OpenEncrypted(files.Open(kAt).value(), Key(), io::StreamBytes(size), std::string(kAt))
          .value();
  FIRN_ASSERT(read->size_bytes() == size);
  for (size_t at = 0; at + 2 <= std::min<size_t>(bytes.size(), 64); at += 2) {
    const auto offset = int64_t{ReadLittleEndian<uint16_t>(bytes.substr(at))};
    const std::string wanted(
        bytes.substr(std::min(static_cast<size_t>(offset), bytes.size()), 100));
    FIRN_ASSERT(read->Read(offset, 100).value() == wanted);
  }
}

}  // namespace

void FuzzOne(std::string_view bytes) {
  ReadAny(bytes);
  WriteAndRead(bytes);
}

}  // namespace firn
