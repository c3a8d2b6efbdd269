// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "firn/base/env.h"
#include "firn/catalog/catalog.h"
#include "firn/catalog/commit.h"
#include "firn/io/write_batch.h"

namespace firn::catalog {

/// A catalog that writes metadata files itself, and can let other files become durable with them.
class BatchCommitter {
 public:
  virtual ~BatchCommitter() = default;

  /// `Catalog::Commit` of changes that name files which `files` still holds back. They and the
  /// metadata files are durable before anything is visible, with one wait for all.
  virtual Result<std::vector<LoadedTable>> CommitWithFiles(std::span<const TableChange> changes,
                                                           io::WriteBatch& files) = 0;
};

/// Commits changes that name files which `files` still holds back: together with the metadata where
/// the catalog is a `BatchCommitter`, else they are flushed first.
Result<std::vector<LoadedTable>> CommitWithFiles(Catalog& catalog,
                                                 std::span<const TableChange> changes,
                                                 io::WriteBatch& files);

/// `CommitOperations` with data files that `files` holds back: they, the manifests and the metadata
/// become durable with one wait instead of one each. Of what is not committed none stays, unless
/// `files` had flushed on its own because it held too much.
Result<std::vector<LoadedTable>> CommitOperations(Catalog& catalog, io::WriteBatch& files, Env& env,
                                                  std::span<const PendingChange> changes);

}  // namespace firn::catalog
