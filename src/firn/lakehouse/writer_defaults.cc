// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/writer_defaults.h"

#include <string>

#include "firn/lakehouse/config.h"

namespace firn::lakehouse {
namespace {

using Properties = std::map<std::string, std::string>;

// "zstd:9" as the two properties of `scope`.
void PutCompression(const std::string& prefix, const std::string& scope, const std::string& text,
                    Properties& properties) {
  const size_t colon = text.find(':');
  properties[prefix + "compression-codec" + scope] = text.substr(0, colon);
  if (colon != std::string::npos) {
    properties[prefix + "compression-level" + scope] = text.substr(colon + 1);
  }
}

}  // namespace

int64_t WriterMemory(const LakeConfig& config) {
  return config.memory_max_bytes / 4;
}

int64_t EngineMemory(const LakeConfig& config) {
  return config.memory_max_bytes / 2;
}

datafile::WriterDefaults WriterDefaultsOf(const LakeConfig& config) {
  datafile::WriterDefaults defaults;
  defaults.batch_rows = config.batch_rows;
  Properties& properties = defaults.properties;
  properties["firn.write.max-file-size-bytes"] = std::to_string(config.max_file_size_bytes);
  properties["firn.write.rotation-timeout-ms"] = std::to_string(config.rotation_timeout.value);
  if (!config.compression.empty()) {
    PutCompression("write.parquet.", "", config.compression, properties);
  }
  for (const auto& [key, compression] : config.compression_overrides) {
    const std::string type(TypeOfOverride(key));
    const std::string scope = type.empty() ? ".column." + key : ".type." + type;
    PutCompression("firn.parquet.", scope, compression, properties);
  }
  return defaults;
}

}  // namespace firn::lakehouse
