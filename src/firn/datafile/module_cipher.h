// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "firn/base/aes_gcm.h"
#include "firn/base/result.h"
#include "firn/datafile/encode/byte_buffer.h"
#include "firn/io/encrypted_stream.h"

namespace firn::datafile {

/// The parts of a Parquet file that are encrypted by themselves, by the numbers that
/// parquet-format's Encryption.md has for them ("Module AAD").
enum class ModuleType : uint8_t {
  kFooter = 0,
  kDataPage = 2,
  kDictionaryPage = 3,
  kDataPageHeader = 4,
  kDictionaryPageHeader = 5,
  kColumnIndex = 6,
  kOffsetIndex = 7,
  kBloomFilterHeader = 8,
  kBloomFilterBitset = 9,
};

/// Which module: the parts of the place that its type has count.
struct Module {
  ModuleType type = ModuleType::kFooter;
  size_t row_group = 0;
  size_t column = 0;
  size_t page = 0;  ///< Counts data pages.
};

/// Encrypts and decrypts the modules of one file with one key (AES_GCM_V1). Thread-safe.
class ModuleCipher {
 public:
  /// How many bytes a module has more than what is in it: its length, nonce and tag.
  static constexpr size_t kOverheadBytes = 4 + kGcmOverheadBytes;

  /// `file_unique` is the file's "aad_file_unique". Errors: `kInvalidArgument` for the key.
  static Result<ModuleCipher> Make(const io::StreamKey& key, std::string_view file_unique);

  /// Appends a module as it stands in a file.
  /// Errors: `kUnsupported` where the file has more row groups, columns or pages than may be
  /// encrypted.
  Status Append(const Module& module, std::string_view plain, ByteBuffer& out) const;

  /// Decrypts a module, without the length before it. Errors: `kCorrupt`; as `Append`.
  Result<std::string> Open(const Module& module, std::string_view sealed) const;

 private:
  ModuleCipher(AesGcm cipher, std::string file_aad)
      : cipher_(std::move(cipher)), file_aad_(std::move(file_aad)) {}

  Result<std::string> AadOf(const Module& module) const;

  AesGcm cipher_;
  std::string file_aad_;
};

}  // namespace firn::datafile
