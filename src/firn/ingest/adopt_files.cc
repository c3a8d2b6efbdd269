// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/adopt_files.h"

#include <memory>
#include <set>
#include <utility>

#include "firn/catalog/commit.h"
#include "firn/datafile/describe_file.h"
#include "firn/datafile/name_mapping_property.h"
#include "firn/ingest/ensure_table.h"
#include "firn/ingest/file_partition.h"
#include "firn/ingest/parquet/parquet_source.h"
#include "firn/io/location.h"
#include "firn/table/append.h"
#include "firn/table/metadata_operations.h"
#include "firn/table/metrics.h"
#include "firn/table/scan.h"

namespace firn::ingest {
namespace {

using table::TableMetadata;

constexpr int kAttemptsMax = 20;

std::string MappingText(const TableMetadata& metadata) {
  return metadata.Property(datafile::kNameMappingProperty, "");
}

// How files without field ids are read, by the names of today too.
Result<datafile::NameMapping> MappingOf(const TableMetadata& metadata) {
  const std::string text = MappingText(metadata);
  datafile::NameMapping mapping;
  if (!text.empty()) {
    FIRN_ASSIGN(mapping, datafile::ParseNameMapping(text));
  }
  return datafile::WithNamesOf(std::move(mapping), metadata.schema());
}

// The files of a branch by the looser spelling of their locations.
Result<std::set<std::string>> FilesOf(const TableMetadata& metadata, io::FileIO& files) {
  std::set<std::string> known;
  if (metadata.current_snapshot() == nullptr) return known;
  FIRN_ASSIGN(const auto live, table::LiveFiles(metadata, *metadata.current_snapshot(), files));
  for (const table::ManifestEntry& entry : live)
    known.insert(io::LooseLocationKey(entry.file.file_path));
  return known;
}

class Adoption {
 public:
  Adoption(catalog::Catalog& catalog, io::FileIO& files, Env& env, const AdoptRequest& request)
      : catalog_(catalog), files_(files), env_(env), request_(request) {}

  Result<AdoptReport> Run() {
    FIRN_TRY(CheckNotOfOthers());
    for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
      report_ = {};
      FIRN_TRY(Load());
      FIRN_ASSIGN(const auto wanted, NewOnes());
      FIRN_TRY(DescribeAll(wanted));
      if (request_.dry_run || described_.empty()) return report_;
      const Status committed = Commit();
      if (committed) return report_;
      if (committed.error().kind != ErrorKind::kConflict) return committed.error();
    }
    return Conflict("others were always first to change the table", request_.table);
  }

 private:
  Status Load() {
    auto loaded = catalog_.LoadTable(request_.table);
    if (loaded) {
      metadata_ = loaded->metadata;
      return Ok();
    }
    if (loaded.error().kind != ErrorKind::kNotFound || !request_.create) {
      return std::move(loaded).error();
    }
    report_.created = true;
    FIRN_ASSIGN(auto metadata, table::NewTableMetadata(Placed(*request_.create), env_));
    metadata_ = std::make_shared<const TableMetadata>(std::move(metadata));
    return Ok();
  }

  // A location that is never written to: the table is only thought of.
  static table::NewTable Placed(table::NewTable blueprint) {
    blueprint.location = "file:///";
    return blueprint;
  }

  Status CheckNotOfOthers() {
    FIRN_ASSIGN(const auto namespaces, catalog_.ListNamespaces());
    for (const catalog::Namespace& levels : namespaces) {
      FIRN_ASSIGN(const auto names, catalog_.ListTables(levels));
      for (const catalog::TableName& name : names) {
        const auto table = catalog_.LoadTable(name);
        if (!table || name == request_.table) continue;
        for (const std::string& location : request_.locations) {
          if (!table::IsOwnFile(*table->metadata, location)) continue;
          return Forbidden("the file belongs to another table, " + name.ToString(), location)
              .WithHint("'firn ingest parquet' copies its rows");
        }
      }
    }
    return Ok();
  }

  // The files that the table does not have.
  Result<std::vector<std::string>> NewOnes() {
    FIRN_ASSIGN(std::set<std::string> known, FilesOf(*metadata_, files_));
    std::vector<std::string> wanted;
    for (const std::string& location : request_.locations) {
      if (known.insert(io::LooseLocationKey(location)).second) {
        wanted.push_back(location);
      } else if (request_.skip_existing) {
        ++report_.skipped;
      } else {
        return AlreadyExists("the table has the file already", location)
            .WithHint("--skip-existing adds the others");
      }
    }
    return wanted;
  }

  Status DescribeAll(const std::vector<std::string>& locations) {
    datafile::DescribeOptions options;
    FIRN_ASSIGN(options.names, MappingOf(*metadata_));
    mapping_ = datafile::NameMappingText(options.names);
    FIRN_ASSIGN(const auto modes, table::MetricsModes(metadata_->schema(), metadata_->properties));
    described_.clear();
    for (const std::string& location : locations) {
      options.outside = ColumnsInPath(metadata_->spec(), metadata_->schema(), location);
      auto described = datafile::DescribeFile(files_, location, *metadata_, options);
      if (!described) return AboutSource(std::move(described).error());
      table::DataFile file = *std::move(described);
      auto partition = PartitionOfFile(metadata_->spec(), metadata_->schema(), location, file);
      if (!partition) return std::move(partition).error().Within(location);
      file.spec_id = metadata_->default_spec_id;
      file.partition = *std::move(partition);
      datafile::KeepMetrics(metadata_->schema(), modes, file);
      Count(file);
      described_.push_back(std::move(file));
    }
    return Ok();
  }

  void Count(const table::DataFile& file) {
    ++report_.files;
    report_.rows += file.record_count;
    report_.bytes += file.file_size_bytes;
  }

  Status Commit() {
    if (report_.created) {
      FIRN_ASSIGN(const auto made, EnsureTable(catalog_, request_.table, *request_.create));
      const bool as_thought = made.metadata->schema().fields() == metadata_->schema().fields() &&
                              made.metadata->spec() == metadata_->spec();
      if (!as_thought) return Conflict("somebody else made the table", request_.table);
    }
    std::vector<catalog::PendingChange> changes;
    if (mapping_ != MappingText(*metadata_)) {
      changes.push_back(
          {request_.table,
           table::UpdateProperties({{std::string(datafile::kNameMappingProperty), mapping_}}, {})});
    }
    table::SnapshotOptions snapshot;
    snapshot.expected_snapshot = metadata_->current_snapshot_id.value_or(table::kNoSnapshot);
    changes.push_back({request_.table, table::MergeAppend(described_, std::move(snapshot))});
    FIRN_TRY(catalog::CommitOperations(catalog_, files_, env_, changes));
    return Ok();
  }

  catalog::Catalog& catalog_;
  io::FileIO& files_;
  Env& env_;
  const AdoptRequest& request_;
  AdoptReport report_;
  std::shared_ptr<const TableMetadata> metadata_;
  std::string mapping_;  // As the property of the table has it afterwards.
  std::vector<table::DataFile> described_;
};

}  // namespace

Result<AdoptReport> AdoptFiles(catalog::Catalog& catalog, io::FileIO& files, Env& env,
                               const AdoptRequest& request) {
  return Adoption(catalog, files, env, request).Run();
}

}  // namespace firn::ingest
