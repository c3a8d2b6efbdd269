// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "firn/base/result.h"

namespace firn::io {

enum class StoreKind : uint8_t { kS3, kGcs, kAzure };

/// A location in an object store, in parts.
struct ObjectLocation {
  StoreKind kind = StoreKind::kS3;
  std::string account;  ///< Azure: the storage account; empty elsewhere and where it is configured.
  std::string bucket;   ///< Azure: the container.
  std::string key;      ///< Without a slash at either end; empty = the whole bucket.
  std::string prefix;   ///< What stands before the key as it was spelled: "s3a://bucket/".

  /// The path by which Arrow's file systems know it: "bucket/key".
  std::string Path() const { return key.empty() ? bucket : bucket + "/" + key; }
  /// The location of a path that begins with the same bucket, in this spelling.
  std::string LocationOf(std::string_view path) const;
};

/// Tells whether a location's scheme is that of an object store: s3, s3a, s3n, gs, gcs, abfs,
/// abfss, wasb, wasbs.
bool IsObjectLocation(std::string_view location);

/// Reads `s3://bucket/key`, `gs://bucket/key`, `abfss://container@account.dfs.core.windows.net/key`
/// and `wasbs://container@account.blob.core.windows.net/key` (or `abfss://container/key`, with the
/// account configured).
/// Errors: `kUnsupported` for another scheme; `kInvalidArgument` without a bucket, for an empty,
/// "." or ".." segment in the key, and for control characters: stores and their proxies disagree
/// about what those name.
Result<ObjectLocation> ParseObjectLocation(std::string_view location);

}  // namespace firn::io
