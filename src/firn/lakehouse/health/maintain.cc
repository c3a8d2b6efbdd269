// SPDX-License-Identifier: Apache-2.0

#include "firn/lakehouse/health/maintain.h"

#include <tuple>
#include <utility>
#include <vector>

#include "firn/catalog/catalog.h"
#include "firn/lakehouse/tables/tables.h"
#include "firn/maintain/clean_table.h"
#include "firn/maintain/compact_table.h"
#include "firn/maintain/compute_statistics.h"

namespace firn::lakehouse {
namespace {

Result<std::vector<catalog::TableName>> Chosen(catalog::Catalog& catalog,
                                               const std::vector<std::string>& asked) {
  if (asked.empty()) return AllTableNames(catalog);
  std::vector<catalog::TableName> names;
  for (const std::string& text : asked) {
    FIRN_ASSIGN(catalog::TableName name, catalog::TableName::Parse(text));
    FIRN_ASSIGN(const bool exists, catalog.TableExists(name));
    if (!exists) return NotFound("table not found", name);
    names.push_back(std::move(name));
  }
  return names;
}

Status CheckRequest(const MaintainRequest& request, TimeMs now) {
  if (request.retain_last && *request.retain_last < 1) {
    return InvalidArgument("at least one snapshot is kept", *request.retain_last);
  }
  if (request.orphans_older_than && *request.orphans_older_than > now - maintain::kOrphanAgeMin) {
    return InvalidArgument("files younger than a day may belong to a writer at work")
        .WithHint("ask for an age of at least 24h");
  }
  return Ok();
}

void AddNote(MaintainRow& row, const std::string& note) {
  row.note += (row.note.empty() ? "" : "; ") + note;
}

void AddFailures(MaintainRow& row, const maintain::Deletion& deletion) {
  if (deletion.failures.empty()) return;
  row.failed = true;
  AddNote(row, std::to_string(deletion.failures.size()) +
                   " files could not be deleted, the first: " + deletion.failures.front());
}

// Files as planned, or as deleted.
std::pair<int64_t, int64_t> CountOf(const std::vector<maintain::UnneededFile>& planned,
                                    const maintain::Deletion& deletion, bool dry_run) {
  if (!dry_run) return {deletion.files, deletion.bytes};
  int64_t bytes = 0;
  for (const maintain::UnneededFile& file : planned)
    bytes += file.size_bytes;
  return {static_cast<int64_t>(planned.size()), bytes};
}

// A table that may not be cleaned is no failure.
void AddError(MaintainRow& row, const Error& error) {
  if (error.kind != ErrorKind::kForbidden) row.failed = true;
  if (row.note.find(error.message) == std::string::npos) AddNote(row, error.message);
}

void RewriteDataFiles(const maintain::MaintainContext& context, const catalog::TableName& name,
                      bool dry_run, MaintainRow& row) {
  const auto compacted = maintain::CompactTable(context, name, std::nullopt, dry_run);
  if (!compacted) return AddError(row, compacted.error());
  row.data_files_rewritten = compacted->files_rewritten;
  row.data_files_added = compacted->files_added;
}

void ComputeStatistics(const maintain::MaintainContext& context, const catalog::TableName& name,
                       bool dry_run, MaintainRow& row) {
  const auto computed = maintain::ComputeStatistics(context, name, dry_run);
  if (!computed) return AddError(row, computed.error());
  row.statistics_files = computed->column_files + computed->partition_files;
}

MaintainRow MaintainTable(const maintain::MaintainContext& context, const catalog::TableName& name,
                          const MaintainRequest& request) {
  MaintainRow row;
  row.table = name.ToString();
  if (request.rewrite_data_files) RewriteDataFiles(context, name, request.dry_run, row);
  if (request.compute_statistics) ComputeStatistics(context, name, request.dry_run, row);
  const auto expiry = maintain::ExpireTable(
      context, name, {request.expire_older_than, request.retain_last}, request.dry_run);
  if (!expiry) {
    AddError(row, expiry.error());
  } else {
    row.snapshots = static_cast<int64_t>(expiry->expired.snapshots.size());
    row.refs = expiry->expired.refs;
    std::tie(row.files, row.bytes) =
        CountOf(expiry->cleanup.files, expiry->deletion, request.dry_run);
    AddFailures(row, expiry->deletion);
    if (!expiry->cleanup.not_ours.empty()) {
      AddNote(row, std::to_string(expiry->cleanup.not_ours.size()) +
                       " files stay: they are outside of the table's folders");
    }
  }
  const auto orphans =
      maintain::RemoveOrphans(context, name, request.orphans_older_than, request.dry_run);
  if (!orphans) {
    AddError(row, orphans.error());
    return row;
  }
  std::tie(row.orphan_files, row.orphan_bytes) =
      CountOf(orphans->orphans.files, orphans->deletion, request.dry_run);
  AddFailures(row, orphans->deletion);
  return row;
}

}  // namespace

Result<MaintainReport> MaintainTables(catalog::Catalog& catalog, io::FileIO& files, Env& env,
                                      const std::string& warehouse,
                                      const datafile::WriterDefaults& writing,
                                      const MaintainRequest& request) {
  FIRN_TRY(CheckRequest(request, env.NowMs()));
  FIRN_ASSIGN(const auto names, Chosen(catalog, request.tables));
  const maintain::MaintainContext context{catalog, files, env, warehouse, writing};
  MaintainReport report;
  report.dry_run = request.dry_run;
  for (const catalog::TableName& name : names)
    report.tables.push_back(MaintainTable(context, name, request));
  return report;
}

}  // namespace firn::lakehouse
