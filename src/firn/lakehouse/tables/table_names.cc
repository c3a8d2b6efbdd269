// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/tables/table_names.h"

#include <optional>
#include <string>
#include <utility>

#include "firn/catalog/catalog.h"
#include "firn/ingest/ensure_table.h"
#include "firn/ingest/ingest_lock.h"
#include "firn/ingest/move_positions.h"
#include "firn/lakehouse/lake_folder.h"
#include "firn/lakehouse/packages.h"
#include "firn/lakehouse/tables/tables.h"
#include "firn/maintain/purge_table.h"
#include "firn/registry/schema_set.h"
#include "firn/table/metadata_json.h"

namespace firn::lakehouse {
namespace {

constexpr std::string_view kHistories = "bronze.conversations";
constexpr Millis kLockWaitMax{30'000};
constexpr int64_t kMetadataBytesMax = int64_t{512} << 20;

// Histories may be gone where they came from.
Status CheckNoHistories(const catalog::TableName& name) {
  if (name.ToString() != kHistories && name != ingest::PositionsTableName()) return Ok();
  return Forbidden("this table holds what assistants may have deleted", name)
      .WithHint("'firn forget' takes people and conversations out of it");
}

// Whether a model of the program or of the lake makes it.
Result<bool> IsMadeByFirn(const NamesContext& context, const catalog::TableName& name) {
  FIRN_ASSIGN(const auto shipped, registry::SchemaSet::Shipped());
  if (shipped.Latest(name.ToString()) != nullptr) return true;
  FIRN_ASSIGN(const auto models, PackagesOf(context.folder, context.disk));
  return models.Find(name.ToString()) != nullptr;
}

ingest::PositionLog PositionsOf(const NamesContext& context) {
  return {context.catalog, context.files, context.env, context.folder.PositionCachePath()};
}

Status Purge(const NamesContext& context, const catalog::TableName& name, DropReport& report) {
  const maintain::MaintainContext maintenance{
      context.catalog, context.files, context.env, context.folder.WarehouseLocation(), {}};
  auto purged = maintain::PurgeTable(maintenance, name, report.dry_run);
  if (!purged && purged.error().kind != ErrorKind::kOutcomeUnknown) {
    return std::move(purged).error().WithHint("without --purge all files stay");
  }
  if (!purged) return std::move(purged).error();
  report.files = purged->deletion.files;
  report.bytes = purged->deletion.bytes;
  for (const maintain::UnneededFile& file : purged->cleanup.files) {
    if (!report.dry_run) break;
    report.files += 1;
    report.bytes += file.size_bytes;
  }
  report.kept = std::move(purged->cleanup.not_ours);
  report.failures = std::move(purged->deletion.failures);
  return Ok();
}

// The table of the catalog that is the one of `metadata`, whatever its name.
Result<std::optional<std::string>> FindByUuid(catalog::Catalog& catalog,
                                              const std::optional<Uuid>& uuid) {
  FIRN_ASSIGN(const auto names, AllTableNames(catalog));
  for (const catalog::TableName& name : names) {
    const auto table = catalog.LoadTable(name);
    if (table && uuid && table->metadata->table_uuid == uuid) return std::optional(name.ToString());
  }
  return std::optional<std::string>();
}

}  // namespace

Result<DropReport> DropTable(const NamesContext& context, const DropRequest& request) {
  FIRN_ASSIGN(const auto table, LoadForReport(context.catalog, request.table));
  FIRN_TRY(CheckNoHistories(table.name));
  FIRN_ASSIGN(const bool own, IsMadeByFirn(context, table.name));
  if (own && !request.sure && !request.dry_run) {
    return Forbidden("a model makes this table", table.name)
        .WithHint("--yes drops it; 'firn run' makes it anew from what it reads");
  }
  FIRN_ASSIGN(const TableDetails details, DescribeTable(context.catalog, request.table));
  DropReport report;
  report.table = table.name.ToString();
  report.dry_run = request.dry_run;
  report.purged = request.purge;
  report.metadata_location = table.metadata_location;
  report.rows = details.summary.rows;
  report.snapshots = details.summary.snapshots;
  if (request.purge) {
    FIRN_TRY(Purge(context, table.name, report));
  } else if (!request.dry_run) {
    FIRN_TRY(context.catalog.DropTable(table.name));
  }
  if (!request.dry_run) FIRN_TRY(ingest::ForgetPositions(PositionsOf(context), table.name));
  return report;
}

Status RenameTable(const NamesContext& context, std::string_view from, std::string_view to) {
  FIRN_ASSIGN(const auto table, LoadForReport(context.catalog, from));
  FIRN_ASSIGN(const auto name, catalog::TableName::Parse(to));
  if (name == table.name) return AlreadyExists("the table has that name", name);
  FIRN_TRY(CheckNoHistories(table.name));
  FIRN_ASSIGN(const bool own, IsMadeByFirn(context, table.name));
  if (own) {
    return Forbidden("a model makes this table", table.name)
        .WithHint("it would be made anew; a view gives it another name: CREATE VIEW");
  }
  FIRN_TRY(ingest::EnsureNamespace(context.catalog, name.levels));
  FIRN_ASSIGN(const bool taken, context.catalog.TableExists(name));
  if (taken) return AlreadyExists("table exists", name);
  // What an ingest adds between the two would be read into the table of the new name again.
  const ingest::IngestLock lock(context.folder.LockPath(), context.env, kLockWaitMax);
  FIRN_TRY(ingest::CopyPositions(PositionsOf(context), table.name, name));
  FIRN_TRY(context.catalog.RenameTable(table.name, name));
  return ingest::ForgetPositions(PositionsOf(context), table.name);
}

Result<TableDetails> RegisterTable(const NamesContext& context, std::string_view name,
                                   std::string_view metadata_file) {
  FIRN_ASSIGN(const auto parsed, catalog::TableName::Parse(name));
  FIRN_ASSIGN(const bool exists, context.catalog.TableExists(parsed));
  if (exists) return AlreadyExists("table exists", parsed);
  const std::string location = LocationOfPath(metadata_file);
  FIRN_ASSIGN(const std::string bytes, context.files.ReadAll(location, kMetadataBytesMax));
  const auto metadata = table::ParseMetadata(bytes);
  if (!metadata) return Error(metadata.error()).Within(location);
  FIRN_ASSIGN(const auto known, FindByUuid(context.catalog, metadata->table_uuid));
  if (known) {
    return AlreadyExists("the catalog has this table as", *known)
        .WithHint("'firn table rename' gives it another name");
  }
  FIRN_TRY(ingest::EnsureNamespace(context.catalog, parsed.levels));
  FIRN_TRY(context.catalog.RegisterTable(parsed, location));
  return DescribeTable(context.catalog, name);
}

}  // namespace firn::lakehouse
