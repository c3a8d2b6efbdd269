// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "firn/base/env.h"
#include "firn/base/result.h"
#include "firn/catalog/catalog.h"
#include "firn/io/file_io.h"
#include "firn/table/operation.h"

namespace firn::catalog {

/// An operation that waits to be committed to a table.
struct PendingChange {
  TableName name;
  std::shared_ptr<const table::Operation> operation;
};

/// Commits operations as one change of all their tables: the only way Firn commits.
///
/// Plans on fresh metadata; when another writer was first, reads again and plans anew, with a
/// growing random wait (table properties `commit.retry.*`). Several operations of one table apply
/// in the order given. Returns the tables, each once, in order of first mention.
///
/// When it is rejected, the manifests written for it are deleted (data files are their writer's).
/// Errors: those of `Operation::Plan` and `Catalog::Commit`; `kConflict` once retries are used up;
/// `kOutcomeUnknown` when re-reading could not tell either: then nothing was deleted, and the
/// caller must not delete data files.
Result<std::vector<LoadedTable>> CommitOperations(Catalog& catalog, io::FileIO& files, Env& env,
                                                  std::span<const PendingChange> changes);

/// Commits one operation on one table.
Result<LoadedTable> CommitOperation(Catalog& catalog, io::FileIO& files, Env& env,
                                    const TableName& name,
                                    std::shared_ptr<const table::Operation> operation);

}  // namespace firn::catalog
