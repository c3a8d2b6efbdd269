// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/module_cipher.h"

#include <utility>

#include "firn/base/bytes.h"

namespace firn::datafile {
namespace {

constexpr size_t kOrdinalMax = INT16_MAX;

bool IsOfPage(ModuleType type) {
  return type == ModuleType::kDataPage || type == ModuleType::kDataPageHeader;
}

}  // namespace

Result<ModuleCipher> ModuleCipher::Make(const io::StreamKey& key, std::string_view file_unique) {
  FIRN_ASSIGN(AesGcm cipher, AesGcm::Make(key.key));
  return ModuleCipher(std::move(cipher), key.aad_prefix + std::string(file_unique));
}

Result<std::string> ModuleCipher::AadOf(const Module& module) const {
  std::string aad = file_aad_ + static_cast<char>(module.type);
  if (module.type == ModuleType::kFooter) return aad;
  if (module.row_group > kOrdinalMax || module.column > kOrdinalMax || module.page > kOrdinalMax) {
    return Unsupported("an encrypted file of more row groups, columns or pages of a column than",
                       kOrdinalMax);
  }
  AppendLittleEndian(aad, static_cast<int16_t>(module.row_group));
  AppendLittleEndian(aad, static_cast<int16_t>(module.column));
  if (IsOfPage(module.type)) AppendLittleEndian(aad, static_cast<int16_t>(module.page));
  return aad;
}

Status ModuleCipher::Append(const Module& module, std::string_view plain, ByteBuffer& out) const {
  FIRN_ASSIGN(const std::string aad, AadOf(module));
  std::string sealed;
  AppendLittleEndian(sealed, static_cast<uint32_t>(plain.size() + kGcmOverheadBytes));
  cipher_.Seal(aad, plain, sealed);
  out.Append(sealed);
  return Ok();
}

Result<std::string> ModuleCipher::Open(const Module& module, std::string_view sealed) const {
  FIRN_ASSIGN(const std::string aad, AadOf(module));
  return cipher_.Open(aad, sealed);
}

}  // namespace firn::datafile
