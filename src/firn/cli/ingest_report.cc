// SPDX-License-Identifier: Apache-2.0

#include "firn/cli/ingest_report.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

namespace firn::cli {

namespace {

// The counters of one table.
struct TableCounts {
  std::string table;
  int64_t files_new = 0, files_grown = 0, files_rewritten = 0, files_unchanged = 0;
  int64_t rows = 0, rejected = 0, bytes = 0;
};

void Count(const lakehouse::ReportFile& file, TableCounts& counts) {
  counts.files_new += file.action == "created";
  counts.files_rewritten += file.action == "replaced";
  counts.files_unchanged += file.action == "unchanged";
  counts.rows += file.rows;
  counts.rejected += file.rejected;
  counts.bytes += file.action == "created" || file.action == "replaced" ? file.source_bytes : 0;
}

std::vector<TableCounts> CountsOf(const lakehouse::IngestReport& report) {
  if (report.reports.empty()) {
    return {TableCounts{report.table, report.files_new, report.files_grown, report.files_rewritten,
                        report.files_unchanged, report.rows, report.rejected, report.bytes}};
  }
  std::vector<TableCounts> all;
  for (const lakehouse::ReportFile& file : report.reports) {
    if (all.empty() || all.back().table != file.table) {
      TableCounts counts;
      counts.table = file.table;
      all.push_back(std::move(counts));
    }
    Count(file, all.back());
  }
  return all;
}

Json Ratio(double part, double whole) {
  return whole == 0 ? Json() : Json(std::round(1000 * part / whole) / 1000);
}

// What became of each report, and the figures over all: for dashboards and alerts.
void AddReports(const lakehouse::IngestReport& report, Json& meta) {
  if (report.reports.empty()) return;
  Json::Array files;
  double failed = 0, source_bytes = 0, bytes = 0;
  for (const lakehouse::ReportFile& file : report.reports) {
    Json entry{Json::Object()};
    entry.Set("source", file.source);
    entry.Set("file", file.file);
    entry.Set("action", file.action);
    entry.Set("rows", file.rows);
    entry.Set("bytes", file.bytes);
    files.push_back(std::move(entry));
    failed += file.action == "failed" ? 1 : 0;
    source_bytes += file.bytes > 0 ? static_cast<double>(file.source_bytes) : 0;
    bytes += static_cast<double>(file.bytes);
  }
  const auto count = static_cast<double>(report.reports.size());
  meta.Set("reports", Json(std::move(files)));
  meta.Set("success_rate", Ratio(count - failed, count));
  meta.Set("compression_ratio", Ratio(source_bytes - bytes, source_bytes));
  meta.Set("bytes_written", static_cast<int64_t>(bytes));
  meta.Set("seconds", report.seconds);
}

}  // namespace

Report IngestTable(const lakehouse::IngestReport& report) {
  Report shown;
  shown.schema = "firn.ingest/1";
  shown.columns = {
      {"table", "TABLE", false, 0, kWhole},      {"files_new", "NEW", true, 1},
      {"files_grown", "GROWN", true, 2},         {"files_rewritten", "REWRITTEN", true, 4},
      {"files_unchanged", "UNCHANGED", true, 3}, {"rows", "ROWS", true, 0},
      {"rejected", "REJECTED", true, 0},         {"bytes", "READ", true, 1}};
  for (const TableCounts& counts : CountsOf(report)) {
    shown.rows.push_back({Field::Text(counts.table), Field::Count(counts.files_new),
                          Field::Count(counts.files_grown), Field::Count(counts.files_rewritten),
                          Field::Count(counts.files_unchanged), Field::Count(counts.rows),
                          Field::Count(counts.rejected), Field::Size(counts.bytes)});
  }
  AddReports(report, shown.meta);
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
  shown.meta.Set("files_unfinished", report.files_unfinished);
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

void TellReports(Invocation& invocation, const lakehouse::IngestReport& report) {
  for (const lakehouse::ReportFile& file : report.reports) {
    const std::string name = Printable(file.file);
    if (file.action == "unchanged") invocation.Hint(name + ": already exists, skipping");
    if (!report.dry_run) continue;
    const std::string rows = " (" + Counted(file.rows, "row") + " of " + file.source + ")";
    if (file.action == "created") invocation.Hint("would create " + name + rows);
    if (file.action == "replaced") invocation.Hint("would replace " + name + rows);
  }
  for (const std::string& missing : report.missing)
    invocation.Hint("not found: " + missing);
  for (const std::string& warning : report.warnings)
    invocation.Hint("warning: " + Printable(warning));
}

void TellTroubles(Invocation& invocation, const lakehouse::IngestReport& report) {
  constexpr int64_t kFailedShown = 20, kSkippedShown = 3;
  const int64_t all = static_cast<int64_t>(report.troubles.size());
  TellFiles(invocation, report, true, invocation.verbose ? all : kFailedShown);
  TellFiles(invocation, report, false, invocation.verbose ? all : kSkippedShown);
  if (report.files_unfinished > 0) {
    invocation.Hint(Counted(report.files_unfinished, "file") +
                    (report.files_unfinished == 1 ? " ends" : " end") +
                    " in a record that is still being written: it is read once it is whole");
  }
  for (const std::string& sample : report.reject_samples) {
    invocation.Hint("rejected: " + Printable(sample));
  }
  for (const TableCounts& counts : CountsOf(report)) {
    if (counts.rejected == 0) continue;
    invocation.Hint(
        "warning: " + Counted(counts.rejected, "row") +
        (counts.rejected == 1 ? " was rejected; it is in " : " were rejected; they are in ") +
        counts.table + "_rejected");
  }
}

}  // namespace firn::cli
