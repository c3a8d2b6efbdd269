// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/parquet_decryption.h"

#include <arrow/util/secure_string.h>
#include <parquet/encryption/encryption.h>

#include "firn/table/key_metadata.h"

namespace firn::datafile {

Result<parquet::ReaderProperties> ReaderPropertiesFor(
    const std::optional<std::string>& key_metadata) {
  parquet::ReaderProperties properties;
  properties.set_page_checksum_verification(true);
  if (!key_metadata) return properties;
  FIRN_ASSIGN(table::KeyMetadata key, table::DecodeKeyMetadata(*key_metadata));
  parquet::FileDecryptionProperties::Builder builder;
  builder.footer_key(arrow::util::SecureString(std::move(key.key)));
  if (!key.aad_prefix.empty()) builder.aad_prefix(std::move(key.aad_prefix));
  properties.file_decryption_properties(builder.build());
  return properties;
}

}  // namespace firn::datafile
