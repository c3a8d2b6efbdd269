// SPDX-License-Identifier: Apache-2.0

#include <fstream>
#include <iostream>
#include <sstream>

#include "firn/cli/invocation.h"
#include "firn/cli/result_printer.h"
#include "firn/cli/shell.h"
#include "firn/cli/statements.h"
#include "firn/cli/verb.h"

namespace firn::cli {
namespace {

Result<std::string> ReadScript(const std::string& path) {
  std::ostringstream text;
  if (path == "-") {
    text << std::cin.rdbuf();
    return text.str();
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return NotFound("cannot read the file", path);
  text << file.rdbuf();
  return text.str();
}

Status Drain(lakehouse::RowStream& rows) {
  lakehouse::Row row;
  while (true) {
    FIRN_ASSIGN(const bool more, rows.Next(row));
    if (!more) return Ok();
  }
}

Result<int> Run(Invocation& invocation, const Arguments& arguments) {
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  std::string script = arguments.Get("SQL");
  if (arguments.Has("--file")) {
    FIRN_ASSIGN(script, ReadScript(arguments.Get("--file")));
  } else if (script.empty()) {
    if (invocation.OutIsTerminal() && StdinIsTerminal()) return RunShell(invocation, *lake);
    FIRN_ASSIGN(script, ReadScript("-"));
  }
  const std::vector<std::string> statements = SplitStatements(script);
  // Two Parquet files one behind the other are none.
  const bool last_only = invocation.ChosenFormat() == Format::kParquet;
  for (size_t at = 0; at < statements.size(); ++at) {
    FIRN_ASSIGN(const auto rows, lake->Query(statements[at]));
    FIRN_TRY(last_only && at + 1 < statements.size() ? Drain(*rows) : PrintRows(invocation, *rows));
  }
  return 0;
}

}  // namespace

Verb SqlVerb() {
  return {.name = "sql",
          .summary = "Query the tables of the lake",
          .description =
              "DuckDB's SQL over every table by name; without a statement, a shell.\n\n"
              "  firn sql \"SELECT model, sum(output_tokens) FROM silver.api_calls GROUP BY 1\"\n"
              "  firn sql \"FROM silver.messages AT (TIMESTAMP => now() - INTERVAL 1 DAY)\"\n"
              "  firn sql -f report.sql --format csv > report.csv\n"
              "  firn sql \"FROM gold.conversation_summary\" --format parquet > summary.parquet",
          .positionals = {{"SQL", "One or more statements", Positional::Count::kOptional, {}}},
          .options =
              {{"--file,-f", "FILE", "Read the statements from a file ('-': standard input)", {}}},
          .subverbs = {},
          .run = Run};
}

}  // namespace firn::cli
