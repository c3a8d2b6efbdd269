// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/datafile/module_cipher.h"
#include "firn/io/file_io.h"

namespace firn::datafile {

/// Where the encrypted pages of a column chunk are.
struct ChunkPlace {
  size_t row_group = 0;
  size_t column = 0;
  int64_t offset = 0;
  int64_t size_bytes = 0;
  bool has_dictionary = false;
};

/// A piece of text that is encrypted as one module.
struct EncryptedPiece {
  Module module;
  int64_t offset = 0;  ///< Of the sealed bytes, behind their length.
  int64_t sealed_bytes = 0;
  int64_t plain_offset = 0;  ///< In the chunk, if it were plain.
  int64_t plain_bytes = 0;
  std::string plain;  ///< The text, where it is at hand.
};

/// Finds the pages of a chunk: page headers, as they would be in a plain file, and page bodies,
/// still encrypted. Errors: `kCorrupt` where what is there is not a chunk of this key.
Result<std::vector<EncryptedPiece>> ReadPageDirectory(const io::InputFile& file,
                                                      const ModuleCipher& cipher,
                                                      const ChunkPlace& chunk);

/// Reads and decrypts the module behind `offset` that ends by `end`. Errors: `kCorrupt`.
Result<std::string> ReadModule(const io::InputFile& file, const ModuleCipher& cipher,
                               const Module& module, int64_t offset, int64_t end);

/// The header of a page as that of a plain file: its body has `body_bytes`, and no checksum, which
/// would be of the encrypted body. Errors: `kCorrupt` for what is no page header.
Result<std::string> PlainPageHeader(std::string_view header, size_t body_bytes);

}  // namespace firn::datafile
