// SPDX-License-Identifier: Apache-2.0
//
// Scan planning (spec, "Scan Planning"): manifests are pruned by the partition ranges in the
// manifest list, files by their partition tuple and then by the bounds of their columns. Each spec
// of the table has its own projection of the filter.

#include "firn/table/scan.h"

#include <algorithm>
#include <set>

#include "firn/io/file_io.h"
#include "firn/table/delete_index.h"
#include "firn/table/evaluator.h"
#include "firn/table/projection.h"

namespace firn::table {
namespace {

// A spec of the table and the filter projected onto it.
struct SpecFilter {
  const PartitionSpec* spec = nullptr;
  Type partition_type;
  Expression filter;
};

// Tuples written before a column was promoted hold the narrower type. Fields whose column is gone
// or whose transform is not known are never filtered by, and stay as they are.
Status WidenPartition(const SpecFilter& filter, const Schema& schema, PartitionData& partition) {
  for (size_t at = 0; at < partition.size(); ++at) {
    const PartitionField& source = filter.spec->fields[at];
    const NestedField& field = filter.partition_type.fields()[at];
    if (!partition[at] || partition[at]->type() == field.type) continue;
    if (schema.FindField(source.source_id) == nullptr ||
        source.transform.kind() == Transform::Kind::kUnknown) {
      continue;
    }
    auto cast = partition[at]->CastTo(field.type);
    if (!cast)
      return Corrupt("partition value of field '" + field.name + "'", cast.error().message);
    partition[at] = *std::move(cast);
  }
  return Ok();
}

class Planner {
 public:
  Planner(const TableMetadata& metadata, ScanPlan& plan, io::FileIO& io)
      : metadata_(metadata), plan_(plan), io_(io) {}

  Status Run(const Snapshot& snapshot) {
    FIRN_ASSIGN(const auto manifests, ManifestsOf(snapshot, io_));
    for (const ManifestFile& manifest : manifests) {
      if (manifest.content == ManifestContent::kDeletes) FIRN_TRY(ReadDeletes(manifest));
    }
    for (const ManifestFile& manifest : manifests) {
      if (manifest.content == ManifestContent::kData) FIRN_TRY(ReadData(manifest));
    }
    return Ok();
  }

 private:
  Result<const SpecFilter*> FilterFor(SpecId id) {
    const auto known = filters_.find(id);
    if (known != filters_.end()) return &known->second;
    const PartitionSpec* spec = metadata_.FindSpec(id);
    if (spec == nullptr) return Corrupt("manifest of an unknown partition spec", id);
    SpecFilter filter{spec, PartitionType(*spec, plan_.schema),
                      ProjectInclusive(plan_.filter, *spec)};
    return &filters_.emplace(id, std::move(filter)).first->second;
  }

  Status ReadDeletes(const ManifestFile& manifest) {
    FIRN_ASSIGN(const SpecFilter* filter, FilterFor(manifest.spec_id));
    if (!ManifestMightMatch(manifest, filter->filter, *filter->spec, plan_.schema)) return Ok();
    return ForEachLive(manifest, *filter, [&](ManifestEntry entry) {
      if (PartitionMatches(entry.file.partition, filter->filter, *filter->spec)) {
        deletes_.Add(std::move(entry), filter->spec->is_unpartitioned());
      }
    });
  }

  Status ReadData(const ManifestFile& manifest) {
    FIRN_ASSIGN(const SpecFilter* filter, FilterFor(manifest.spec_id));
    ++plan_.manifests_total;
    const bool lives = manifest.has_added_files() || manifest.has_existing_files();
    if (!lives || !ManifestMightMatch(manifest, filter->filter, *filter->spec, plan_.schema)) {
      plan_.files_total +=
          manifest.added_files_count.value_or(0) + manifest.existing_files_count.value_or(0);
      return Ok();
    }
    ++plan_.manifests_kept;
    return ForEachLive(manifest, *filter,
                       [&](ManifestEntry entry) { Judge(std::move(entry), *filter); });
  }

  template <typename Take>
  Status ForEachLive(const ManifestFile& manifest, const SpecFilter& filter, Take take) {
    FIRN_ASSIGN(ManifestReader reader, ManifestReader::Open(io_, manifest, *filter.spec));
    while (true) {
      FIRN_ASSIGN(auto entry, reader.Next());
      if (!entry) return Ok();
      if (!entry->is_live()) continue;
      FIRN_TRY(WidenPartition(filter, plan_.schema, entry->file.partition));
      take(*std::move(entry));
    }
  }

  void Judge(ManifestEntry entry, const SpecFilter& filter) {
    ++plan_.files_total;
    if (!PartitionMatches(entry.file.partition, filter.filter, *filter.spec) ||
        !FileMightMatch(entry.file, plan_.filter, plan_.schema)) {
      plan_.bytes_pruned += entry.file.file_size_bytes;
      return;
    }
    ++plan_.files_kept;
    plan_.records_kept += entry.file.record_count;
    plan_.bytes_kept += entry.file.file_size_bytes;
    Expression residual = ResidualFor(plan_.filter, *filter.spec, entry.file.partition);
    std::vector<DataFile> deletes = deletes_.For(entry);
    plan_.tasks.push_back(
        {std::move(entry.file), *entry.sequence_number, std::move(residual), std::move(deletes)});
  }

