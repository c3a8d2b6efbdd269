// SPDX-License-Identifier: Apache-2.0
//
// The new table says in its properties of which table and schema it is made, and up to which
// snapshot of that table it has its rows. That snapshot moves in the commit of the rows and of what
// was rejected, so each row of the old table is cast once, whatever ends a call. The cut-over is
// one transaction of the catalog, and asserts that neither table moved since it was read.

#include "firn/lakehouse/tables/migrate_schema.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include <arrow/api.h>

#include "firn/base/digest.h"
#include "firn/base/env.h"
#include "firn/base/uuid.h"
#include "firn/catalog/commit.h"
#include "firn/catalog/cut_over.h"
#include "firn/datafile/table_writer.h"
#include "firn/datafile/typed_column.h"
#include "firn/ingest/ensure_table.h"
#include "firn/ingest/ingest_lock.h"
#include "firn/ingest/reject.h"
#include "firn/io/file_io.h"
#include "firn/lakehouse/tables/cast_rows.h"
#include "firn/maintain/erase_rows.h"
#include "firn/registry/json_schema.h"
#include "firn/sql/engine.h"
#include "firn/table/append.h"
#include "firn/table/metadata_operations.h"
#include "firn/table/scan.h"

namespace firn::lakehouse {
namespace {

constexpr std::string_view kProperties = "firn.migration.";
constexpr char kOf[] = "firn.migration.of";    // The old table's uuid, the version, its digest.
constexpr char kRun[] = "firn.migration.run";  // As in rejected rows.
constexpr char kAt[] = "firn.migration.at";    // The old table's snapshot; absent: nothing is in.
constexpr std::string_view kEmptyTable = "none";
constexpr std::string_view kRelation = "firn_migrating";
constexpr int kAttemptsMax = 5;
constexpr Millis kLockWaitMax{30'000};

catalog::TableName BesideName(const catalog::TableName& table) {
  return {table.levels, table.name + "_next"};
}

Error TakenName(const std::string& what, const catalog::TableName& name) {
  return AlreadyExists("there is a table of the name that " + what, name)
      .WithHint("'firn table rename' or 'firn table drop' makes way");
}

// The table beside another that a migration made; unset where there is no table.
Result<std::optional<catalog::LoadedTable>> FindBeside(catalog::Catalog& catalog,
                                                       const catalog::TableName& table) {
  auto found = catalog.LoadTable(BesideName(table));
  if (!found && found.error().kind == ErrorKind::kNotFound) {
    return std::optional<catalog::LoadedTable>();
  }
  if (!found) return std::move(found).error();
  if (found->metadata->Property(kOf, "").empty()) {
    return TakenName("the new one is to have at first", found->name);
  }
  return std::optional(*std::move(found));
}

// A property of one column that there is no more.
bool IsOfLostColumn(const std::string& key, const table::Schema& schema) {
  constexpr std::string_view kColumn = ".column.";
  const size_t at = key.find(kColumn);
  if (at == std::string::npos) return false;
  const std::string_view name = std::string_view(key).substr(at + kColumn.size());
  return name.find('*') == name.npos && schema.FindByName(name) == nullptr;
}

std::map<std::string, std::string> CarryProperties(const table::TableMetadata& before,
                                                   const table::Schema& schema) {
  std::map<std::string, std::string> properties = before.properties;
  std::erase_if(properties, [&](const auto& property) {
    const std::string& key = property.first;
    return key == "schema.name-mapping.default" || key == kSchemaVersionProperty ||
           key.starts_with(kProperties) || IsOfLostColumn(key, schema);
  });
  properties["format-version"] = std::to_string(before.format_version);
  return properties;
}

// The same keys, where all their columns are there and required.
Result<table::Schema> WithKeys(const table::Schema& before, const table::Schema& after) {
  std::vector<table::FieldId> keys;
  for (const table::FieldId id : before.identifier_field_ids()) {
    const table::NestedField* there = after.FindByName(before.NameOf(id));
    if (there == nullptr || !there->required) return after;
    keys.push_back(there->id);
  }
  auto keyed = table::Schema::Make(after.id(), after.fields(), std::move(keys));
  return keyed ? *std::move(keyed) : after;
}

// Partitions and order as before, as far as their columns are there and may be so transformed.
Status CarryLayout(const table::TableMetadata& before, table::NewTable& made) {
  const auto find = [&](table::FieldId id, const table::Transform& transform) {
    const table::NestedField* there = made.schema.FindByName(before.schema().NameOf(id));
    return there != nullptr && transform.CanTransform(there->type) ? there : nullptr;
  };
  std::vector<table::PartitionFieldRequest> fields;
  for (const table::PartitionField& field : before.spec().fields) {
    const table::NestedField* there = find(field.source_id, field.transform);
    if (there != nullptr) fields.push_back({there->name, field.transform, field.name});
  }
  FIRN_ASSIGN(made.spec, table::BuildPartitionSpec(table::SpecId(0), made.schema, fields));
  for (table::SortField field : before.sort_order().fields) {
    const table::NestedField* there = find(field.source_id, field.transform);
    if (there == nullptr) continue;
    field.source_id = there->id;
    made.sort_order.id = table::SortOrderId(1);
    made.sort_order.fields.push_back(std::move(field));
  }
  return Ok();
}

Status EraseRejects(const MigrationContext& context, const catalog::TableName& table,
                    const std::string& run) {
  const catalog::TableName rejected = ingest::RejectedTableName(table);
  FIRN_ASSIGN(const bool exists, context.lake.catalog.TableExists(rejected));
  if (!exists || run.empty()) return Ok();
  maintain::Erasure erasure;
  erasure.columns = {"run_id"};
  erasure.choose = [&](const arrow::RecordBatch& rows) -> Result<std::vector<int64_t>> {
    FIRN_ASSIGN(const auto* runs, datafile::TypedColumn<arrow::StringArray>(rows, "run_id"));
    std::vector<int64_t> gone;
    for (int64_t row = 0; row < rows.num_rows(); ++row) {
      if (datafile::TextAt(*runs, row) == run) gone.push_back(row);
    }
    return gone;
  };
  FIRN_TRY(maintain::EraseRows(context.lake, rejected, erasure, false));
  return Ok();
}

// Removes what a migration made, the rejected rows first: with the table goes the name of its run.
Status Scrap(const MigrationContext& context, const catalog::TableName& table,
             const catalog::LoadedTable& beside) {
  FIRN_TRY(EraseRejects(context, table, beside.metadata->Property(kRun, "")));
  FIRN_TRY(context.lake.catalog.DropTable(beside.name));
  FIRN_ASSIGN(const auto files, context.lake.files.List(beside.metadata->location + "/"));
  for (const io::FileInfo& file : files)
    context.lake.files.Delete(file.location).Ignore("it lies where nothing refers to");
  return Ok();
}

// One try: of the table as it was when it began.
class Attempt {
 public:
  Attempt(const MigrationContext& context, const Migration& migration, MigrationReport& report)
      : context_(context), lake_(context.lake), migration_(migration), report_(report) {}

  Status Run() {
    FIRN_ASSIGN(old_, lake_.catalog.LoadTable(migration_.table));
    report_.is_done = old_.metadata->Property(kSchemaVersionProperty, "") == migration_.version;
    if (report_.is_done) return Ok();
    FIRN_ASSIGN(const table::Schema described, registry::TableSchemaOf(migration_.schema));
    FIRN_ASSIGN(wanted_, WithKeys(old_.metadata->schema(), described));
    FIRN_ASSIGN(report_.columns, PlanCasts(old_.metadata->schema(), wanted_));
    FIRN_TRY(CheckFree());
    FIRN_ASSIGN(auto beside, FindBeside(lake_.catalog, migration_.table));
    if (migration_.dry_run) return CastAll();
    if (beside && beside->metadata->Property(kOf, "") != Mark()) {
      FIRN_TRY(Scrap(context_, migration_.table, *beside));
      beside.reset();
    }
    FIRN_TRY(CatchUp(std::move(beside)));
    if (!migration_.cut_over) return Ok();
    return catalog::ReplaceTable(lake_.catalog, {old_, beside_, KeepAs()});
  }

  catalog::TableName KeepAs() const {
    std::string suffix = "_before_" + migration_.version;
    std::replace(suffix.begin(), suffix.end(), '.', '_');
    return {migration_.table.levels, migration_.table.name + suffix};
  }

 private:
  using Writer = std::unique_ptr<datafile::TableWriter>;

  // Of which table and schema the new one is made.
  std::string Mark() const {
    return old_.metadata->table_uuid.value_or(Uuid{}).ToString() + " " + migration_.version + " " +
           Md5Hex(migration_.schema.Dump());
  }

  std::string Current() const {
    const auto snapshot = old_.metadata->current_snapshot_id;
    return snapshot ? snapshot->ToString() : std::string(kEmptyTable);
  }

  Status CheckFree() const {
    FIRN_ASSIGN(const bool taken, lake_.catalog.TableExists(KeepAs()));
    if (taken) return TakenName("the old one is to have", KeepAs());
    return Ok();
  }

  Status MakeBeside() {
    table::NewTable made;
    made.schema = wanted_;
    made.properties = CarryProperties(*old_.metadata, wanted_);
    made.properties[kOf] = Mark();
    made.properties[kRun] = MakeUlid(lake_.env);
    FIRN_TRY(CarryLayout(*old_.metadata, made));
    FIRN_ASSIGN(beside_, lake_.catalog.CreateTable(BesideName(migration_.table), std::move(made)));
    return Ok();
  }

  // Brings the new table to where the old one is.
  Status CatchUp(std::optional<catalog::LoadedTable> beside) {
    if (beside) {
      beside_ = *std::move(beside);
      if (beside_.metadata->Property(kAt, "") == Current()) return Ok();
      FIRN_ASSIGN(const auto added, RowsSince(beside_.metadata->Property(kAt, "")));
      if (added) return Backfill(*added);
      FIRN_TRY(Scrap(context_, migration_.table, beside_));
      report_.rows = report_.rejected = 0;
    }
    FIRN_TRY(MakeBeside());
    FIRN_ASSIGN(const auto all, AllRows());
    return Backfill(all);
  }

  Result<table::ScanPlan> AllRows() const {
    return table::PlanScan(*old_.metadata, {}, lake_.files);
  }

  // What was appended since a snapshot; unset where other things happened, too.
  Result<std::optional<table::ScanPlan>> RowsSince(const std::string& at) const {
    if (at.empty() || at == kEmptyTable) {
      FIRN_ASSIGN(auto all, AllRows());
      return std::optional(std::move(all));
    }
    int64_t from = 0;
    std::from_chars(at.data(), at.data() + at.size(), from);
    const auto to = old_.metadata->current_snapshot_id;
    if (!to) return std::optional<table::ScanPlan>();
    auto plan = table::PlanAppends(*old_.metadata, table::SnapshotId(from), *to, lake_.files);
    if (plan) return std::optional(*std::move(plan));
    const ErrorKind kind = plan.error().kind;
    const bool is_other_history = kind == ErrorKind::kNotFound || kind == ErrorKind::kUnsupported ||
                                  kind == ErrorKind::kInvalidArgument;
    if (is_other_history) return std::optional<table::ScanPlan>();
    return std::move(plan).error();
  }

  Result<Writer> OpenWriter(const catalog::LoadedTable& into) const {
    FIRN_ASSIGN(auto options,
                datafile::WriterOptionsFrom(into.metadata->properties, lake_.writing));
    return datafile::TableWriter::Open(*into.metadata, into.name.name, lake_.files, lake_.env,
                                       std::move(options));
  }

  // Casts rows, and hands each batch on.
  template <typename Use>
  Status Cast(const table::ScanPlan& plan, Use use) {
    FIRN_TRY(context_.engine.RegisterFiles(kRelation, old_.metadata, plan.tasks));
    const Status done = CastRegistered(use);
    context_.engine.Unregister(kRelation);
    return done;
  }

  template <typename Use>
  Status CastRegistered(Use use) {
    CastRows rows(context_.engine, kRelation, report_.columns, migration_.schema);
    while (true) {
      FIRN_ASSIGN(const auto batch, rows.Next());
      if (!batch) return Ok();
      report_.rejected += static_cast<int64_t>(batch->rejects.size());
      if (batch->rows != nullptr) report_.rows += batch->rows->num_rows();
      FIRN_TRY(use(*batch));
    }
  }

  Status CastAll() {
    FIRN_ASSIGN(const auto all, AllRows());
    return Cast(all, [](const ingest::SourceBatch&) { return Ok(); });
  }

  Status Reject(const std::vector<ingest::Reject>& rejects, Writer& writer) const {
    if (writer == nullptr) {
      FIRN_ASSIGN(const auto into,
                  ingest::EnsureTable(lake_.catalog, ingest::RejectedTableName(migration_.table),
                                      ingest::RejectedBlueprint()));
      FIRN_ASSIGN(writer, OpenWriter(into));
    }
    const std::string run = beside_.metadata->Property(kRun, ""),
                      from = migration_.table.ToString();
    FIRN_ASSIGN(const auto rows, ingest::RejectRows(rejects, {lake_.env.Now(), run, from}));
    return writer->Write(rows);
  }

  Status Backfill(const table::ScanPlan& plan) {
    Writer rows, rejects;
    FIRN_ASSIGN(rows, OpenWriter(beside_));
    const auto write = [&](const ingest::SourceBatch& batch) -> Status {
      if (batch.rows != nullptr) FIRN_TRY(rows->Write(batch.rows));
      return batch.rejects.empty() ? Ok() : Reject(batch.rejects, rejects);
    };
    FIRN_TRY(Cast(plan, write));
    FIRN_ASSIGN(const std::vector<table::DataFile> row_files, rows->Close());
    std::vector<table::DataFile> reject_files;
    if (rejects != nullptr) {
      FIRN_ASSIGN(reject_files, rejects->Close());
    }
    return Commit(row_files, reject_files);
  }

  Status Commit(const std::vector<table::DataFile>& rows,
                const std::vector<table::DataFile>& rejects) {
    const std::string before = beside_.metadata->Property(kAt, "");
    const auto expected = before.empty() ? std::nullopt : std::optional(before);
    std::vector<catalog::PendingChange> changes;
    changes.push_back(
        {beside_.name, table::UpdateProperties(
                           {{kAt, Current()}, {kSchemaVersionProperty, migration_.version}}, {},
                           {{kAt, expected}, {kOf, beside_.metadata->Property(kOf, "")}})});
    if (!rows.empty()) changes.push_back({beside_.name, table::MergeAppend(rows)});
    if (!rejects.empty()) {
      changes.push_back({ingest::RejectedTableName(migration_.table), table::MergeAppend(rejects)});
    }
    auto committed = catalog::CommitOperations(lake_.catalog, lake_.files, lake_.env, changes);
    if (committed) {
      beside_ = committed->front();
      return Ok();
    }
    if (committed.error().kind != ErrorKind::kOutcomeUnknown) {
      for (const auto* files : {&rows, &rejects}) {
        for (const table::DataFile& file : *files)
          lake_.files.Delete(file.file_path).Ignore("an orphan is found by maintenance");
      }
    }
    return std::move(committed).error();
  }

  const MigrationContext& context_;
  const maintain::MaintainContext& lake_;
  const Migration& migration_;
  MigrationReport& report_;
  catalog::LoadedTable old_, beside_;
  table::Schema wanted_;
};

}  // namespace

Result<MigrationReport> MigrateTable(const MigrationContext& context, const Migration& migration) {
  const ingest::IngestLock lock(migration.dry_run ? "" : context.lock_path, context.lake.env,
                                kLockWaitMax);
  MigrationReport report;
  report.table = migration.table.ToString();
  report.version = migration.version;
  report.beside = BesideName(migration.table).ToString();
  report.rejected_into = ingest::RejectedTableName(migration.table).ToString();
  report.dry_run = migration.dry_run;
  report.cut_over = migration.cut_over;
  for (int left = kAttemptsMax;; --left) {
    Attempt attempt(context, migration, report);
    report.kept_as = attempt.KeepAs().ToString();
    const Status done = attempt.Run();
    if (done.ok()) return report;
    if (done.error().kind != ErrorKind::kConflict || left == 1) return done.error();
  }
}

Result<std::optional<std::string>> OpenMigration(catalog::Catalog& catalog,
                                                 const catalog::TableName& table) {
  for (const catalog::TableName& name : {BesideName(table), table}) {
    FIRN_ASSIGN(const bool exists, catalog.TableExists(name));
    if (!exists) return std::optional<std::string>();
  }
  FIRN_ASSIGN(const auto loaded, catalog.LoadTable(table));
  FIRN_ASSIGN(const auto beside, catalog.LoadTable(BesideName(table)));
  const std::string of = beside.metadata->Property(kOf, "");
  const std::string uuid = loaded.metadata->table_uuid.value_or(Uuid{}).ToString() + " ";
  if (!of.starts_with(uuid)) return std::optional<std::string>();
  return std::optional(of.substr(uuid.size(), of.find(' ', uuid.size()) - uuid.size()));
}

Result<std::string> AbandonMigration(const MigrationContext& context,
                                     const catalog::TableName& table) {
  const ingest::IngestLock lock(context.lock_path, context.lake.env, kLockWaitMax);
  FIRN_ASSIGN(const auto beside, FindBeside(context.lake.catalog, table));
  if (!beside) {
    return NotFound("no new table was made beside", table)
        .WithHint("'firn schema migrate " + table.ToString() + "' begins a migration");
  }
  FIRN_TRY(Scrap(context, table, *beside));
  return beside->name.ToString();
}

}  // namespace firn::lakehouse
