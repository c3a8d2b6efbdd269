// SPDX-License-Identifier: Apache-2.0
//
// Adding up: every live entry of a snapshot's manifests counts. Updating: what a commit added and
// deleted is in the manifests it wrote itself, so the manifests added between two snapshots tell
// the difference; entries that are only carried over count in neither direction.

#include "firn/datafile/partition_statistics.h"

#include <algorithm>
#include <map>
#include <utility>

#include "firn/table/delete_index.h"
#include "firn/table/manifest.h"
#include "firn/table/scan.h"

namespace firn::datafile {
namespace {

using table::EntryStatus;
using table::ManifestEntry;
using table::ManifestFile;
using table::NestedField;
using table::TableMetadata;

// The statistics under way, by spec and partition.
class Totals {
 public:
  Totals(io::FileIO& files, const TableMetadata& metadata)
      : files_(files), metadata_(metadata), fields_(UnifiedPartitionFields(metadata)) {}

  void Begin(std::vector<PartitionStatistics> known) {
    for (PartitionStatistics& one : known) {
      std::string key = table::PartitionKey(one.spec_id, one.partition);
      by_partition_.emplace(std::move(key), std::move(one));
    }
  }

  Status AddLive(const ManifestFile& manifest) {
    return ForEach(manifest, [this](const ManifestEntry& entry, PartitionStatistics& totals) {
      if (entry.is_live()) Count(entry.file, 1, totals);
      Touch(entry, totals);
    });
  }

  Status AddChanges(const ManifestFile& manifest) {
    return ForEach(manifest, [this](const ManifestEntry& entry, PartitionStatistics& totals) {
      if (entry.status == EntryStatus::kExisting) return;
      Count(entry.file, entry.status == EntryStatus::kAdded ? 1 : -1, totals);
      Touch(entry, totals);
    });
  }

  // Partitions of which nothing is left are left out.
  std::vector<PartitionStatistics> Finish() && {
    std::vector<PartitionStatistics> out;
    for (auto& [key, totals] : by_partition_) {
      const bool alive = totals.data_file_count != 0 || totals.position_delete_file_count != 0 ||
                         totals.dv_count != 0 || totals.equality_delete_file_count != 0;
      if (!alive) continue;
      const bool exact =
          totals.position_delete_file_count == 0 && totals.equality_delete_file_count == 0;
      totals.total_record_count.reset();
      if (exact) {
        totals.total_record_count = totals.data_record_count - totals.position_delete_record_count;
      }
      out.push_back(std::move(totals));
    }
    std::ranges::sort(out,
                      [this](const auto& left, const auto& right) { return Before(left, right); });
    return out;
  }

 private:
  template <typename Take>
  Status ForEach(const ManifestFile& manifest, Take take) {
    const table::PartitionSpec* spec = metadata_.FindSpec(manifest.spec_id);
    if (spec == nullptr) return Corrupt("manifest of an unknown partition spec", manifest.spec_id);
    FIRN_ASSIGN(auto reader, table::ManifestReader::Open(files_, manifest, *spec));
    for (;;) {
      FIRN_ASSIGN(const auto entry, reader.Next());
      if (!entry) return Ok();
      FIRN_ASSIGN(auto partition, Unify(*spec, entry->file.partition));
      PartitionStatistics& totals = by_partition_[table::PartitionKey(spec->id, partition)];
      totals.partition = std::move(partition);
      totals.spec_id = spec->id;
      take(*entry, totals);
    }
  }

  // A tuple of `spec` as one of the unified type.
  Result<table::PartitionData> Unify(const table::PartitionSpec& spec,
                                     const table::PartitionData& partition) const {
    table::PartitionData unified(fields_.size());
    for (size_t i = 0; i < spec.fields.size() && i < partition.size(); ++i) {
      if (!partition[i]) continue;
      const auto found = std::ranges::find_if(
          fields_, [&](const NestedField& field) { return field.id == spec.fields[i].field_id; });
      FIRN_ASSERT(found != fields_.end());
      FIRN_ASSIGN(unified[static_cast<size_t>(found - fields_.begin())],
                  partition[i]->CastTo(found->type));
    }
    return unified;
  }

  static void Count(const table::DataFile& file, int sign, PartitionStatistics& totals) {
    const int64_t records = sign * file.record_count;
    if (file.content == table::FileContent::kData) {
      totals.data_record_count += records;
      totals.data_file_count += sign;
      totals.total_data_file_size_bytes += sign * file.file_size_bytes;
    } else if (file.content == table::FileContent::kEqualityDeletes) {
      totals.equality_delete_record_count += records;
      totals.equality_delete_file_count += sign;
    } else {
      totals.position_delete_record_count += records;
      const bool vector = file.file_format == table::FileFormat::kPuffin;
      (vector ? totals.dv_count : totals.position_delete_file_count) += sign;
    }
  }

