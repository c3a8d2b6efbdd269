// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/health/doctor.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <sys/stat.h>
#include <sys/statvfs.h>

#include "firn/base/env.h"
#include "firn/base/json.h"
#include "firn/catalog/catalog.h"
#include "firn/ingest/report/lake_sink.h"
#include "firn/ingest/report/report_source.h"
#include "firn/ingest/report/report_tables.h"
#include "firn/io/file_io.h"
#include "firn/io/location.h"
#include "firn/lakehouse/packages.h"
#include "firn/lakehouse/questions/query.h"
#include "firn/lakehouse/tables/tables.h"
#include "firn/lakehouse/timezone.h"

namespace firn::lakehouse {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kFreeBytesWanted = 1'000'000'000;
constexpr int64_t kClaudeDaysByDefault = 30;
constexpr int64_t kClaudeDaysWanted = 365;

Finding Fine(std::string check, std::string message) {
  return {Severity::kOk, std::move(check), std::move(message), ""};
}

void CheckPermissions(const LakeFolder& folder, DoctorReport& report) {
  struct stat status {};
  if (stat(folder.root.c_str(), &status) != 0) return;
  if ((status.st_mode & 077) == 0) {
    report.findings.push_back(Fine("permissions", "Only you can read the lake."));
    return;
  }
  report.findings.push_back({Severity::kWarning, "permissions",
                             "Others on this machine can open the lake's folder: " + folder.root,
                             "chmod -R go= '" + folder.root + "'"});
}

void CheckSpace(const LakeFolder& folder, DoctorReport& report) {
  struct statvfs space {};
  if (statvfs(folder.root.c_str(), &space) != 0) return;
  const uint64_t free_bytes = uint64_t{space.f_bavail} * space.f_frsize;
  const bool scarce = free_bytes < kFreeBytesWanted;
  const std::string free = scarce ? std::to_string(free_bytes / 1'000'000) + " MB"
                                  : std::to_string(free_bytes / 1'000'000'000) + " GB";
  if (!scarce) {
    report.findings.push_back(Fine("disk", free + " of disk are free."));
    return;
  }
  report.findings.push_back({Severity::kWarning, "disk", "Only " + free + " of disk are free.",
                             "an ingest that fills the disk fails and changes nothing"});
}

// Iceberg writes down where files are, so a copied lake goes on reading and writing the files of
// the lake it was copied from.
void ReportOutside(const std::vector<std::string>& locations, DoctorReport& report) {
  if (locations.empty()) return;
  report.findings.push_back(
      {Severity::kWarning, "location",
       std::to_string(locations.size()) + " tables lie outside of the lake, the first at " +
           locations.front(),
       "a copied lake still reads and writes the files of the first one: move it back to where it "
       "was made"});
}

Status CheckTables(const LakeFolder& folder, catalog::Catalog& catalog, DoctorReport& report) {
  FIRN_ASSIGN(const std::vector<catalog::TableName> names, AllTableNames(catalog));
  size_t loaded = 0;
  std::vector<std::string> outside;
  for (const catalog::TableName& name : names) {
    const auto table = catalog.LoadTable(name);
    if (table.has_value()) {
      ++loaded;
      const std::string& location = table->metadata->location;
      if (!location.starts_with(folder.WarehouseLocation() + "/")) outside.push_back(location);
      continue;
    }
    report.findings.push_back({Severity::kError, "tables",
                               name.ToString() + " cannot be opened: " + table.error().message,
                               "restore its metadata file from a backup"});
  }
  ReportOutside(outside, report);
  if (loaded == names.size()) {
    report.findings.push_back(
        Fine("tables", std::to_string(loaded) + " tables, the metadata of all can be read."));
  }
  return Ok();
}

Status CheckUnfinished(const LakeFolder& folder, io::FileIO& io, DoctorReport& report) {
  FIRN_ASSIGN(const std::vector<io::FileInfo> files, io.List(folder.WarehouseLocation()));
  int64_t count = 0;
  int64_t bytes = 0;
  for (const io::FileInfo& file : files) {
    if (!file.hidden) continue;
    ++count;
    bytes += file.size_bytes;
  }
  if (count == 0) return Ok();
  report.findings.push_back({Severity::kNote, "unfinished",
                             std::to_string(count) + " unfinished files (" + std::to_string(bytes) +
                                 " bytes) of processes that were interrupted or still run.",
                             "no table refers to them"});
  return Ok();
}

void CheckModels(const LakeFolder& folder, io::FileIO& io, DoctorReport& report) {
  const auto packages = PackagesOf(folder, io);
  if (!packages) {
    report.findings.push_back({Severity::kError, "models", packages.error().message,
                               "mend the file; until then 'firn run' does nothing"});
    return;
  }
  const auto own = std::ranges::count_if(packages->models, [&](const pipeline::Model& model) {
    return model.file.starts_with(folder.ModelsPath());
  });
  if (own == 0) return;
  report.findings.push_back(
      Fine("models", std::to_string(own) + " models of your own in " + folder.ModelsPath() + "."));
}

std::string ClaudeFolder(const std::map<std::string, std::string>& environment) {
  const auto named = environment.find("CLAUDE_CONFIG_DIR");
  if (named != environment.end() && !named->second.empty()) return named->second;
  const auto home = environment.find("HOME");
  return home == environment.end() ? "" : home->second + "/.claude";
}

// Claude Code removes transcripts after `cleanupPeriodDays` of its settings.
void CheckClaudeCleanup(const std::map<std::string, std::string>& environment,
                        DoctorReport& report) {
  const std::string folder = ClaudeFolder(environment);
  std::error_code error;
  if (folder.empty() || !fs::is_directory(folder + "/projects", error)) return;
  int64_t days = kClaudeDaysByDefault;
  std::ifstream file(folder + "/settings.json");
  std::ostringstream text;
  text << file.rdbuf();
  const auto settings = Json::Parse(text.str());
  if (settings.has_value()) {
    const auto set = settings->GetInt64("cleanupPeriodDays");
    if (set.has_value()) days = *set;
  }
  if (days >= kClaudeDaysWanted) {
    report.findings.push_back(Fine(
        "claude_code", "Claude Code keeps transcripts for " + std::to_string(days) + " days."));
    return;
  }
  report.findings.push_back(
      {Severity::kWarning, "claude_code",
       "Claude Code deletes its transcripts after " + std::to_string(days) + " days.",
       "run 'firn up' more often than that, or set \"cleanupPeriodDays\" in " + folder +
           "/settings.json"});
}

}  // namespace

Result<DoctorReport> Examine(const LakeFolder& folder, catalog::Catalog& catalog, io::FileIO& io,
                             const std::map<std::string, std::string>& environment) {
  DoctorReport report;
  report.findings.push_back(Fine("lake", "The lake is " + folder.root + ", format " +
                                             std::to_string(folder.config.lake_format) + "."));
  CheckPermissions(folder, report);
  CheckSpace(folder, report);
  FIRN_TRY(CheckTables(folder, catalog, report));
  FIRN_TRY(CheckUnfinished(folder, io, report));
  CheckModels(folder, io, report);
  CheckClaudeCleanup(environment, report);
  return report;
}

Status CheckReports(const LakeFolder& folder, catalog::Catalog& catalog, io::FileIO& io, Env& env,
                    DoctorReport& report) {
  const std::string daily(ingest::ReportTableOf(ingest::ReportKind::kDaily));
  FIRN_ASSIGN(const bool exists, catalog.TableExists(ingest::ReportTableName(daily)));
  if (!exists) return Ok();
  FIRN_ASSIGN(const ingest::KnownReports known,
              ingest::LoadKnownReports(catalog, io, folder.PositionCachePath()));
  if (known.empty()) return Ok();  // Filled by other means.
  const std::string& zone_name = folder.config.timezone;
  FIRN_ASSIGN(const TimeZone zone, LoadTimezone(zone_name.empty() ? "UTC" : zone_name));
  const int32_t yesterday = ingest::DayIn(zone, env.Now().value) - 1;
  if (!ingest::OwnerOf(yesterday, known).empty()) {
    report.findings.push_back(
        Fine("query_perf", "The report of yesterday, " + FormatDate(yesterday) + ", is there."));
    return Ok();
  }
  report.findings.push_back(
      {Severity::kWarning, "query_perf",
       "silver.query_perf has no report of yesterday, " + FormatDate(yesterday) + ".",
       "run 'firn ingest query_perf DIR', or every day: 'firn schedule add'"});
  return Ok();
}

Status CheckCleanBronze(catalog::Catalog& catalog, sql::Engine& engine, DoctorReport& report) {
  FIRN_ASSIGN(const catalog::TableName bronze, catalog::TableName::Parse("bronze.conversations"));
  auto table = catalog.LoadTable(bronze);
  if (!table) return table.error().kind == ErrorKind::kNotFound ? Ok() : Status(table.error());
  const bool has_column = table->metadata->schema().FindByName("redaction", true) != nullptr;
  FIRN_ASSIGN(const std::vector<Row> rows,
              QueryRows(engine, std::string("SELECT count(*) FROM bronze.conversations") +
                                    (has_column ? " WHERE redaction IS NULL" : "")));
  const int64_t slices = IntOf(rows[0][0]);
  if (slices == 0) {
    report.findings.push_back(Fine("privacy", "Bronze is cleaned before it is stored."));
    return Ok();
  }
  report.findings.push_back(
      {Severity::kWarning, "privacy",
       "Bronze has slices that were stored as they came, before [privacy] before_storage was "
       "set: " +
           std::to_string(slices) + ".",
       "ingest the histories into a new lake, or 'firn forget' those conversations"});
  return Ok();
}

void CheckColumnPolicies(const LakeFolder& folder, DoctorReport& report) {
  for (const auto& [column, action] : folder.config.privacy.columns) {
    report.findings.push_back(
        Fine("privacy", "Whole values of " + column + ": " +
                            std::string(conversations::privacy::ActionName(action)) + "."));
  }
}

void CheckSchedules(const std::vector<Schedule>& schedules, DoctorReport& report) {
  for (const Schedule& schedule : schedules) {
    if (schedule.last_run.empty()) {
      report.findings.push_back({Severity::kNote, "schedule",
                                 "The schedule " + schedule.name + " has not run yet.",
                                 "'firn schedule run " + schedule.name + "' runs it now"});
    } else if (schedule.last_exit_code != 0) {
      report.findings.push_back({Severity::kWarning, "schedule",
                                 "The schedule " + schedule.name + " ended with code " +
                                     std::to_string(schedule.last_exit_code) + " at " +
                                     schedule.last_run + ".",
                                 "'firn schedule run " + schedule.name + "' shows why"});
    } else {
      report.findings.push_back(Fine("schedule", "The schedule " + schedule.name +
                                                     " went well at " + schedule.last_run + "."));
    }
  }
}

}  // namespace firn::lakehouse
