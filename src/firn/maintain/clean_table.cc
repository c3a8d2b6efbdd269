// SPDX-License-Identifier: Apache-2.0
//
// Two ways to delete, each with its order of reading:
//
//   expiry    commit, and only if that is known to have landed: read the table, plan, delete.
//             A commit after ours cannot bring back what only expired snapshots had: it would have
//             to name one of them.
//   orphans   list the folders, then read the catalog and what the metadata refers to, until the
//             catalog shows nothing new. A commit up to then is seen, however old its files are;
//             one after it would be of files that waited longer than the age limit.

#include "firn/maintain/clean_table.h"

#include <utility>

#include "firn/catalog/commit.h"
#include "firn/table/update.h"

namespace firn::maintain {
namespace {

// How often a table may change while its references are read. Each time less is left to read.
constexpr int kReferenceReads = 50;

ExpiryPlan Difference(const table::TableMetadata& before, const table::TableMetadata& after) {
  ExpiryPlan gone;
  for (const auto& [name, ref] : before.refs) {
    if (after.FindRef(name) == nullptr) gone.refs.push_back(name);
  }
  for (const table::Snapshot& snapshot : before.snapshots) {
    if (after.FindSnapshot(snapshot.id) == nullptr) gone.snapshots.push_back(snapshot.id);
  }
  return gone;
}

// The metadata as `operation` would leave it.
Result<table::TableMetadata> After(const table::TableMetadata& before,
                                   const table::Operation& operation,
                                   const MaintainContext& context) {
  FIRN_ASSIGN(const auto plan, operation.Plan(before, {context.files, context.env}));
  return table::ApplyUpdates(before, plan.updates, context.env.NowMs());
}

// Reads what the table refers to until the catalog shows nothing newer than what was read. An
// expiry at the same time may take a manifest list before it is read; then the table has changed as
// well.
Status ReadReferences(const MaintainContext& context, const catalog::LoadedTable& listed,
                      References& references) {
  FIRN_ASSIGN(catalog::LoadedTable read, context.catalog.LoadTable(listed.name));
  for (int left = kReferenceReads; left > 0; --left) {
    if (read.metadata->table_uuid != listed.metadata->table_uuid) {
      return Conflict("the table was replaced by another while its files were listed", listed.name);
    }
    const Status added = references.Add(read.metadata_location, *read.metadata);
    if (!added && added.error().kind != ErrorKind::kNotFound) return added;
    FIRN_ASSIGN(catalog::LoadedTable now, context.catalog.LoadTable(listed.name));
    if (now.metadata_location == read.metadata_location) return added;
    read = std::move(now);
  }
  return Conflict("the table changes faster than it can be read", listed.name);
}

Result<TimeMs> OrphanLimit(std::optional<TimeMs> asked, TimeMs now) {
  const TimeMs older_than = asked.value_or(now - kOrphanAge);
  if (older_than <= now - kOrphanAgeMin) return older_than;
  return InvalidArgument("files younger than a day may belong to a writer at work",
                         older_than.ToString())
      .WithHint("ask for a time at least 24 hours ago");
}

Status CheckMayList(const TableFolders& folders, const catalog::LoadedTable& table) {
  if (folders.folders().empty()) {
    return Forbidden("the table's folder is not within the warehouse", table.metadata->location)
        .WithHint("what is unreferenced there may belong to others");
  }
  const std::string shared = folders.SharedFolder();
  if (shared.empty()) return Ok();
  return Forbidden("another table has a folder in this table's", shared)
      .WithHint("what is unreferenced there may belong to it");
}

}  // namespace

Result<TableFolders> FoldersInCatalog(catalog::Catalog& catalog, std::string_view warehouse,
                                      const catalog::LoadedTable& table) {
  std::vector<std::string> others;
  FIRN_ASSIGN(const auto namespaces, catalog.ListNamespaces());
  for (const catalog::Namespace& levels : namespaces) {
    FIRN_ASSIGN(const auto names, catalog.ListTables(levels));
    for (const catalog::TableName& name : names) {
      if (name == table.name) continue;
      FIRN_ASSIGN(const auto other, catalog.LoadTable(name));
      for (std::string& folder : FoldersOf(*other.metadata))
        others.push_back(std::move(folder));
    }
  }
  return TableFolders(*table.metadata, warehouse, std::move(others));
}

Deletion DeleteUnneeded(const std::vector<UnneededFile>& files, io::FileIO& io) {
  Deletion done;
  for (const UnneededFile& file : files) {
    const Status deleted = io.Delete(file.location);
    if (deleted) {
      ++done.files;
      done.bytes += file.size_bytes;
    } else if (deleted.error().kind == ErrorKind::kNotFound) {
      ++done.gone;
    } else {
      done.failures.push_back(deleted.error().ToString());
    }
  }
  return done;
}

Result<ExpiryOutcome> ExpireTable(const MaintainContext& context, const catalog::TableName& name,
                                  const ExpiryRequest& request, bool dry_run) {
  FIRN_ASSIGN(const auto before, context.catalog.LoadTable(name));
  const std::shared_ptr<const table::Operation> expire = ExpireSnapshots(request);
  FIRN_ASSIGN(table::TableMetadata after, After(*before.metadata, *expire, context));
  ExpiryOutcome outcome;
  outcome.expired = Difference(*before.metadata, after);
  if (outcome.expired.empty()) return outcome;
  FIRN_ASSIGN(const TableFolders folders,
              FoldersInCatalog(context.catalog, context.warehouse, before));
  if (!dry_run) {
    FIRN_TRY(catalog::CommitOperation(context.catalog, context.files, context.env, name, expire));
    FIRN_ASSIGN(const auto landed, context.catalog.LoadTable(name));
    if (landed.metadata->table_uuid != before.metadata->table_uuid) {
      return Conflict("the table was replaced by another", name);
    }
    after = *landed.metadata;
    outcome.expired = Difference(*before.metadata, after);
  }
  FIRN_ASSIGN(outcome.cleanup, PlanCleanup(*before.metadata, after, folders, context.files));
  if (!dry_run) outcome.deletion = DeleteUnneeded(outcome.cleanup.files, context.files);
  return outcome;
}

Result<OrphanOutcome> RemoveOrphans(const MaintainContext& context, const catalog::TableName& name,
                                    std::optional<TimeMs> older_than, bool dry_run) {
  FIRN_ASSIGN(const TimeMs limit, OrphanLimit(older_than, context.env.NowMs()));
  FIRN_ASSIGN(const auto table, context.catalog.LoadTable(name));
  FIRN_TRY(CheckCleaningAllowed(*table.metadata));
  FIRN_ASSIGN(const TableFolders folders,
              FoldersInCatalog(context.catalog, context.warehouse, table));
  FIRN_TRY(CheckMayList(folders, table));
  std::vector<io::FileInfo> listed;
  for (const std::string& folder : folders.folders()) {
    FIRN_ASSIGN(auto found, context.files.List(folder));
    std::move(found.begin(), found.end(), std::back_inserter(listed));
  }
  References references(context.files);
  FIRN_TRY(ReadReferences(context, table, references));
  OrphanOutcome outcome;
  outcome.orphans = PlanOrphans(listed, references.files(), folders, limit);
  if (!dry_run) outcome.deletion = DeleteUnneeded(outcome.orphans.files, context.files);
  return outcome;
}

}  // namespace firn::maintain
