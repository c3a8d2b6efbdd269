// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/ingest_report.h"

#include <array>
#include <cstdio>

namespace firn::cli {

Report IngestTable(const lakehouse::IngestReport& report) {
  Report shown;
  shown.schema = "firn.ingest/1";
  shown.columns = {{"path", "FILE", false, 0},       {"source", "SOURCE", false, 0},
                   {"outcome", "OUTCOME", false, 0}, {"rows", "ROWS", true, 0},
                   {"bytes", "BYTES", true, 1},      {"rejected", "REJECTED", true, 2},
                   {"reason", "REASON", false, 3}};
  for (const lakehouse::FileReport& file : report.files) {
    shown.rows.push_back({Field::Text(file.path), Field::Text(file.source),
                          Field::Text(file.outcome), Field::Count(file.rows),
                          Field::Size(file.bytes), Field::Count(file.rejected),
                          Field::Text(file.reason)});
  }
  shown.meta.Set("dry_run", report.dry_run);
  shown.meta.Set("files_seen", report.files_seen);
  shown.meta.Set("files_unchanged", report.files_unchanged);
  shown.meta.Set("rows", report.rows);
  shown.meta.Set("rejected", report.rejected);
  shown.meta.Set("bytes", report.bytes);
  shown.empty_message = "Nothing new.";
  return shown;
}

std::string IngestSummary(const lakehouse::IngestReport& report) {
  std::array<char, 32> seconds{};
  std::snprintf(seconds.data(), seconds.size(), "%.1f s", report.seconds);
  std::string line = report.dry_run ? "Would read " : "Read ";
  line += Field::Count(report.files_seen - report.files_unchanged).shown + " of " +
          Field::Count(report.files_seen).shown + " files: " + Field::Count(report.rows).shown +
          " rows from " + Field::Size(report.bytes).shown + " in " + seconds.data();
  if (report.rejected > 0) {
    line += "; warning: " + Field::Count(report.rejected).shown +
            " rejected, kept in the _rejected table";
  }
  return line + ".";
}

void TellTroubles(Invocation& invocation, const lakehouse::IngestReport& report) {
  for (const lakehouse::FileReport& file : report.files) {
    if (file.outcome != "failed" && file.outcome != "skipped") continue;
    invocation.Hint(file.outcome + ": " + Printable(file.path) + ": " + Printable(file.reason));
  }
}

}  // namespace firn::cli
