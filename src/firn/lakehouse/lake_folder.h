// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "firn/base/result.h"
#include "firn/lakehouse/config.h"

namespace firn {
class Env;
}
namespace firn::io {
class FileIO;
}

namespace firn::lakehouse {

/// A lake on disk: `firn.toml`, `catalog.db`, `privacy.key`, `forgotten/`, `warehouse/`, `models/`,
/// `tmp/`.
/// It holds people's words: folders are 0700, files 0600.
struct LakeFolder {
  std::string root;  ///< Absolute path.
  LakeConfig config;

  std::string CatalogPath() const { return root + "/catalog.db"; }
  /// Where new tables go: [lake] warehouse, else "file:///.../warehouse".
  std::string WarehouseLocation() const;
  std::string ModelsPath() const { return root + "/models"; }
  std::string SchemasPath() const { return root + "/schemas"; }
  std::string TemporaryPath() const { return root + "/tmp"; }
  std::string PositionCachePath() const { return root + "/tmp/positions.db"; }
  std::string LockPath() const { return root + "/ingest.lock"; }
  std::string SearchIndexPath() const { return root + "/search.db"; }
  std::string VectorIndexPath() const { return root + "/embeddings"; }
  std::string LatentModelPath() const { return root + "/embeddings/firn-lsa.model"; }
  std::string PrivacyKeyPath() const { return root + "/privacy.key"; }
  std::string ForgottenPath() const { return root + "/forgotten"; }
};

/// Opens the lake at `path`, or makes it there if `create` is set and nothing else is there.
/// Errors: `kNotFound` where there is none and `create` is not set; `kInvalidArgument` where the
/// folder holds other things or `firn.toml` is wrong; `kUnsupported` for a lake of a newer format.
Result<LakeFolder> OpenLakeFolder(const std::string& path, bool create, io::FileIO& io);

/// The key that redacted texts of this lake are marked and sealed with; made on first use. Whoever
/// loses it loses what was sealed, and new marks differ from old ones.
/// Errors: `kCorrupt` where the file is not a key.
Result<std::string> PrivacyKey(const LakeFolder& folder, io::FileIO& io, Env& env);

}  // namespace firn::lakehouse