  const TableMetadata& metadata_;
  ScanPlan& plan_;
  io::FileIO& io_;
  std::map<SpecId, SpecFilter> filters_;
  DeleteIndex deletes_;
};

// Branches are read with the table's schema, fixed points in its history with their own.
const Schema& SchemaFor(const TableMetadata& metadata, const ScanRequest& request,
                        const Snapshot* snapshot) {
  const Ref* ref = metadata.FindRef(request.ref);
  const bool fixed = request.snapshot || request.as_of || (ref != nullptr && !ref->is_branch());
  return snapshot != nullptr && fixed ? metadata.SchemaOf(*snapshot) : metadata.schema();
}

std::vector<NestedField> Pick(const std::vector<NestedField>& fields,
                              const std::set<FieldId>& whole, const std::set<FieldId>& partly) {
  std::vector<NestedField> picked;
  for (const NestedField& field : fields) {
    if (whole.contains(field.id)) {
      picked.push_back(field);
    } else if (partly.contains(field.id)) {
      picked.push_back(field);
      if (field.type.id() == TypeId::kStruct) {
        picked.back().type = Type::Struct(Pick(field.type.fields(), whole, partly));
      }
    }
  }
  return picked;
}

}  // namespace

Result<const Snapshot*> ResolveSnapshot(const TableMetadata& metadata, const ScanRequest& request) {
  const int ways =
      (request.snapshot ? 1 : 0) + (request.as_of ? 1 : 0) + (request.ref.empty() ? 0 : 1);
  if (ways > 1) return InvalidArgument("ask for a snapshot, a time or a ref, not for several");
  if (request.snapshot) {
    const Snapshot* found = metadata.FindSnapshot(*request.snapshot);
    if (found == nullptr) return NotFound("no such snapshot", *request.snapshot);
    return found;
  }
  if (request.as_of) {
    const Snapshot* found = metadata.SnapshotAsOf(*request.as_of);
    if (found == nullptr) return NotFound("the table had no snapshot at", *request.as_of);
    return found;
  }
  if (request.ref.empty() || request.ref == kMainBranch) return metadata.current_snapshot();
  const Snapshot* found = metadata.SnapshotOfRef(request.ref);
  if (found == nullptr) return NotFound("no such branch or tag", request.ref);
  return found;
}

Result<Schema> SelectColumns(const Schema& schema, const std::vector<std::string>& names,
                             bool case_sensitive) {
  if (names.empty()) return schema;
  std::set<FieldId> whole;
  std::set<FieldId> partly;
  for (const std::string& name : names) {
    const NestedField* field = schema.FindByName(name, case_sensitive);
    if (field == nullptr) return NotFound("no such column", name);
    whole.insert(field->id);
    for (auto at = schema.ParentOf(field->id); at; at = schema.ParentOf(*at)) {
      partly.insert(*at);
    }
  }
  return Schema::Make(schema.id(), Pick(schema.fields(), whole, partly));
}

Result<std::vector<ManifestFile>> ManifestsOf(const Snapshot& snapshot, io::FileIO& io) {
  if (!snapshot.manifest_list.empty()) return ReadManifestList(io, snapshot.manifest_list);
  std::vector<ManifestFile> manifests;
  for (const std::string& location : snapshot.manifests) {
    FIRN_ASSIGN(ManifestFile manifest, DescribeManifest(io, location, snapshot.id));
    manifests.push_back(std::move(manifest));
  }
  return manifests;
}

Result<std::vector<ManifestEntry>> LiveFiles(const TableMetadata& metadata,
                                             const Snapshot& snapshot, io::FileIO& io) {
  std::vector<ManifestEntry> live;
  FIRN_ASSIGN(const auto manifests, ManifestsOf(snapshot, io));
  for (const ManifestFile& manifest : manifests) {
    if (manifest.content != ManifestContent::kData) continue;
    const PartitionSpec* spec = metadata.FindSpec(manifest.spec_id);
    if (spec == nullptr) return Corrupt("manifest of an unknown partition spec", manifest.spec_id);
    FIRN_ASSIGN(auto entries, ReadManifest(io, manifest, *spec));
    for (ManifestEntry& entry : entries) {
      if (entry.is_live()) live.push_back(std::move(entry));
    }
  }
  return live;
}

Result<ScanPlan> PlanScan(const TableMetadata& metadata, const ScanRequest& request,
                          io::FileIO& io) {
  FIRN_ASSIGN(const Snapshot* snapshot, ResolveSnapshot(metadata, request));
  ScanPlan plan;
  plan.schema = SchemaFor(metadata, request, snapshot);
  plan.schema_id = plan.schema.id();
  FIRN_ASSIGN(plan.projection, SelectColumns(plan.schema, request.columns, request.case_sensitive));
  FIRN_ASSIGN(plan.filter, request.filter.Bind(plan.schema, request.case_sensitive));
  if (snapshot == nullptr) return plan;
  plan.snapshot = snapshot->id;
  FIRN_TRY(Planner(metadata, plan, io).Run(*snapshot));
  return plan;
}

std::string ScanPlan::ToString() const {
  std::string text = "snapshot " + (snapshot ? snapshot->ToString() : "none") + ", schema " +
                     schema_id.ToString() + "\n";
  text += "filter " + filter.ToString() + "\n";
  text += "manifests " + std::to_string(manifests_kept) + " of " + std::to_string(manifests_total) +
          "\n";
  text += "files " + std::to_string(files_kept) + " of " + std::to_string(files_total) + ", " +
          std::to_string(records_kept) + " records, " + std::to_string(bytes_kept) + " bytes\n";
  size_t deletes = 0;
  for (const FileScanTask& task : tasks) {
    deletes += task.deletes.size();
  }
  if (deletes > 0) text += "delete files " + std::to_string(deletes) + "\n";
  return text;
}

}  // namespace firn::table
