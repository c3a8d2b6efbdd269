// SPDX-License-Identifier: Apache-2.0

#include <sstream>

#include "firn/cli/invocation.h"
#include "firn/cli/verb.h"

namespace firn::cli {
namespace {

std::vector<std::string> Names(const std::string& list) {
  std::vector<std::string> names;
  std::istringstream text(list);
  for (std::string name; std::getline(text, name, ',');)
    names.push_back(name);
  return names;
}

Report AsReport(const lakehouse::ExportReport& done) {
  Report report;
  report.schema = "firn.export/1";
  report.columns = {{"path", "FILE", false, 0},
                    {"rows", "ROWS", true, 0},
                    {"bytes", "SIZE", true, 1},
                    {"sha256", "SHA-256", false, 2}};
  for (const lakehouse::ExportedFile& file : done.files) {
    report.rows.push_back({Field::Text(file.path), Field::Count(file.rows), Field::Size(file.bytes),
                           Field::Text(file.sha256)});
  }
  report.meta.Set("format", done.format);
  report.meta.Set("path", done.path);
  report.meta.Set("manifest", done.manifest);
  report.meta.Set("rows", done.rows);
  report.meta.Set("seconds", done.seconds);
  return report;
}

Result<int> Run(Invocation& invocation, const Arguments& arguments) {
  lakehouse::ExportRequest request;
  request.what = arguments.Get("TABLE");
  request.path = arguments.Get("PATH");
  request.format = arguments.Get("--format");
  request.partition_by = Names(arguments.Get("--partition-by"));
  request.codec = arguments.Get("--codec");
  FIRN_ASSIGN(const auto lake, invocation.OpenLake(false));
  FIRN_ASSIGN(const lakehouse::ExportReport done, lake->Export(request));
  FIRN_TRY(invocation.Print(AsReport(done)));
  invocation.Hint("Wrote " + Counted(done.rows, "row") + " into " +
                  Counted(static_cast<int64_t>(done.files.size()), "file") +
                  "; counted again in the files. The checksums are in " + Printable(done.manifest) +
                  ".");
  return 0;
}

}  // namespace

Verb ExportVerb() {
  return {.name = "export",
          .summary = "Write a table or the rows of a query into files",
          .description =
              "PATH is a folder that is made, or one file where it ends in .parquet, .csv,\n"
              ".jsonl or .arrow. Nothing that is there is replaced. The rows are counted again\n"
              "in the files, and a manifest lists these with their SHA-256; it is written\n"
              "last.\n\n"
              "  firn export silver.query_perf perf.parquet\n"
              "  firn export silver.query_perf perf --partition-by query_type --format csv\n"
              "  firn export \"SELECT * FROM slow_queries(1000)\" slow.jsonl\n"
              "  firn export training set --format huggingface",
          .positionals = {{"TABLE", "A table, or a query", Positional::Count::kOne, {}},
                          {"PATH", "A folder, or a file", Positional::Count::kOne, {}}},
          .options = {{"--format",
                       "FORMAT",
                       "Of the files; else by the name of PATH, or parquet",
                       {"parquet", "csv", "jsonl", "arrow"}},
                      {"--partition-by", "COLUMNS", "A folder per value of each, with commas", {}},
                      {"--codec",
                       "CODEC",
                       "How Parquet is compressed, zstd without",
                       {"zstd", "snappy", "gzip", "brotli", "lz4", "none"}}},
          .subverbs = {ExportTrainingVerb()},
          .run = Run};
}

}  // namespace firn::cli
