// SPDX-License-Identifier: Apache-2.0

#include "firn/table/partition_set.h"

#include <algorithm>

#include "firn/table/delete_index.h"

namespace firn::table {
namespace {

// Whether a manifest whose range of one field is `summary` may hold `value` there.
bool MightHold(const FieldSummary& summary, const std::optional<Literal>& value, const Type& type) {
  if (!value) return summary.contains_null;
  if (value->is_nan() || !summary.lower_bound || !summary.upper_bound) return true;
  const auto lower = Literal::FromBytes(type, *summary.lower_bound);
  const auto upper = Literal::FromBytes(type, *summary.upper_bound);
  if (!lower || !upper || value->type() != type || lower->is_nan() || upper->is_nan()) return true;
  if (Compare(*lower, *upper) > 0) return true;  // Bounds that cannot be right say nothing.
  return Compare(*lower, *value) <= 0 && Compare(*value, *upper) <= 0;
}

}  // namespace

void WidenPartition(const Type& partition_type, PartitionData& partition) {
  const size_t count = std::min(partition.size(), partition_type.fields().size());
  for (size_t at = 0; at < count; ++at) {
    const Type& wanted = partition_type.fields()[at].type;
    if (!partition[at] || partition[at]->type() == wanted) continue;
    if (auto cast = partition[at]->CastTo(wanted)) partition[at] = *std::move(cast);
  }
}

PartitionSet::PartitionSet(const TableMetadata& metadata) : metadata_(&metadata) {
  for (const PartitionSpec& spec : metadata.partition_specs) {
    types_.emplace(spec.id, PartitionType(spec, metadata.schema()));
  }
}

PartitionData PartitionSet::Widened(const DataFile& file) const {
  PartitionData tuple = file.partition;
  const auto type = types_.find(file.spec_id);
  if (type != types_.end()) WidenPartition(type->second, tuple);
  return tuple;
}

void PartitionSet::Add(const DataFile& file) {
  PartitionData tuple = Widened(file);
  by_key_.try_emplace(PartitionKey(file.spec_id, tuple), Partition{file.spec_id, tuple});
}

bool PartitionSet::Contains(const DataFile& file) const {
  return !empty() && by_key_.contains(PartitionKey(file.spec_id, Widened(file)));
}

bool PartitionSet::MightBeIn(const ManifestFile& manifest) const {
  const PartitionSpec* spec = metadata_->FindSpec(manifest.spec_id);
  const bool unknown = spec == nullptr || manifest.partitions.size() != spec->fields.size();
  return std::any_of(by_key_.begin(), by_key_.end(), [&](const auto& item) {
    const Partition& partition = item.second;
    if (partition.spec_id != manifest.spec_id) return false;
    if (unknown || partition.tuple.size() != spec->fields.size()) return true;
    const Type& type = types_.at(spec->id);
    for (size_t at = 0; at < partition.tuple.size(); ++at) {
      if (!MightHold(manifest.partitions[at], partition.tuple[at], type.fields()[at].type)) {
        return false;
      }
    }
    return true;
  });
}

}  // namespace firn::table
