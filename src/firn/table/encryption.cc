// SPDX-License-Identifier: Apache-2.0
//
// An entry of "encryption-keys" that is encrypted by the master key is a key encryption key: its
// wrapped bytes and when it was made. Every other is the key metadata of a manifest list, sealed by
// AES-GCM under the key that encrypted-by-id names, with the text of that key's time as what is
// authenticated besides: nobody can make an old key look young.

#include "firn/table/encryption.h"

#include <charconv>
#include <set>
#include <utility>

#include "firn/base/aes_gcm.h"
#include "firn/base/base64.h"
#include "firn/io/encrypted_stream.h"
#include "firn/io/key_management.h"

namespace firn::table {
namespace {

constexpr std::string_view kKeyTime = "KEY_TIMESTAMP";
constexpr int64_t kKeyLifeMs = int64_t{730} * 24 * 60 * 60 * 1000;
constexpr size_t kKeyIdBytes = 16;

struct EncryptedKey {
  std::string id;
  std::string encrypted;
  std::string encrypted_by;
  std::string time;  ///< Of a key encryption key.
};

Result<EncryptedKey> KeyFromJson(const Json& json) {
  EncryptedKey key;
  FIRN_ASSIGN(key.id, json.GetString("key-id"));
  FIRN_ASSIGN(const std::string encoded, json.GetString("encrypted-key-metadata"));
  const auto bytes = DecodeBase64(encoded);
  if (!bytes) return Corrupt("encrypted-key-metadata is not base64, of key", key.id);
  key.encrypted = *bytes;
  const Json* by = json.Find("encrypted-by-id");
  if (by != nullptr && by->as_string() != nullptr) key.encrypted_by = *by->as_string();
  const Json* properties = json.Find("properties");
  const Json* time = properties == nullptr ? nullptr : properties->Find(kKeyTime);
  if (time != nullptr && time->as_string() != nullptr) key.time = *time->as_string();
  return key;
}

Json KeyToJson(const EncryptedKey& key) {
  Json json;
  json.Set("key-id", key.id);
  json.Set("encrypted-key-metadata", EncodeBase64(key.encrypted));
  json.Set("encrypted-by-id", key.encrypted_by);
  if (key.time.empty()) return json;
  Json properties;
  properties.Set(kKeyTime, key.time);
  json.Set("properties", std::move(properties));
  return json;
}

Result<EncryptedKey> FindKey(const TableMetadata& metadata, std::string_view id) {
  for (const Json& json : metadata.encryption_keys) {
    const Json* found = json.Find("key-id");
    if (found != nullptr && found->as_string() != nullptr && *found->as_string() == id) {
      return KeyFromJson(json);
    }
  }
  return Corrupt("table metadata has no encryption key of id", id);
}

bool IsYoung(const EncryptedKey& key, TimeMs now) {
  int64_t time = 0;
  const char* const end = key.time.data() + key.time.size();
  const auto read = std::from_chars(key.time.data(), end, time);
  if (read.ec != std::errc() || read.ptr != end || time < 0) return false;
  return now.value < time || now.value - time < kKeyLifeMs;
}

Result<io::KeyManagement*> Keys(io::FileIO& files, std::string_view master_key_id) {
  io::KeyManagement* const keys = io::KeysOf(files);
  if (keys != nullptr) return keys;
  return Forbidden("the table is encrypted, and there is no key", master_key_id)
      .WithHint("name what has it in [encryption] of firn.toml: key_file or key_command");
}

// A key encryption key, opened.
struct KeyOfKeys {
  std::string id;
  std::string time;
  AesGcm cipher;
};

Result<KeyOfKeys> OpenKey(const EncryptedKey& key, io::FileIO& files) {
  FIRN_ASSIGN(io::KeyManagement* const keys, Keys(files, key.encrypted_by));
  FIRN_ASSIGN(const std::string bytes, keys->Unwrap(key.encrypted_by, key.encrypted));
  FIRN_ASSIGN(AesGcm cipher, AesGcm::Make(bytes));
  return KeyOfKeys{key.id, key.time, std::move(cipher)};
}

Result<std::optional<EncryptedKey>> YoungKey(const TableMetadata& metadata,
                                             const Encryption& encryption, TimeMs now) {
  for (const Json& json : metadata.encryption_keys) {
    FIRN_ASSIGN(EncryptedKey key, KeyFromJson(json));
    if (key.encrypted_by == encryption.master_key_id && IsYoung(key, now)) {
      return std::optional(std::move(key));
    }
  }
  return std::optional<EncryptedKey>();
}

std::string NewKeyId() {
  return EncodeBase64(SecretBytes(kKeyIdBytes));
}

Result<EncryptedKey> NewKeyOfKeys(const Encryption& encryption, io::FileIO& files, TimeMs now) {
  FIRN_ASSIGN(io::KeyManagement* const keys, Keys(files, encryption.master_key_id));
  EncryptedKey key{NewKeyId(), {}, encryption.master_key_id, std::to_string(now.value)};
  FIRN_ASSIGN(key.encrypted,
              keys->Wrap(encryption.master_key_id, SecretBytes(encryption.data_key_bytes)));
  return key;
}

Result<KeyMetadata> ManifestListKey(const TableMetadata& metadata, const std::string& key_id,
                                    io::FileIO& files) {
  FIRN_ASSIGN(const EncryptedKey sealed, FindKey(metadata, key_id));
  FIRN_ASSIGN(const EncryptedKey by, FindKey(metadata, sealed.encrypted_by));
  FIRN_ASSIGN(const KeyOfKeys key, OpenKey(by, files));
  auto bytes = key.cipher.Open(key.time, sealed.encrypted);
  if (!bytes) {
    return Corrupt("the key of a snapshot's manifest list was changed", sealed.id);
  }
  return DecodeKeyMetadata(*bytes);
}

}  // namespace

Result<std::optional<Encryption>> EncryptionOf(
    const std::map<std::string, std::string>& properties) {
  const auto id = properties.find(std::string(kMasterKeyProperty));
  if (id == properties.end()) return std::optional<Encryption>();
  if (id->second.empty()) return InvalidArgument("encryption.key-id is empty");
  Encryption encryption{id->second};
  const auto length = properties.find(std::string(kDataKeyLengthProperty));
  if (length != properties.end()) {
    const std::string& text = length->second;
    if (text != "16" && text != "24" && text != "32") {
      return InvalidArgument("encryption.data-key-length is 16, 24 or 32, not", text);
    }
    encryption.data_key_bytes = static_cast<size_t>(std::stoi(text));
  }
  return std::optional(std::move(encryption));
}

Status CheckEncryption(const std::map<std::string, std::string>& properties, int format_version) {
  FIRN_ASSIGN(const auto encryption, EncryptionOf(properties));
  if (!encryption || format_version >= 3) return Ok();
  return InvalidArgument("encryption.key-id is for tables of format version 3, not", format_version)
      .WithHint("set format-version=3 as well");
}

Status CheckEncryptionStays(const std::map<std::string, std::string>& before,
                            const std::map<std::string, std::string>& after) {
  for (const std::string_view name : {kMasterKeyProperty, kDataKeyLengthProperty}) {
    const std::string key(name);
    const auto was = before.find(key);
    const auto is = after.find(key);
    const bool same =
        was == before.end() ? is == after.end() : is != after.end() && is->second == was->second;
    if (same) continue;
    return InvalidArgument("a table that has snapshots keeps its property", key)
        .WithHint("make a new table with the property and copy the rows into it");
  }
  return Ok();
}

NewFile::NewFile(io::FileIO& files, const std::optional<Encryption>& encryption) : files_(files) {
  if (!encryption) return;
  encrypted_ = std::make_unique<io::EncryptedFileIO>(
      files, NewKeyMetadata(encryption->data_key_bytes).stream_key());
}

std::optional<KeyMetadata> NewFile::key() const {
  if (encrypted_ == nullptr) return std::nullopt;
  return KeyMetadata{encrypted_->key().key, encrypted_->key().aad_prefix,
                     encrypted_->stream_bytes()};
}

std::optional<KeyMetadata> NewFile::KeyOf(int64_t plain_bytes) const {
  if (encrypted_ == nullptr) return std::nullopt;
  return KeyMetadata{encrypted_->key().key, encrypted_->key().aad_prefix,
                     io::StreamBytes(plain_bytes)};
}

Result<DecryptingFiles> DecryptingFiles::Make(io::FileIO& files,
                                              const std::optional<std::string>& key_metadata) {
  DecryptingFiles made(files);
  if (!key_metadata) return made;
  FIRN_ASSIGN(const KeyMetadata key, DecodeKeyMetadata(*key_metadata));
  if (!key.file_length) return Corrupt("key metadata does not tell the length of its file");
  made.encrypted_ =
      std::make_unique<io::EncryptedFileIO>(files, key.stream_key(), *key.file_length);
  return made;
}

Result<std::unique_ptr<io::InputFile>> OpenManifest(io::FileIO& files,
                                                    const ManifestFile& manifest) {
  FIRN_ASSIGN(DecryptingFiles decrypting, DecryptingFiles::Make(files, manifest.key_metadata));
  return decrypting.io().Open(manifest.path);
}

std::optional<std::string> KeyIdOf(const Snapshot& snapshot) {
  const Json* id = snapshot.unknown.Find("key-id");
  if (id == nullptr || id->as_string() == nullptr) return std::nullopt;
  return *id->as_string();
}

void SetKeyId(Snapshot& snapshot, std::string key_id) {
  snapshot.unknown.Set("key-id", std::move(key_id));
}

Result<DecryptingFiles> ManifestListFiles(const TableMetadata& metadata, const Snapshot& snapshot,
                                          io::FileIO& files) {
  const auto key_id = KeyIdOf(snapshot);
  if (!key_id) return DecryptingFiles::Make(files, std::nullopt);
  FIRN_ASSIGN(const KeyMetadata key, ManifestListKey(metadata, *key_id, files));
  return DecryptingFiles::Make(files, EncodeKeyMetadata(key));
}

Result<NewManifestListKey> AddManifestListKey(const TableMetadata& metadata,
                                              const Encryption& encryption, const KeyMetadata& key,
                                              io::FileIO& files, Env& env) {
  NewManifestListKey added;
  const TimeMs now = env.NowMs();
  FIRN_ASSIGN(std::optional<EncryptedKey> by, YoungKey(metadata, encryption, now));
  if (!by) {
    FIRN_ASSIGN(by, NewKeyOfKeys(encryption, files, now));
    added.updates.push_back({KeyToJson(*by)});
  }
  FIRN_ASSIGN(const KeyOfKeys opened, OpenKey(*by, files));
  EncryptedKey sealed{NewKeyId(), {}, opened.id, {}};
  opened.cipher.Seal(opened.time, EncodeKeyMetadata(key), sealed.encrypted);
  added.key_id = sealed.id;
  added.updates.push_back({KeyToJson(sealed)});
  return added;
}

void ForgetUnusedKeys(const std::vector<std::string>& key_ids, TableMetadata& metadata) {
  std::set<std::string> unused(key_ids.begin(), key_ids.end());
  for (const Snapshot& snapshot : metadata.snapshots) {
    if (unused.empty()) return;
    if (const auto id = KeyIdOf(snapshot)) unused.erase(*id);
  }
  std::erase_if(metadata.encryption_keys, [&unused](const Json& key) {
    const Json* id = key.Find("key-id");
    return id != nullptr && id->as_string() != nullptr && unused.contains(*id->as_string());
  });
}

}  // namespace firn::table
