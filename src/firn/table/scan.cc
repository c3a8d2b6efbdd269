// SPDX-License-Identifier: Apache-2.0
//
// What a scan reads: which snapshot, which schema, which columns. `scan_planner.cc` finds the
// files.

#include "firn/table/scan.h"

#include <algorithm>
#include <set>

#include "firn/io/file_io.h"
#include "firn/table/encryption.h"
#include "firn/table/scan_planner.h"

namespace firn::table {
namespace {

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

Result<std::vector<ManifestFile>> ManifestsOf(const TableMetadata& metadata,
                                              const Snapshot& snapshot, io::FileIO& io) {
  if (!snapshot.manifest_list.empty()) {
    FIRN_ASSIGN(DecryptingFiles files, ManifestListFiles(metadata, snapshot, io));
    return ReadManifestList(files.io(), snapshot.manifest_list);
  }
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
  FIRN_ASSIGN(const auto manifests, ManifestsOf(metadata, snapshot, io));
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

Result<ScanPlan> PlanScan(const TableMetadata& metadata, const ScanRequest& request, io::FileIO& io,
                          const PlanResources& resources) {
  FIRN_ASSIGN(const Snapshot* snapshot, ResolveSnapshot(metadata, request));
  ScanPlan plan;
  plan.schema = SchemaFor(metadata, request, snapshot);
  plan.schema_id = plan.schema.id();
  FIRN_ASSIGN(plan.projection, SelectColumns(plan.schema, request.columns, request.case_sensitive));
  FIRN_ASSIGN(plan.filter, request.filter.Bind(plan.schema, request.case_sensitive));
  if (snapshot == nullptr) return plan;
  plan.snapshot = snapshot->id;
  FIRN_TRY(ScanPlanner(metadata, plan, io, resources, request.file_metrics).Run(*snapshot));
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
