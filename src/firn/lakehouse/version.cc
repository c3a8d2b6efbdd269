// SPDX-License-Identifier: Apache-2.0

#include <arrow/util/config.h>

#include "firn/catalog/sqlite/sqlite_catalog.h"
#include "firn/lakehouse/config.h"
#include "firn/lakehouse/lakehouse.h"
#include "firn/sql/engine.h"

namespace firn::lakehouse {

VersionInfo Version() {
  VersionInfo version;
  version.firn = FIRN_VERSION;
  version.arrow = ARROW_VERSION_STRING;
  version.duckdb = sql::EngineVersion();
  version.sqlite = catalog::SqliteVersion();
  version.lake_format = kLakeFormat;
  return version;
}

}  // namespace firn::lakehouse
