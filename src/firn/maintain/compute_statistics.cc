// SPDX-License-Identifier: Apache-2.0

#include "firn/maintain/compute_statistics.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "firn/catalog/commit.h"
#include "firn/datafile/column_statistics.h"
#include "firn/datafile/partition_statistics.h"
#include "firn/table/encryption.h"
#include "firn/table/metadata_operations.h"

namespace firn::maintain {
namespace {

using table::StatisticsFile;

bool Has(const std::vector<StatisticsFile>& files, table::SnapshotId snapshot) {
  return std::any_of(files.begin(), files.end(),
                     [&](const StatisticsFile& file) { return file.snapshot_id == snapshot; });
}

bool HasColumnToCount(const table::Schema& schema) {
  return std::any_of(schema.fields().begin(), schema.fields().end(),
                     [](const table::NestedField& field) { return field.type.is_primitive(); });
}

// The statistics files of one snapshot until their commit: what fails leaves none behind.
class NewStatistics {
 public:
  NewStatistics(const MaintainContext& context, catalog::LoadedTable table)
      : context_(context), table_(std::move(table)) {}

  Status CountColumns(table::SnapshotId snapshot) {
    FIRN_ASSIGN(auto file, datafile::WriteColumnStatistics(context_.files, *table_.metadata,
                                                           snapshot, {}, context_.env));
    return Add(std::move(file), table::UpdateStatistics);
  }

  Status AddUpPartitions(table::SnapshotId snapshot) {
    FIRN_ASSIGN(auto file, datafile::WritePartitionStatistics(context_.files, *table_.metadata,
                                                              snapshot, context_.env));
    return Add(std::move(file), table::UpdatePartitionStatistics);
  }

  Status Commit() {
    const auto committed =
        catalog::CommitOperations(context_.catalog, context_.files, context_.env, changes_);
    if (!committed && committed.error().kind == ErrorKind::kOutcomeUnknown) paths_.clear();
    return committed ? Ok() : Status(committed.error());
  }

  void Abort() {
    for (const std::string& path : paths_)
      context_.files.Delete(path).Ignore("an orphan that maintenance finds");
  }

 private:
  using MakeOperation = std::unique_ptr<table::Operation> (*)(table::StatisticsChange);

  Status Add(StatisticsFile file, MakeOperation operation) {
    FIRN_ASSIGN(std::string path, file.json.GetString("statistics-path"));
    paths_.push_back(std::move(path));
    changes_.push_back({table_.name, operation({.set = {std::move(file)}, .remove = {}})});
    return Ok();
  }

  const MaintainContext& context_;
  catalog::LoadedTable table_;
  std::vector<catalog::PendingChange> changes_;
  std::vector<std::string> paths_;
};

}  // namespace

Result<StatisticsOutcome> ComputeStatistics(const MaintainContext& context,
                                            const catalog::TableName& name, bool dry_run) {
  FIRN_ASSIGN(const auto table, context.catalog.LoadTable(name));
  const table::TableMetadata& metadata = *table.metadata;
  FIRN_ASSIGN(const auto encryption, table::EncryptionOf(metadata.properties));
  if (encryption) {
    return Forbidden("no statistics files of an encrypted table: they would not be encrypted",
                     name.ToString());
  }
  const table::Snapshot* snapshot = metadata.current_snapshot();
  StatisticsOutcome outcome;
  if (snapshot == nullptr) return outcome;
  const bool columns =
      !Has(metadata.statistics, snapshot->id) && HasColumnToCount(metadata.SchemaOf(*snapshot));
  const bool partitions = !Has(metadata.partition_statistics, snapshot->id) &&
                          !datafile::UnifiedPartitionFields(metadata).empty();
  outcome = {columns ? 1 : 0, partitions ? 1 : 0};
  if (dry_run || (!columns && !partitions)) return outcome;

  NewStatistics made(context, table);
  Status done = columns ? made.CountColumns(snapshot->id) : Ok();
  if (done && partitions) done = made.AddUpPartitions(snapshot->id);
  if (done) done = made.Commit();
  if (!done) made.Abort();
  FIRN_TRY(done);
  return outcome;
}

}  // namespace firn::maintain