  // Notes the newest snapshot that changed the partition, as far as the table remembers it.
  void Touch(const ManifestEntry& entry, PartitionStatistics& totals) const {
    const table::Snapshot* by =
        entry.snapshot_id ? metadata_.FindSnapshot(*entry.snapshot_id) : nullptr;
    if (by == nullptr) return;
    if (totals.last_updated_at && *totals.last_updated_at >= by->timestamp) return;
    totals.last_updated_at = by->timestamp;
    totals.last_updated_snapshot_id = by->id;
  }

  static bool Before(const PartitionStatistics& left, const PartitionStatistics& right) {
    for (size_t i = 0; i < left.partition.size(); ++i) {
      const auto& a = left.partition[i];
      const auto& b = right.partition[i];
      if (a.has_value() != b.has_value()) return !a.has_value();
      if (!a) continue;
      const auto order = table::Compare(*a, *b);
      if (order < 0) return true;
      if (order > 0) return false;
    }
    return left.spec_id < right.spec_id;
  }

  io::FileIO& files_;
  const TableMetadata& metadata_;
  std::vector<NestedField> fields_;
  std::map<std::string, PartitionStatistics> by_partition_;
};

Result<const table::Snapshot*> FindSnapshot(const TableMetadata& metadata, table::SnapshotId id) {
  const table::Snapshot* found = metadata.FindSnapshot(id);
  if (found == nullptr) return NotFound("no such snapshot", id);
  return found;
}

// The snapshots after `from` up to `to`, newest first.
Result<std::vector<const table::Snapshot*>> Between(const TableMetadata& metadata,
                                                    table::SnapshotId from, table::SnapshotId to) {
  FIRN_ASSIGN(auto line, table::Ancestors(metadata, to));
  const auto end = std::ranges::find_if(line, [&](const auto* one) { return one->id == from; });
  if (end == line.end()) return NotFound("a snapshot is no ancestor", from, to);
  line.erase(end, line.end());
  return line;
}

}  // namespace

std::vector<NestedField> UnifiedPartitionFields(const TableMetadata& metadata) {
  std::map<table::FieldId, NestedField> fields;
  for (const table::PartitionSpec& spec : metadata.partition_specs) {
    const table::Type type = table::PartitionType(spec, metadata.schema());
    for (size_t i = 0; i < spec.fields.size(); ++i) {
      // A field that was dropped in format version 1 lives on as a void one, which has no values.
      const bool is_void = spec.fields[i].transform.kind() == table::Transform::Kind::kVoid;
      if (is_void)
        fields.try_emplace(spec.fields[i].field_id, type.fields()[i]);
      else
        fields.insert_or_assign(spec.fields[i].field_id, type.fields()[i]);
    }
  }
  std::vector<NestedField> out;
  for (auto& [id, field] : fields)
    out.push_back(std::move(field));
  return out;
}

Result<std::vector<PartitionStatistics>> ComputePartitionStatistics(io::FileIO& files,
                                                                    const TableMetadata& metadata,
                                                                    table::SnapshotId snapshot) {
  FIRN_ASSIGN(const table::Snapshot* const found, FindSnapshot(metadata, snapshot));
  FIRN_ASSIGN(const auto manifests, table::ManifestsOf(metadata, *found, files));
  Totals totals(files, metadata);
  for (const ManifestFile& manifest : manifests)
    FIRN_TRY(totals.AddLive(manifest));
  return std::move(totals).Finish();
}

Result<std::vector<PartitionStatistics>> UpdatePartitionStatistics(
    io::FileIO& files, const TableMetadata& metadata, std::vector<PartitionStatistics> statistics,
    table::SnapshotId from, table::SnapshotId snapshot) {
  FIRN_ASSIGN(const auto snapshots, Between(metadata, from, snapshot));
  Totals totals(files, metadata);
  totals.Begin(std::move(statistics));
  for (const table::Snapshot* one : snapshots) {
    FIRN_ASSIGN(const auto manifests, table::ManifestsOf(metadata, *one, files));
    for (const ManifestFile& manifest : manifests) {
      if (manifest.added_snapshot_id == one->id) FIRN_TRY(totals.AddChanges(manifest));
    }
  }
  return std::move(totals).Finish();
}

}  // namespace firn::datafile
