// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/base/time.h"
#include "firn/conversations/privacy/column_actions.h"
#include "firn/conversations/privacy/policy.h"
#include "firn/lakehouse/reports.h"

namespace firn::lakehouse {

/// The newest layout of a lake that this binary writes and reads.
inline constexpr int kLakeFormat = 1;

/// [embeddings]: a server that makes vectors of texts. Without an endpoint nothing is asked.
struct EmbeddingsConfig {
  std::string endpoint;     ///< A URL that speaks as OpenAI's /v1/embeddings does.
  std::string model;        ///< As the server calls it.
  std::string api_key_env;  ///< The environment variable that holds the key; empty: no key.
  int64_t dimensions = 0;   ///< Asked for; 0: as many as the model gives.
  int64_t batch = 64;       ///< Texts in one request.
};

/// [encryption]: where the master keys of encrypted tables are.
struct EncryptionConfig {
  std::string key_file;     ///< Lines `NAME = KEY`; a relative path is in the lake's folder.
  std::string key_command;  ///< Prints the key that the variable FIRN_KEY_ID names.
};

/// [privacy]: what is shown of secrets and personal data, and where.
struct PrivacyConfig {
  /// Of silver, and of bronze where that is cleaned.
  conversations::privacy::Policy policy = conversations::privacy::MaskingPolicy();
  bool before_storage = false;  ///< Whether bronze is cleaned, too.
  /// [privacy.export]: what else is done where training sets leave the lake.
  std::map<conversations::privacy::Kind, conversations::privacy::Action> exports;
  conversations::privacy::ColumnPolicy columns;  ///< [privacy.columns]
};

/// What `firn.toml` of a lake says. Every member has its default where the file is silent.
struct LakeConfig {
  int lake_format = kLakeFormat;  ///< [lake] format
  std::string scale = "initial";  ///< [lake] scale: initial, medium, large or massive
  std::string warehouse;          ///< [lake] warehouse: a location; empty: in the lake's folder
  std::string timezone;           ///< [lake] timezone: IANA name; empty: the machine's
  std::string user_id;            ///< [user] id; empty: the account's name
  std::string user_email;         ///< [user] email
  std::string user_tier;          ///< [user] tier
  int64_t max_file_size_bytes = 50'000'000'000;  ///< [storage.parquet] max_file_size
  Millis rotation_timeout{300'000};              ///< [storage.parquet] rotation_timeout
  int64_t batch_rows = 10'000;                   ///< [storage.parquet] batch_size
  std::string compression;  ///< [storage.parquet.compression] default: "zstd:3"; empty: the tables'
  std::map<std::string, std::string> compression_overrides;  ///< ....column_overrides
  int64_t memory_max_bytes = 1'000'000'000;                  ///< [memory] max_usage
  int64_t memory_pool_bytes = 100'000'000;                   ///< [memory] pool_size
  PrivacyConfig privacy;                                     ///< [privacy]
  std::vector<Budget> budgets;                               ///< [budget]
  EmbeddingsConfig embeddings;
  std::map<std::string, std::string> stores;  ///< [io.*], by the names of Iceberg's properties.
  EncryptionConfig encryption;
};

/// The type that a key of `compression_overrides` is about: "string" of "type:string"; empty for
/// one about columns.
std::string_view TypeOfOverride(std::string_view key);

/// One key that `firn.toml` may hold; the reference page is made from this list.
struct ConfigKey {
  std::string_view section;  ///< "storage.parquet"
  std::string_view name;     ///< "max_file_size"
  std::string_view meaning;
  std::string_view example;
};

/// Every key there is.
const std::vector<ConfigKey>& ConfigKeys();

/// Reads the text of a `firn.toml`; `file` names it in messages.
/// Errors: `kInvalidArgument` naming file, line and value, for broken TOML, an unknown key or a
/// value of the wrong kind; `kUnsupported` for a lake of a newer format.
Result<LakeConfig> ParseConfig(std::string_view text, std::string_view file);

/// The `firn.toml` of a new lake.
std::string NewConfigText();

/// Reads "50GB", "512 MiB", "1000". Errors: `kInvalidArgument`.
Result<int64_t> ParseSize(std::string_view text);

/// Reads "5m", "30s", "2h", "90d". Errors: `kInvalidArgument`.
Result<Millis> ParseDuration(std::string_view text);

}  // namespace firn::lakehouse
