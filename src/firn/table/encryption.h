// SPDX-License-Identifier: Apache-2.0
//
// How a table is encrypted (docs/formats/encryption.md). A master key, which is not the table's,
// wraps the table's key encryption keys; one of those encrypts the key of each manifest list. A
// manifest list holds the keys of its manifests, a manifest those of its files.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firn/base/env.h"
#include "firn/base/result.h"
#include "firn/io/file_io.h"
#include "firn/table/key_metadata.h"
#include "firn/table/manifest.h"
#include "firn/table/metadata.h"
#include "firn/table/update.h"

namespace firn::table {

/// Names the master key; whoever has it is able to read the table. Set when the table is made.
inline constexpr std::string_view kMasterKeyProperty = "encryption.key-id";
/// How many bytes the keys of files have: 16 (the default), 24 or 32.
inline constexpr std::string_view kDataKeyLengthProperty = "encryption.data-key-length";

/// How the files of a table are to be encrypted.
struct Encryption {
  std::string master_key_id;
  size_t data_key_bytes = 16;
};

/// Unset for a table that is not encrypted. Errors: `kInvalidArgument` for properties that no table
/// may have.
Result<std::optional<Encryption>> EncryptionOf(
    const std::map<std::string, std::string>& properties);

/// Tells whether a table of `format_version` may have `properties`. Errors: `kInvalidArgument`.
Status CheckEncryption(const std::map<std::string, std::string>& properties, int format_version);
/// Tells whether a table that has snapshots may go from properties `before` to `after`: how it is
/// encrypted was decided before its first. Errors: `kInvalidArgument`.
Status CheckEncryptionStays(const std::map<std::string, std::string>& before,
                            const std::map<std::string, std::string>& after);

/// Where a new file of a table is written: as it is, or encrypted with a key of its own.
class NewFile {
 public:
  /// `files` outlives this object. Not encrypted where `encryption` is unset.
  NewFile(io::FileIO& files, const std::optional<Encryption>& encryption);

  io::FileIO& io() { return encrypted_ != nullptr ? *encrypted_ : files_; }
  /// How the file is encrypted, with its length, once it was closed; unset where it is not.
  std::optional<KeyMetadata> key() const;
  /// The same of a file that is not closed yet and holds so many bytes.
  std::optional<KeyMetadata> KeyOf(int64_t plain_bytes) const;

 private:
  io::FileIO& files_;
  std::unique_ptr<io::EncryptedFileIO> encrypted_;
};

/// Opens a manifest for reading, decrypting it where it is encrypted.
/// Errors: those of `FileIO::Open` and `io::OpenEncrypted`; `kCorrupt` for broken key metadata.
Result<std::unique_ptr<io::InputFile>> OpenManifest(io::FileIO& files,
                                                    const ManifestFile& manifest);

/// Files that are encrypted as `key_metadata` says; those of `files`, which outlive this, where it
/// is unset.
class DecryptingFiles {
 public:
  /// Errors: those of `DecodeKeyMetadata`; `kCorrupt` where it tells no length.
  static Result<DecryptingFiles> Make(io::FileIO& files,
                                      const std::optional<std::string>& key_metadata);
  io::FileIO& io() { return encrypted_ != nullptr ? *encrypted_ : files_; }

 private:
  explicit DecryptingFiles(io::FileIO& files) : files_(files) {}

  io::FileIO& files_;
  std::unique_ptr<io::FileIO> encrypted_;
};

/// The entry of "encryption-keys" that has the key of a snapshot's manifest list; unset where that
/// is not encrypted (spec, "Snapshots", key-id).
std::optional<std::string> KeyIdOf(const Snapshot& snapshot);
void SetKeyId(Snapshot& snapshot, std::string key_id);

/// Files to read the manifest list of a snapshot through. The master key, where the list is
/// encrypted, is asked for of the keys that come with `files`.
/// Errors: `kForbidden`, naming the master key, where it is not there, or no keys are configured;
/// `kCorrupt` where the metadata lacks keys or they do not fit.
Result<DecryptingFiles> ManifestListFiles(const TableMetadata& metadata, const Snapshot& snapshot,
                                          io::FileIO& files);

/// A key of a manifest list, as a commit brings it into the table.
struct NewManifestListKey {
  std::string key_id;
  std::vector<AddEncryptionKey> updates;  ///< Of the key, and of what encrypts it if that is new.
};

/// Encrypts the key of a manifest list with the table's key encryption key; makes one where there
/// is none or the last is two years old (NIST SP 800-57 part 1, section 5.3.6).
/// Errors: as `ManifestListFiles`.
Result<NewManifestListKey> AddManifestListKey(const TableMetadata& metadata,
                                              const Encryption& encryption, const KeyMetadata& key,
                                              io::FileIO& files, Env& env);

/// Removes the keys of manifest lists of which no snapshot of `metadata` is left.
void ForgetUnusedKeys(const std::vector<std::string>& key_ids, TableMetadata& metadata);

}  // namespace firn::table
