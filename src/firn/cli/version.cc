// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/invocation.h"
#include "firn/cli/verb.h"

namespace firn::cli {
namespace {

Result<int> Run(Invocation& invocation, const Arguments&) {
  const lakehouse::VersionInfo version = lakehouse::Version();
  if (invocation.ChosenFormat() == Format::kTable) {
    invocation.PrintRaw("firn " + version.firn + "\nArrow and Parquet " + version.arrow +
                        ", DuckDB " + version.duckdb + ", SQLite " + version.sqlite + "\n");
    return 0;
  }
  Report report;
  report.schema = "firn.version/1";
  report.columns = {{"firn", "FIRN", false, 0},
                    {"arrow", "ARROW", false, 0},
                    {"duckdb", "DUCKDB", false, 0},
                    {"sqlite", "SQLITE", false, 0},
                    {"lake_format", "LAKE FORMAT", true, 0}};
  report.rows.push_back({Field::Text(version.firn), Field::Text(version.arrow),
                         Field::Text(version.duckdb), Field::Text(version.sqlite),
                         Field::Count(version.lake_format)});
  FIRN_TRY(invocation.Print(report));
  return 0;
}

}  // namespace

Verb VersionVerb() {
  return {.name = "version",
          .summary = "Print the version of Firn and of what it stands on",
          .description = "",
          .positionals = {},
          .options = {},
          .subverbs = {},
          .run = Run};
}

}  // namespace firn::cli
