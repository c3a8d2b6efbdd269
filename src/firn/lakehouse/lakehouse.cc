// SPDX-License-Identifier: Apache-2.0
//
// The composition root: the only place that makes catalogs, files, engines and models and hands
// them to each other.

#include "firn/lakehouse/lakehouse.h"

#include <utility>

#include "firn/base/env.h"
#include "firn/catalog/sqlite/sqlite_catalog.h"
#include "firn/catalog/sqlite/stored_checksums.h"
#include "firn/conversations/privacy/redactor.h"
#include "firn/datafile/memory_budget.h"
#include "firn/io/arrow_fs/object_store.h"
#include "firn/io/checksum_file_io.h"
#include "firn/io/http_client.h"
#include "firn/io/key_management.h"
#include "firn/io/local_file_io.h"
#include "firn/io/scratch.h"
#include "firn/lakehouse/collect/account.h"
#include "firn/lakehouse/collect/collect.h"
#include "firn/lakehouse/collect/collect_query_perf.h"
#include "firn/lakehouse/export/export.h"
#include "firn/lakehouse/export/export_training.h"
#include "firn/lakehouse/health/doctor.h"
#include "firn/lakehouse/health/drift.h"
#include "firn/lakehouse/health/maintain.h"
#include "firn/lakehouse/health/verify.h"
#include "firn/lakehouse/lake_folder.h"
#include "firn/lakehouse/master_keys.h"
#include "firn/lakehouse/models/conversation_model.h"
#include "firn/lakehouse/models/embed.h"
#include "firn/lakehouse/models/platform_views.h"
#include "firn/lakehouse/models/run_models.h"
#include "firn/lakehouse/packages.h"
#include "firn/lakehouse/privacy/forget.h"
#include "firn/lakehouse/privacy/forgotten.h"
#include "firn/lakehouse/privacy/redact.h"
#include "firn/lakehouse/questions/arrow_rows.h"
#include "firn/lakehouse/questions/search.h"
#include "firn/lakehouse/questions/show.h"
#include "firn/lakehouse/questions/usage.h"
#include "firn/lakehouse/schedule/schedule.h"
#include "firn/lakehouse/tables/add_files.h"
#include "firn/lakehouse/tables/advise.h"
#include "firn/lakehouse/tables/alter_table.h"
#include "firn/lakehouse/tables/column_report.h"
#include "firn/lakehouse/tables/migrate_schema.h"
#include "firn/lakehouse/tables/schemas.h"
#include "firn/lakehouse/tables/table_names.h"
#include "firn/lakehouse/tables/table_refs.h"
#include "firn/lakehouse/tables/tables.h"
#include "firn/lakehouse/timezone.h"
#include "firn/lakehouse/writer_defaults.h"
#include "firn/obs/log.h"
#include "firn/obs/progress.h"
#include "firn/pipeline/run.h"
#include "firn/sql/engine.h"

namespace firn::lakehouse {

struct Lakehouse::Parts {
  LakeOptions options;
  LakeFolder folder;
  std::unique_ptr<io::LocalFileIO> disk;
  std::unique_ptr<io::ObjectStoreFileIO> stores;  // Of tables' files, wherever they are.
  io::ChecksumLog checksums;
  std::unique_ptr<io::ChecksumFileIO> checked;
  std::unique_ptr<io::KeyManagement> keys;  // Null where none are configured.
  std::unique_ptr<io::KeyedFileIO> files;
  std::unique_ptr<catalog::Catalog> catalog;
  std::unique_ptr<io::HttpClient> http;
  std::unique_ptr<sql::Engine> engine;             // Opened by the first query.
  std::unique_ptr<datafile::MemoryBudget> memory;  // Of everything that writes.
  std::unique_ptr<io::LocalScratchSpace> scratch;
  datafile::WriterDefaults writing;

