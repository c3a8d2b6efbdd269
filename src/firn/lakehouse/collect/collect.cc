// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/collect/collect.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <vector>

#include <unistd.h>

#include "firn/base/env.h"
#include "firn/base/uuid.h"
#include "firn/conversations/otel/otlp_file_io.h"
#include "firn/conversations/platforms.h"
#include "firn/conversations/slice_format.h"
#include "firn/conversations/tables.h"
#include "firn/ingest/discovery.h"
#include "firn/ingest/ensure_table.h"
#include "firn/ingest/ingest_run.h"
#include "firn/ingest/path_text.h"
#include "firn/io/file_io.h"
#include "firn/lakehouse/collect/collect_query_perf.h"
#include "firn/lakehouse/collect/collect_reports.h"
#include "firn/lakehouse/collect/otel_inbox.h"
#include "firn/lakehouse/privacy/forgotten.h"

namespace firn::lakehouse {
namespace {

// Adds what is there of a place in which "*" stands for one folder of any name.
void AddExisting(const std::string& place, std::vector<std::string>& places) {
  std::error_code error;
  const size_t star = place.find("/*/");
  if (star == std::string::npos) {
    if (std::filesystem::exists(place, error)) places.push_back(place);
    return;
  }
  std::vector<std::string> folders;
  auto entry = std::filesystem::directory_iterator(place.substr(0, star), error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
    folders.push_back(entry->path().string());
  std::sort(folders.begin(), folders.end());
  for (const std::string& folder : folders)
    AddExisting(folder + place.substr(star + 2), places);
}

// Below a folder only files that some platform could have written are worth opening; a file that
// was named is always looked at.
void KeepPromising(const std::vector<std::string>& paths, ingest::Discovery& discovery) {
  std::erase_if(discovery.files, [&](const ingest::FoundFile& file) {
    std::error_code error;
    if (file.root < paths.size() && std::filesystem::is_regular_file(paths[file.root], error)) {
      return false;
    }
    return !IsPromising(file.path);
  });
}

Result<table::NewTable> BlueprintOf(const conversations::TableDefinition& definition) {
  table::NewTable blueprint;
  blueprint.schema = definition.schema;
  blueprint.properties = definition.properties;
  FIRN_ASSIGN(blueprint.spec,
              table::BuildPartitionSpec(table::SpecId(0), definition.schema, definition.partition));
  return blueprint;
}

Result<IngestReport> CollectConversations(const Collector& collector,
                                          const IngestRequest& request) {
  const std::vector<std::string> paths =
      request.paths.empty()
          ? UsualPlaces(collector.folder.root, collector.environment, request.source)
          : request.paths;
  FIRN_ASSIGN(ingest::Discovery discovery, ingest::Discover(paths, collector.env));
  KeepPromising(paths, discovery);

  FIRN_ASSIGN(const conversations::Scale scale,
              conversations::ParseScale(collector.folder.config.scale));
  const conversations::TableDefinition bronze = conversations::BronzeConversations(scale);
  FIRN_ASSIGN(const catalog::TableName target, catalog::TableName::Parse(bronze.name));
  FIRN_ASSIGN(const table::NewTable blueprint, BlueprintOf(bronze));
  FIRN_ASSIGN(const catalog::LoadedTable table,
              ingest::EnsureTable(collector.catalog, target, blueprint));

  conversations::SliceFormatOptions format_options;
  format_options.platform = request.source;
  format_options.user_id = collector.user_id;
  format_options.redactor = collector.redactor;
  FIRN_ASSIGN(const Forgotten forgotten,
              Forgotten::Load(collector.folder, collector.files, collector.env));
  if (!forgotten.empty()) {
    format_options.is_forgotten = [&](std::string_view conversation_id) {
      return forgotten.Has(Forgotten::Kind::kConversation, conversation_id);
    };
  }
  const conversations::SliceFormat format(format_options, collector.env);
  ingest::IngestOptions options = OptionsOf(collector, request, target);
  // A lake of an earlier release lacks what was added since.
  const table::Schema& stored = table.metadata->schema();
  if (stored.fields().size() < bronze.schema.fields().size()) options.columns = bronze.schema;
  conversations::otel::OtlpFileIO files(collector.files, collector.folder.TemporaryPath());
  FIRN_ASSIGN(const ingest::IngestReport done,
              ingest::RunIngest(ContextOf(collector, files), discovery, format, options));
  IngestReport report = ReportOf(done);
  report.table = bronze.name;
  return report;
}

// Each layer that an error came through may have put the path before it; it is shown once.
std::string WithoutPath(std::string reason, const std::string& path) {
  while (reason.starts_with(path + ": "))
    reason.erase(0, path.size() + 2);
  for (const std::string& named : {": " + path, ", " + path}) {
    const size_t at = reason.find(named);
    if (at != std::string::npos) reason.erase(at, named.size());
  }
  return reason;
}

bool IsConversationSource(const std::string& source) {
  return source.empty() || conversations::FindPlatform(source) != nullptr;
}

}  // namespace

std::vector<std::string> UsualPlaces(const std::string& lake_path,
                                     const std::map<std::string, std::string>& environment,
                                     const std::string& platform) {
  const conversations::Variables variables(environment.begin(), environment.end());
  std::vector<std::string> places;
  for (const conversations::Platform* candidate : conversations::Platforms()) {
    if (!platform.empty() && candidate->name() != platform) continue;
    for (const std::string& root : candidate->DefaultRoots(variables))
      AddExisting(root, places);
  }
  if (platform.empty() || platform == conversations::Otel().name())
    AddExisting(OtelInboxPath(lake_path), places);
  return places;
}

bool IsPromising(const std::string& path) {
  return std::ranges::any_of(
      conversations::Platforms(),
      [&](const conversations::Platform* platform) { return platform->MayHold(path); });
}

std::string MachineName() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

ingest::IngestOptions OptionsOf(const Collector& collector, const IngestRequest& request,
                                catalog::TableName target) {
  ingest::IngestOptions options;
  options.target = std::move(target);
  options.machine = MachineName();
  options.run_id = MakeUlid(collector.env);
  options.lock_path = collector.folder.LockPath();
  options.cache_path = collector.folder.PositionCachePath();
  options.queue_bytes = std::max<int64_t>(collector.folder.config.memory_pool_bytes / 2, 1);
  options.dry_run = request.dry_run;
  return options;
}

ingest::IngestContext ContextOf(const Collector& collector, io::FileIO& source_io) {
  return {collector.catalog, collector.files,    source_io,        collector.env,
          collector.log,     collector.progress, collector.writing};
}

IngestReport ReportOf(const ingest::IngestReport& done) {
  IngestReport report;
  report.files_found = done.files_found;
  // The rest was looked at and is of no known kind.
  report.files_new = done.files_new - static_cast<int64_t>(done.unrecognised.size());
  report.files_grown = done.files_grown;
  report.files_rewritten = done.files_rewritten;
  report.files_unchanged = done.files_unchanged;
  report.files_unfinished = done.files_unfinished;
  report.bytes = done.bytes;
  report.rows = done.rows;
  report.rejected = done.rejected;
  report.reject_samples = done.reject_samples;
  for (const std::string& path : done.unrecognised) {
    report.troubles.push_back(
        {ingest::DisplayPath(path), "not a history of a known assistant", false});
  }
  for (const ingest::FileProblem& problem : done.problems)
    report.troubles.push_back(TroubleOf(problem));
  return report;
}

FileTrouble TroubleOf(const ingest::FileProblem& problem) {
  const std::string path = ingest::DisplayPath(problem.path);
  return {path, WithoutPath(problem.error.ToString(), path), true};
}

Result<IngestReport> Collect(const Collector& collector, const IngestRequest& request) {
  const bool fixed = IsConversationSource(request.source) || request.source == kQueryPerf;
  if (fixed && request.text != TextReading()) {
    return InvalidArgument("how text is laid out is said of csv, json and jsonl, not",
                           request.source);
  }
  const int64_t began = collector.env.MonotonicMicros();
  auto report = IsConversationSource(request.source) ? CollectConversations(collector, request)
                : request.source == kQueryPerf       ? CollectQueryPerf(collector, request)
                                                     : CollectReports(collector, request);
  if (!report.has_value()) return report;
  report->source = request.source;
  report->dry_run = request.dry_run;
  report->seconds = static_cast<double>(collector.env.MonotonicMicros() - began) / 1e6;
  return report;
}

}  // namespace firn::lakehouse
