// SPDX-License-Identifier: Apache-2.0

#include "firn/io/key_management.h"

#include "firn/base/aes_gcm.h"

namespace firn::io {
namespace {

Result<AesGcm> CipherOf(const MasterKeys::Find& find, std::string_view key_id) {
  FIRN_ASSIGN(const std::string key, find(key_id));
  auto cipher = AesGcm::Make(key);
  if (!cipher) return std::move(cipher).error().Within("key " + std::string(key_id));
  return cipher;
}

}  // namespace

Result<std::string> MasterKeys::Wrap(std::string_view key_id, std::string_view key) {
  FIRN_ASSIGN(const AesGcm cipher, CipherOf(find_, key_id));
  std::string wrapped;
  cipher.Seal({}, key, wrapped);
  return wrapped;
}

Result<std::string> MasterKeys::Unwrap(std::string_view key_id, std::string_view wrapped) {
  FIRN_ASSIGN(const AesGcm cipher, CipherOf(find_, key_id));
  auto key = cipher.Open({}, wrapped);
  if (key) return key;
  return Corrupt("the table's keys were not wrapped with this key", key_id)
      .WithHint("another key has this name now; keep the keys that tables were made with");
}

KeyManagement* KeysOf(FileIO& files) {
  auto* const holder = dynamic_cast<KeyHolder*>(&files);
  return holder == nullptr ? nullptr : holder->keys();
}

}  // namespace firn::io
