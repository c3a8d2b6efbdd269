// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/collect/collect_reports.h"

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>

#include "firn/ingest/decoded_file_io.h"
#include "firn/ingest/piped_file_io.h"
#include "firn/ingest/user_table.h"
#include "firn/lakehouse/collect/text_reading.h"
#include "firn/lakehouse/tables/migrate_schema.h"
#include "firn/lakehouse/tables/schemas.h"

namespace firn::lakehouse {
namespace {

// More than these and the writer cannot follow.
constexpr unsigned kThreadsMax = 8;
// Tables that one after another take a name while rows are read for it.
constexpr int kTablesMax = 3;

// A pattern or path that leads nowhere is a mistake here: nothing was asked of usual places.
Status CheckFound(const ingest::Discovery& discovery) {
  if (!discovery.files.empty() || discovery.problems.empty()) return Ok();
  return discovery.problems.front().error;
}

// The files under the paths; "-" is one more, and the reader of it.
Result<ingest::Discovery> FindFiles(const Collector& collector, const IngestRequest& request,
                                    std::unique_ptr<ingest::PipedFileIO>& piped) {
  std::vector<std::string> paths = request.paths;
  const auto pipes = std::erase(paths, "-");
  FIRN_ASSIGN(ingest::Discovery discovery, ingest::Discover(paths, collector.env));
  if (pipes > 0) {
    FIRN_ASSIGN(piped, ingest::PipedFileIO::Read(request.input, collector.files,
                                                 collector.folder.TemporaryPath()));
    discovery.files.push_back(piped->file());
  }
  FIRN_TRY(CheckFound(discovery));
  return discovery;
}

// The newest schema that the lake itself has for a table, if there is one. While a table is on the
// way to another one, it keeps the one before.
Result<std::optional<Json>> SchemaFor(const Collector& collector, const catalog::TableName& table) {
  FIRN_ASSIGN(const Schemas schemas,
              Schemas::Read(collector.folder, collector.catalog, collector.files));
  FIRN_ASSIGN(const auto migrating, OpenMigration(collector.catalog, table));
  std::optional<Json> newest;
  for (const registry::SchemaFile* file : schemas.set().Versions(table.ToString())) {
    if (migrating && file->version.ToString() == *migrating) break;
    newest = file->is_shipped ? std::nullopt : std::optional(file->schema);
  }
  return newest;
}

// Which table has a name; unset where none has.
std::optional<Uuid> UuidOf(catalog::Catalog& catalog, const catalog::TableName& name) {
  const auto table = catalog.LoadTable(name);
  return table ? table->metadata->table_uuid : std::nullopt;
}

// Where another table took the name meanwhile, it is the one that was meant.
Result<ingest::UserTableReport> IngestInto(const Collector& collector,
                                           const ingest::IngestContext& context,
                                           const ingest::Discovery& files,
                                           ingest::UserTableOptions& options) {
  const catalog::TableName& target = options.ingest.target;
  for (int left = kTablesMax;; --left) {
    const auto before = UuidOf(collector.catalog, target);
    FIRN_ASSIGN(options.schema, SchemaFor(collector, target));
    auto done = ingest::IngestIntoTable(context, files, options);
    const bool is_conflict = !done && done.error().kind == ErrorKind::kConflict;
    if (!is_conflict || left == 1 || UuidOf(collector.catalog, target) == before) return done;
  }
}

}  // namespace

Result<IngestReport> CollectReports(const Collector& collector, const IngestRequest& request) {
  FIRN_ASSIGN(const ingest::FileFormat format, ingest::ParseFileFormat(request.source));
  if (request.into.empty()) {
    return InvalidArgument("no table named for " + request.source)
        .WithHint("say where the rows go: --into NAMESPACE.TABLE");
  }
  if (request.paths.empty()) return InvalidArgument("no files named for " + request.source);
  FIRN_ASSIGN(catalog::TableName target, catalog::TableName::Parse(request.into));
  ingest::UserTableOptions options;
  options.ingest = OptionsOf(collector, request, std::move(target));
  options.ingest.parse_threads = std::clamp(std::thread::hardware_concurrency(), 1U, kThreadsMax);
  options.format = format;
  options.create = request.create;
  if (request.append_rewritten) options.on_rewritten = ingest::OnRewritten::kAppend;
  FIRN_ASSIGN(options.text, TextOptionsOf(request.text, format));

  std::unique_ptr<ingest::PipedFileIO> piped;
  FIRN_ASSIGN(const ingest::Discovery discovery, FindFiles(collector, request, piped));
  io::FileIO& files = piped == nullptr ? collector.files : *piped;
  ingest::DecodedFileIO decoded(files, collector.folder.TemporaryPath());
  const bool is_text = format != ingest::FileFormat::kParquet;
  const ingest::IngestContext context = ContextOf(collector, is_text ? decoded : files);
  auto ingested = IngestInto(collector, context, discovery, options);
  if (!ingested && ingested.error().kind == ErrorKind::kConflict && options.schema) {
    return std::move(ingested).error().WithHint(StepsOfBreakingChange(request.into));
  }
  FIRN_ASSIGN(const ingest::UserTableReport done, std::move(ingested));
  IngestReport report = ReportOf(done.ingest);
  report.table = request.into;
  if (done.created) report.created_schema = request.into + "\n" + done.created->schema.ToString();
  return report;
}

}  // namespace firn::lakehouse
