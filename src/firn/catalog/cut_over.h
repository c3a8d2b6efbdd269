// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/base/result.h"
#include "firn/catalog/catalog.h"

namespace firn::catalog {

/// One table takes the name of another.
struct CutOver {
  LoadedTable table;      ///< As it was read: it must be so still.
  LoadedTable successor;  ///< As it was read, too. Its own name goes.
  TableName keep_as;      ///< What `table` is called afterwards; a free name.
};

/// A catalog that can let a table take the name of another in one transaction.
class TableReplacer {
 public:
  virtual ~TableReplacer() = default;

  /// Errors: as `ReplaceTable`.
  virtual Status Replace(const CutOver& change) = 0;
};

/// Makes the change as one: whoever reads a name finds the one table or the other, never none.
/// Errors: `kConflict` where one of the tables was changed meanwhile; `kAlreadyExists` for
/// `keep_as`; `kUnsupported` by a catalog that cannot; `kOutcomeUnknown`.
Status ReplaceTable(Catalog& catalog, const CutOver& change);

}  // namespace firn::catalog
