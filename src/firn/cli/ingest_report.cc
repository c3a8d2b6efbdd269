// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/ingest_report.h"

#include <array>
#include <cstdio>

namespace firn::cli {

Report IngestTable(const lakehouse::IngestReport& report) {
  Report shown;
  shown.schema = "firn.ingest/1";
  shown.columns = {{"table", "TABLE", false, 0},
                   {"files_new", "NEW", true, 1},
                   {"files_grown", "GROWN", true, 2},
                   {"files_rewritten", "REWRITTEN", true, 4},
                   {"files_unchanged", "UNCHANGED", true, 3},
                   {"rows", "ROWS", true, 0},
                   {"rejected", "REJECTED", true, 0},
                   {"bytes", "READ", true, 1}};
  shown.rows.push_back({Field::Text(report.table), Field::Count(report.files_new),
                        Field::Count(report.files_grown), Field::Count(report.files_rewritten),
                        Field::Count(report.files_unchanged), Field::Count(report.rows),
                        Field::Count(report.rejected), Field::Size(report.bytes)});
  Json::Array troubles;
  for (const lakehouse::FileTrouble& trouble : report.troubles) {
    Json entry{Json::Object()};
    entry.Set("path", trouble.path);
    entry.Set("reason", trouble.reason);
    entry.Set("failed", trouble.failed);
    troubles.push_back(std::move(entry));
  }
  shown.meta.Set("dry_run", report.dry_run);
  shown.meta.Set("files_found", report.files_found);
  shown.meta.Set("troubles", Json(std::move(troubles)));
  return shown;
}

std::string IngestSummary(const lakehouse::IngestReport& report) {
  const int64_t read = report.files_new + report.files_grown + report.files_rewritten;
  std::array<char, 32> seconds{};
  std::snprintf(seconds.data(), seconds.size(), "%.1f s", report.seconds);
  if (read == 0) return "Nothing new in " + Counted(report.files_found, "file") + ".";
  return (report.dry_run ? "Would read " : "Read ") + Field::Count(read).shown + " of " +
         Counted(report.files_found, "file") + ": " + Counted(report.rows, "row") + " from " +
         Field::Size(report.bytes).shown + " in " + seconds.data() + ".";
}

namespace {

// Names up to `most` of the files that failed, or of those that were passed over.
void TellFiles(Invocation& invocation, const lakehouse::IngestReport& report, bool failed,
               int64_t most) {
  int64_t count = 0;
  for (const lakehouse::FileTrouble& trouble : report.troubles) {
    if (trouble.failed != failed || ++count > most) continue;
    invocation.Hint((failed ? "failed: " : "skipped: ") + Printable(trouble.path) + ": " +
                    Printable(trouble.reason));
  }
  if (count <= most) return;
  invocation.Hint((failed ? "failed: " : "skipped: ") + Counted(count - most, "more file") +
                  " (--verbose names them)");
}

}  // namespace

void TellTroubles(Invocation& invocation, const lakehouse::IngestReport& report) {
  constexpr int64_t kFailedShown = 20, kSkippedShown = 3;
  const int64_t all = static_cast<int64_t>(report.troubles.size());
  TellFiles(invocation, report, true, invocation.verbose ? all : kFailedShown);
  TellFiles(invocation, report, false, invocation.verbose ? all : kSkippedShown);
  for (const std::string& sample : report.reject_samples) {
    invocation.Hint("rejected: " + Printable(sample));
  }
  if (report.rejected == 0) return;
  invocation.Hint(
      "warning: " + Counted(report.rejected, "row") +
      (report.rejected == 1 ? " was rejected; it is in " : " were rejected; they are in ") +
      report.table + "_rejected");
}

}  // namespace firn::cli
