// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "firn/base/result.h"
#include "firn/lakehouse/config.h"

namespace firn::io {
class FileIO;
}

namespace firn::lakehouse {

/// A lake on disk: `firn.toml`, `catalog.db`, `warehouse/`, `models/`, `tmp/`.
/// It holds people's words: folders are 0700, files 0600.
struct LakeFolder {
  std::string root;  ///< Absolute path.
  LakeConfig config;

  std::string CatalogPath() const { return root + "/catalog.db"; }
  /// Where new tables go: [lake] warehouse, else "file:///.../warehouse".
  std::string WarehouseLocation() const;
  std::string ModelsPath() const { return root + "/models"; }
  std::string TemporaryPath() const { return root + "/tmp"; }
  std::string PositionCachePath() const { return root + "/tmp/positions.db"; }
  std::string LockPath() const { return root + "/ingest.lock"; }
};

/// Opens the lake at `path`, or makes it there if `create` is set and nothing else is there.
/// Errors: `kNotFound` where there is none and `create` is not set; `kInvalidArgument` where the
/// folder holds other things or `firn.toml` is wrong; `kUnsupported` for a lake of a newer format.
Result<LakeFolder> OpenLakeFolder(const std::string& path, bool create, io::FileIO& io);

}  // namespace firn::lakehouse