  obs::Logger& log() const { return options.log != nullptr ? *options.log : obs::NoLog(); }
  obs::Progress& progress() const {
    return options.progress != nullptr ? *options.progress : obs::NoProgress();
  }
  std::string Variable(const std::string& name) const {
    const auto found = options.environment.find(name);
    return found == options.environment.end() ? "" : found->second;
  }
  std::string UserId() const {
    if (!folder.config.user_id.empty()) return folder.config.user_id;
    const std::string account = Variable("USER");
    return account.empty() ? "unknown" : account;
  }

  conversations::privacy::Policy Privacy() {
    conversations::privacy::Policy policy = folder.config.privacy.policy;
    policy.found_people = PeopleOf(options.environment, *disk);
    return policy;
  }
  Result<std::string> Key() { return PrivacyKey(folder, *disk, *options.env); }
  /// What cleans bronze; null where that keeps everything.
  Result<std::shared_ptr<const conversations::privacy::Redactor>> BronzeRedactor();

  /// The engine that answers questions, with the views and macros of the packages.
  Result<sql::Engine*> Engine();
  Result<std::unique_ptr<sql::Engine>> OpenEngine();
  Scheduler MakeScheduler() {
    return {folder.root, options.environment, *disk, *http, *options.env, log()};
  }
  EmbedContext Embedding() { return {folder, options.environment, *disk, *http, *options.env}; }
  RefContext RefChanges() {
    engine.reset();  // What it has read of tables is about to be old.
    return {*catalog, *files, *options.env};
  }
  NamesContext NameChanges() {
    engine.reset();
    return {folder, *catalog, *files, *disk, *options.env};
  }
  Result<Schemas> ReadSchemas() { return Schemas::Read(folder, *catalog, *disk); }
  /// The views and macros that questions may call: a mistake in a model of one's own stops runs
  /// alone.
  Result<pipeline::Package> ReadableNames();
  Result<MigrationReport> Migrate(const MigrationRequest& request);
  /// Writes what a table gained into the one that a migration made beside it, if there is one.
  Status WriteBeside(const std::string& table);
  maintain::MaintainContext Upkeep() {
    return {*catalog, *files, *options.env, folder.WarehouseLocation(), writing};
  }
  /// Says how much of its memory writing took.
  void LogMemory();
  /// The zone reports are in: asked for, configured, or the machine's.
  std::string Timezone(const std::string& asked) const;
};

Result<MigrationReport> Lakehouse::Parts::Migrate(const MigrationRequest& request) {
  FIRN_ASSIGN(const Schemas schemas, ReadSchemas());
  FIRN_ASSIGN(const registry::SchemaFile* const file,
              schemas.FindBreaking(request.table, request.version));
  FIRN_ASSIGN(const std::unique_ptr<sql::Engine> of_its_own, OpenEngine());
  engine.reset();  // What it has read of the table is about to be old.
  FIRN_ASSIGN(const auto name, catalog::TableName::Parse(file->table));
  return MigrateTable(
      {Upkeep(), *of_its_own, folder.LockPath()},
      {name, file->version.ToString(), file->schema, request.cut_over, request.dry_run});
}

Status Lakehouse::Parts::WriteBeside(const std::string& table) {
  FIRN_ASSIGN(const auto name, catalog::TableName::Parse(table));
  FIRN_ASSIGN(const auto version, OpenMigration(*catalog, name));
  if (!version) return Ok();
  FIRN_TRY(Migrate({table, *version, false, false}));
  return Ok();
}

Result<std::unique_ptr<sql::Engine>> Lakehouse::Parts::OpenEngine() {
  sql::EngineOptions engine_options;
  engine_options.memory_bytes = EngineMemory(folder.config);
  engine_options.temp_directory = folder.TemporaryPath();
  engine_options.warehouse = folder.WarehouseLocation();
  return sql::Engine::Open(*catalog, *files, *options.env, engine_options);
}

Result<pipeline::Package> Lakehouse::Parts::ReadableNames() {
  auto package = PackagesOf(folder, *disk, pipeline::PackageParts::kNames);
  if (package) return package;
  log().Warn("models.unreadable", {{"error", package.error().ToString()}});
  return ShippedPackages(folder.config, pipeline::PackageParts::kNames);
}

Result<sql::Engine*> Lakehouse::Parts::Engine() {
  if (engine != nullptr) return engine.get();
  FIRN_ASSIGN(engine, OpenEngine());
  FIRN_ASSIGN(const pipeline::Package package, ReadableNames());
  FIRN_TRY(pipeline::DefineNames(package, *catalog, *engine, log()));
  return engine.get();
}

Result<std::shared_ptr<const conversations::privacy::Redactor>> Lakehouse::Parts::BronzeRedactor() {
  using conversations::privacy::Redactor;
  if (!folder.config.privacy.before_storage) return std::shared_ptr<const Redactor>();
  FIRN_ASSIGN(std::string key, Key());
  FIRN_ASSIGN(Redactor redactor, Redactor::Make(Privacy(), std::move(key)));
  return std::shared_ptr<const Redactor>(std::make_shared<Redactor>(std::move(redactor)));
}

void Lakehouse::Parts::LogMemory() {
  for (const obs::MetricValue& metric : memory->Metrics()) {
    log().Log(obs::LogLevel::kDebug, metric.name,
              {{"value", std::to_string(static_cast<int64_t>(metric.value))}});
  }
}

std::string Lakehouse::Parts::Timezone(const std::string& asked) const {
  if (!asked.empty()) return asked;
  if (!folder.config.timezone.empty()) return folder.config.timezone;
  return LocalTimezone(Variable("TZ"));
}

Lakehouse::Lakehouse(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Lakehouse::~Lakehouse() = default;

Result<std::unique_ptr<Lakehouse>> Lakehouse::Open(LakeOptions options) {
  auto parts = std::make_unique<Parts>();
  parts->options = std::move(options);
  Env& env = *parts->options.env;
  parts->disk = std::make_unique<io::LocalFileIO>(env);
  parts->http = io::MakeHttpClient(env);
  FIRN_ASSIGN(parts->folder,
              OpenLakeFolder(parts->options.path, parts->options.create, *parts->disk));
  parts->memory = std::make_unique<datafile::MemoryBudget>(WriterMemory(parts->folder.config));
  parts->scratch = std::make_unique<io::LocalScratchSpace>(parts->folder.TemporaryPath());
  parts->writing = WriterDefaultsOf(parts->folder.config);
  parts->writing.memory = parts->memory.get();
  parts->writing.scratch = parts->scratch.get();
  parts->stores =
      std::make_unique<io::ObjectStoreFileIO>(*parts->disk, parts->folder.config.stores);
  parts->checked = std::make_unique<io::ChecksumFileIO>(*parts->stores, parts->checksums);
  parts->keys = OpenMasterKeys(parts->folder, parts->options.environment, *parts->disk);
  parts->files = std::make_unique<io::KeyedFileIO>(*parts->checked, parts->keys.get());
  auto catalog =
      catalog::OpenSqliteCatalog(parts->folder.CatalogPath(), parts->folder.WarehouseLocation(),
                                 *parts->files, env, &parts->checksums);
  if (!catalog.has_value() && catalog.error().hint.empty()) {
    return std::move(catalog).error().WithHint("restore catalog.db from a backup of the lake");
  }
  FIRN_ASSIGN(parts->catalog, std::move(catalog));
  return std::unique_ptr<Lakehouse>(new Lakehouse(std::move(parts)));
}

const std::string& Lakehouse::path() const {
  return parts_->folder.root;
}

Result<IngestReport> Lakehouse::ExportFiles(const LakeOptions& options,
                                            const IngestRequest& request) {
  io::LocalFileIO disk(*options.env);
  LakeFolder folder;
  auto lake = OpenLakeFolder(options.path, false, disk);
  if (lake) folder = std::move(*lake);
  if (!lake && lake.error().kind != ErrorKind::kNotFound) return std::move(lake).error();
  obs::Logger& log = options.log != nullptr ? *options.log : obs::NoLog();
  obs::Progress& progress = options.progress != nullptr ? *options.progress : obs::NoProgress();
  return ExportReportFiles(folder.config, disk, *options.env, log, progress, request);
}

Result<IngestReport> Lakehouse::Ingest(const IngestRequest& request) {
  FIRN_ASSIGN(auto redactor, parts_->BronzeRedactor());
  const Collector collector{parts_->folder,
                            *parts_->catalog,
                            *parts_->files,
                            *parts_->options.env,
                            parts_->log(),
                            parts_->progress(),
                            parts_->options.environment,
                            parts_->UserId(),
                            std::move(redactor),
                            parts_->writing};
  parts_->engine.reset();  // What it has read of tables is about to be old.
  auto report = Collect(collector, request);
  if (report && !request.dry_run && !request.into.empty()) {
    // What was read is in; the table beside lacks it until this is done, by the next call at last.
    if (const Status kept = parts_->WriteBeside(request.into); !kept.ok()) {
      report->troubles.push_back({request.into + "_next", kept.error().ToString(), true});
    }
  }
  parts_->LogMemory();
  return report;
}

Result<RunReport> Lakehouse::Run(const RunRequest& request) {
  FIRN_ASSIGN(const std::unique_ptr<sql::Engine> engine, parts_->OpenEngine());
  FIRN_ASSIGN(const conversations::Scale scale,
              conversations::ParseScale(parts_->folder.config.scale));
  const std::unique_ptr<pipeline::NativeModel> native =
      MakeConversationModel(scale, parts_->Privacy(), parts_->folder.config.privacy.columns,
                            [this] { return parts_->Key(); });
  pipeline::NativeModel* const natives[] = {native.get()};
  const pipeline::RunContext context{*parts_->catalog, *parts_->files, *parts_->options.env,
                                     *engine,          parts_->log(),  natives,
                                     parts_->writing};
  parts_->engine.reset();
  FIRN_ASSIGN(const pipeline::Package package, PackagesOf(parts_->folder, *parts_->disk));
  FIRN_ASSIGN(RunReport report, RunModels(context, request, package, parts_->folder.config.scale));
  if (!report.dry_run && report.left_on_branch.empty()) {
    FIRN_TRY(KeepPlatformViews(*parts_->catalog, *engine, *parts_->options.env));
  }
  parts_->LogMemory();
  return report;
}

Result<UsageReport> Lakehouse::Usage(const UsageRequest& request) {
  UsageRequest zoned = request;
  zoned.timezone = parts_->Timezone(request.timezone);
  FIRN_ASSIGN(const TimeZone zone, LoadTimezone(zoned.timezone));
  FIRN_ASSIGN(UsageReport report, ComputeUsage(*parts_->catalog, *parts_->files, zoned, zone));
  const TimeUs now = parts_->options.env->Now();
  if (request.period == UsagePeriod::kBlocks) TellActiveBlock(report, zone, now);
  FIRN_ASSIGN(report.budgets, CheckBudgets(*parts_->catalog, *parts_->files,
                                           parts_->folder.config.budgets, zone, now));
  return report;
}

Result<UsageExplanation> Lakehouse::ExplainUsage(const UsageRequest& request,
                                                 std::string_view day) {
  FIRN_ASSIGN(sql::Engine* const engine, parts_->Engine());
  UsageRequest zoned = request;
  zoned.timezone = parts_->Timezone(request.timezone);
  return ExplainUsageOf(*engine, zoned, day);
}

Result<ShownConversation> Lakehouse::Show(std::string_view conversation) {
  FIRN_ASSIGN(sql::Engine* const engine, parts_->Engine());
  return ShowConversation(*engine, conversation);
}

Result<EmbedReport> Lakehouse::Embed(const EmbedRequest& request) {
  FIRN_ASSIGN(const std::unique_ptr<sql::Engine> engine, parts_->OpenEngine());
  const pipeline::RunContext context{*parts_->catalog, *parts_->files, *parts_->options.env,
                                     *engine,          parts_->log(),  {},
                                     parts_->writing};
  parts_->engine.reset();
  return EmbedConversations(parts_->Embedding(), context, request);
}

// Texts go to a server only when a person says so.
Result<SearchReport> Lakehouse::Search(const SearchRequest& request) {
  FIRN_ASSIGN(const TimeZone zone, LoadTimezone(parts_->Timezone("")));
  const SearchContext context{parts_->folder,       *parts_->catalog,   *parts_->files,
                              *parts_->options.env, parts_->progress(), *parts_->disk};
  if (request.rank_by == RankBy::kWords) return SearchWords(context, request, zone);
  if (parts_->folder.config.embeddings.endpoint.empty()) FIRN_TRY(Embed({}));
  SearchRequest resolved = request;
  if (!request.similar.empty()) {
    FIRN_ASSIGN(sql::Engine* const engine, parts_->Engine());
    FIRN_ASSIGN(const ShownConversation found, FindConversation(*engine, request.similar));
    resolved.similar = found.conversation_id;
  }
  FIRN_ASSIGN(const auto embedder, OpenEmbedder(parts_->Embedding()));
  return SearchMeaning(context, resolved, zone, embedder.get());
}

Result<RedactionReport> Lakehouse::FindSecrets() {
  FIRN_ASSIGN(const std::string key, parts_->Key());
  return FindSecretsOf(*parts_->catalog, *parts_->files, parts_->Privacy(), key);
}

std::map<std::string, std::string> Lakehouse::ColumnActions() const {
  std::map<std::string, std::string> actions;
  for (const auto& [column, action] : parts_->folder.config.privacy.columns)
    actions.emplace(column, conversations::privacy::ActionName(action));
  return actions;
}

Result<std::string> Lakehouse::Redact(std::string text) {
  FIRN_ASSIGN(std::string key, parts_->Key());
  return RedactText(std::move(text), parts_->Privacy(), std::move(key));
}

Result<std::string> Lakehouse::Unseal(std::string_view text) {
  FIRN_ASSIGN(const std::string key, parts_->Key());
  return conversations::privacy::UnsealAll(text, key);
}

Result<ForgetReport> Lakehouse::Forget(const ForgetRequest& request) {
  parts_->engine.reset();  // What it has read of tables is about to go.
  const ForgetContext context{
      parts_->folder,
      {*parts_->catalog, *parts_->files, *parts_->options.env, parts_->folder.WarehouseLocation(),
       parts_->writing},
      *parts_->disk,
      [this]() -> Status {
        FIRN_ASSIGN(const RunReport run, Run({}));
        if (run.left_on_branch.empty()) return Ok();
        return Conflict("a check stopped the models: rows are left in what they made")
            .WithHint("'firn run' says which check; then forget again");
      }};
  return lakehouse::Forget(context, request);
}

Result<std::unique_ptr<RowStream>> Lakehouse::Query(std::string_view sql) {
  FIRN_ASSIGN(sql::Engine* const engine, parts_->Engine());
  FIRN_ASSIGN(auto stream, engine->Query(sql));
  return MakeRowStream(std::move(stream));
}

Result<ExportReport> Lakehouse::Export(const ExportRequest& request) {
  FIRN_ASSIGN(sql::Engine* const engine, parts_->Engine());
  return ExportRows(request, *engine, *parts_->disk, *parts_->options.env);
}

Result<TrainingReport> Lakehouse::ExportTrainingSet(const TrainingRequest& request) {
  FIRN_ASSIGN(const TimeZone zone, LoadTimezone(parts_->Timezone("")));
  FIRN_ASSIGN(const std::unique_ptr<sql::Engine> engine, parts_->OpenEngine());
  const auto key = [this] { return parts_->Key(); };
  const TrainingContext context{*parts_->catalog,
                                *parts_->files,
                                *parts_->disk,
                                *engine,
                                *parts_->options.env,
                                zone,
                                conversations::privacy::PolicyOfExports(
                                    parts_->Privacy(), parts_->folder.config.privacy.exports),
                                key,
                                parts_->writing};
  parts_->engine.reset();  // What it has read of tables is about to be old.
  return ExportTraining(context, request);
}

Result<Schedule> Lakehouse::AddSchedule(const Schedule& schedule) {
  return parts_->MakeScheduler().Add(schedule);
}

Result<std::vector<Schedule>> Lakehouse::Schedules() {
  return parts_->MakeScheduler().List();
}

Result<Schedule> Lakehouse::RemoveSchedule(const std::string& name) {
  return parts_->MakeScheduler().Remove(name);
}

Result<int> Lakehouse::RunSchedule(const std::string& name) {
  return parts_->MakeScheduler().Run(name);
}

Result<std::vector<SchemaRow>> Lakehouse::ListSchemas() {
  FIRN_ASSIGN(const Schemas schemas, parts_->ReadSchemas());
  return schemas.List();
}

Result<std::string> Lakehouse::ShowSchema(std::string_view name) {
  FIRN_ASSIGN(const Schemas schemas, parts_->ReadSchemas());
  return schemas.Show(name);
}

Result<std::vector<SchemaFault>> Lakehouse::CheckSchemas() {
  FIRN_ASSIGN(const Schemas schemas, parts_->ReadSchemas());
  return schemas.Check();
}

Result<SchemaDifference> Lakehouse::DiffSchemas(std::string_view before, std::string_view after) {
  FIRN_ASSIGN(const Schemas schemas, parts_->ReadSchemas());
  return schemas.Diff(before, after);
}

Result<SchemaDifference> Lakehouse::BumpSchema(std::string_view table, bool dry_run) {
  FIRN_ASSIGN(const Schemas schemas, parts_->ReadSchemas());
  return schemas.Bump(table, dry_run);
}

Result<MigrationReport> Lakehouse::MigrateSchema(const MigrationRequest& request) {
  FIRN_ASSIGN(const pipeline::Package package, PackagesOf(parts_->folder, *parts_->disk));
  if (const pipeline::Model* model = package.Find(request.table)) {
    return InvalidArgument("the table is made by a model", model->file)
        .WithHint("change the model; 'firn run --full-refresh' makes the table anew");
  }
  return parts_->Migrate(request);
}

Result<std::string> Lakehouse::AbandonSchema(std::string_view table) {
  FIRN_ASSIGN(const auto name, catalog::TableName::Parse(table));
  FIRN_ASSIGN(const std::unique_ptr<sql::Engine> engine, parts_->OpenEngine());
  return AbandonMigration({parts_->Upkeep(), *engine, parts_->folder.LockPath()}, name);
}

Result<std::vector<TableRow>> Lakehouse::Tables() {
  return ListTables(*parts_->catalog);
}

Result<TableDetails> Lakehouse::Table(std::string_view name) {
  return DescribeTable(*parts_->catalog, name);
}

Result<std::vector<SnapshotRow>> Lakehouse::Snapshots(std::string_view name) {
  return SnapshotsOf(*parts_->catalog, name);
}

Result<std::vector<FileRow>> Lakehouse::Files(std::string_view name) {
  return FilesOf(*parts_->catalog, *parts_->files, name);
}

Result<ColumnSizeReport> Lakehouse::ColumnSizes(std::string_view name) {
  return ColumnSizesOf(*parts_->catalog, *parts_->files, name);
}

Result<AdviceReport> Lakehouse::Advise(std::string_view name) {
  return AdviseTable(*parts_->catalog, *parts_->files, *parts_->options.env, name);
}

Status Lakehouse::Alter(const AlterRequest& request) {
  return AlterTable(*parts_->catalog, *parts_->files, *parts_->options.env, request);
}

Result<std::vector<RefRow>> Lakehouse::Refs(std::string_view table, bool branches) {
  return RefsOf(*parts_->catalog, table, branches);
}

Result<RefRow> Lakehouse::MakeRef(const RefRequest& request) {
  return lakehouse::MakeRef(parts_->RefChanges(), request);
}

Status Lakehouse::DropRef(std::string_view table, const std::string& name, bool is_branch) {
  return lakehouse::DropRef(parts_->RefChanges(), table, name, is_branch);
}

Status Lakehouse::RenameRef(std::string_view table, const std::string& name,
                            const std::string& new_name, bool is_branch) {
  return lakehouse::RenameRef(parts_->RefChanges(), table, name, new_name, is_branch);
}

Result<MoveReport> Lakehouse::FastForward(std::string_view table, const std::string& branch,
                                          const std::string& to) {
  return FastForwardBranch(parts_->RefChanges(), table, branch, to);
}

Result<MoveReport> Lakehouse::RollBack(std::string_view table, std::string_view version,
                                       const std::string& branch) {
  return lakehouse::RollBack(parts_->RefChanges(), table, version, branch);
}

Result<MoveReport> Lakehouse::CherryPick(std::string_view table, std::string_view version,
                                         const std::string& branch) {
  return CherryPickSnapshot(parts_->RefChanges(), table, version, branch);
}

Result<DropReport> Lakehouse::DropTable(const DropRequest& request) {
  return lakehouse::DropTable(parts_->NameChanges(), request);
}

Status Lakehouse::RenameTable(std::string_view from, std::string_view to) {
  return lakehouse::RenameTable(parts_->NameChanges(), from, to);
}

Result<TableDetails> Lakehouse::RegisterTable(std::string_view name,
                                              std::string_view metadata_file) {
  return lakehouse::RegisterTable(parts_->NameChanges(), name, metadata_file);
}

Result<AddFilesReport> Lakehouse::AddFiles(const AddFilesRequest& request) {
  parts_->engine.reset();
  return lakehouse::AddFiles(*parts_->catalog, *parts_->files, *parts_->options.env, request);
}

Result<MaintainReport> Lakehouse::Maintain(const MaintainRequest& request) {
  parts_->engine.reset();  // Snapshots it knows may go.
  return MaintainTables(*parts_->catalog, *parts_->files, *parts_->options.env,
                        parts_->folder.WarehouseLocation(), parts_->writing, request);
}

Result<DoctorReport> Lakehouse::Doctor(bool verify) {
  FIRN_ASSIGN(DoctorReport report, Examine(parts_->folder, *parts_->catalog, *parts_->files,
                                           parts_->options.environment));
  FIRN_TRY(
      CheckReports(parts_->folder, *parts_->catalog, *parts_->files, *parts_->options.env, report));
  FIRN_ASSIGN(const std::vector<Schedule> schedules, Schedules());
  CheckSchedules(schedules, report);
  CheckColumnPolicies(parts_->folder, report);
  if (report.healthy()) {
    FIRN_ASSIGN(sql::Engine* const engine, parts_->Engine());
    Status read = CheckDrift(*parts_->catalog, *engine, report);
    if (read.ok() && parts_->folder.config.privacy.before_storage) {
      read = CheckCleanBronze(*parts_->catalog, *engine, report);
    }
    if (!read.ok()) {
      report.findings.push_back({Severity::kError, "silver", read.error().message,
                                 "'firn doctor --verify' names every damaged file"});
    }
  }
  if (!verify) return report;
  auto checksums = catalog::StoredChecksums(parts_->folder.CatalogPath(), *parts_->options.env);
  if (!checksums) {
    report.findings.push_back({Severity::kError, "catalog", checksums.error().message,
                               "restore catalog.db from a backup"});
    return report;
  }
  FIRN_TRY(VerifyTables(*parts_->catalog, *parts_->files, *std::move(checksums), parts_->progress(),
                        report));
  if (!report.healthy()) return report;
  FIRN_ASSIGN(sql::Engine* const engine, parts_->Engine());
  FIRN_ASSIGN(const Forgotten forgotten,
              Forgotten::Load(parts_->folder, *parts_->disk, *parts_->options.env));
  FIRN_TRY(VerifySlices(*parts_->catalog, *engine, forgotten, report));
  return report;
}

}  // namespace firn::lakehouse
