// SPDX-License-Identifier: Apache-2.0

#include "firn/table/metadata.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "firn/io/location.h"
#include "firn/table/encryption.h"

namespace firn::table {
namespace {

template <typename Item, typename Id>
const Item* FindById(const std::vector<Item>& items, Id id, Id (*id_of)(const Item&)) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const Item& item) { return id_of(item) == id; });
  return found == items.end() ? nullptr : &*found;
}

// New tables number their columns from 1, so references by the old ids are looked up by name. A
// column that is not there keeps its id: the spec or order was checked, or asks nothing of it.
FieldId NewIdOf(const Schema& before, const Schema& after, FieldId id) {
  return before.FindField(id) == nullptr ? id : after.FindByName(before.NameOf(id))->id;
}

// The columns of a field of a spec or sort order.
template <typename Field>
void RenumberSources(const Schema& before, const Schema& after, Field& field) {
  field.source_id = NewIdOf(before, after, field.source_id);
  for (FieldId& other : field.other_source_ids) {
    other = NewIdOf(before, after, other);
  }
}

PartitionSpec Renumbered(PartitionSpec spec, const Schema& before, const Schema& after) {
  spec.id = SpecId(0);
  FieldId next = kPartitionFieldIdBase;
  for (PartitionField& field : spec.fields) {
    RenumberSources(before, after, field);
    field.field_id = FieldId(++next.value);
  }
  return spec;
}

SortOrder Renumbered(SortOrder order, const Schema& before, const Schema& after) {
  order.id = SortOrderId(order.is_unsorted() ? 0 : 1);
  for (SortField& field : order.fields) {
    RenumberSources(before, after, field);
  }
  return order;
}

Result<int> TakeFormatVersion(std::map<std::string, std::string>& properties) {
  const auto found = properties.find("format-version");
  if (found == properties.end())
    return properties.contains(std::string(kMasterKeyProperty)) ? 3 : 2;
  const std::string text = found->second;
  properties.erase(found);  // It is a field of the metadata, not a property.
  const int version = text.size() == 1 ? text[0] - '0' : 0;
  if (!IsFormatVersion(version)) return InvalidArgument("not a format version", text);
  return version;
}

}  // namespace

const Schema& TableMetadata::schema() const {
  const Schema* found = FindSchema(current_schema_id);
  FIRN_ASSERT(found != nullptr);
  return *found;
}

const PartitionSpec& TableMetadata::spec() const {
  const PartitionSpec* found = FindSpec(default_spec_id);
  FIRN_ASSERT(found != nullptr);
  return *found;
}

const SortOrder& TableMetadata::sort_order() const {
  const SortOrder* found = FindSortOrder(default_sort_order_id);
  FIRN_ASSERT(found != nullptr);
  return *found;
}

const Snapshot* TableMetadata::current_snapshot() const {
  return current_snapshot_id ? FindSnapshot(*current_snapshot_id) : nullptr;
}

const Schema* TableMetadata::FindSchema(SchemaId id) const {
  return FindById<Schema, SchemaId>(schemas, id, [](const Schema& item) { return item.id(); });
}

const PartitionSpec* TableMetadata::FindSpec(SpecId id) const {
  return FindById<PartitionSpec, SpecId>(partition_specs, id,
                                         [](const PartitionSpec& item) { return item.id; });
}

const SortOrder* TableMetadata::FindSortOrder(SortOrderId id) const {
  return FindById<SortOrder, SortOrderId>(sort_orders, id,
                                          [](const SortOrder& item) { return item.id; });
}

const Snapshot* TableMetadata::FindSnapshot(SnapshotId id) const {
  return snapshots.Find(id);
}

const Ref* TableMetadata::FindRef(std::string_view name) const {
  const auto found = refs.find(name);
  return found == refs.end() ? nullptr : &found->second;
}

const Snapshot* TableMetadata::SnapshotOfRef(std::string_view name) const {
  const Ref* ref = FindRef(name);
  return ref == nullptr ? nullptr : FindSnapshot(ref->snapshot_id);
}

const Snapshot* TableMetadata::SnapshotAsOf(TimeMs time) const {
  const SnapshotLogEntry* found = nullptr;
  for (const SnapshotLogEntry& entry : snapshot_log) {
    if (entry.timestamp > time || (found != nullptr && entry.timestamp < found->timestamp))
      continue;
    found = &entry;
  }
  return found == nullptr ? nullptr : FindSnapshot(found->snapshot_id);
}

const Schema& TableMetadata::SchemaOf(const Snapshot& snapshot) const {
  const Schema* own = snapshot.schema_id ? FindSchema(*snapshot.schema_id) : nullptr;
  return own != nullptr ? *own : schema();
}

std::string TableMetadata::Property(std::string_view key, std::string_view fallback) const {
  const auto found = properties.find(std::string(key));
  return found == properties.end() ? std::string(fallback) : found->second;
}

Result<int64_t> TableMetadata::IntProperty(std::string_view key, int64_t fallback) const {
  const auto found = properties.find(std::string(key));
  if (found == properties.end()) return fallback;
  const std::string& text = found->second;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return InvalidArgument("table property is not a whole number: " + std::string(key), text);
  }
  return number;
}

Result<std::vector<const Snapshot*>> Ancestors(const TableMetadata& metadata, SnapshotId head) {
  std::unordered_map<SnapshotId, const Snapshot*> by_id;  // A history may be very long.
  by_id.reserve(metadata.snapshots.size());
  for (const Snapshot& snapshot : metadata.snapshots) {
    by_id.emplace(snapshot.id, &snapshot);
  }
  std::vector<const Snapshot*> ancestors;
  for (auto at = by_id.find(head); at != by_id.end();) {
    if (ancestors.size() == metadata.snapshots.size()) {
      return Corrupt("snapshot parents form a loop", head);
    }
    ancestors.push_back(at->second);
    at = at->second->parent_id ? by_id.find(*at->second->parent_id) : by_id.end();
  }
  return ancestors;
}

Result<bool> IsAncestor(const TableMetadata& metadata, SnapshotId ancestor, SnapshotId head) {
  FIRN_ASSIGN(const auto ancestors, Ancestors(metadata, head));
  return std::any_of(ancestors.begin(), ancestors.end(),
                     [&](const Snapshot* snapshot) { return snapshot->id == ancestor; });
}

bool IsOwnFile(const TableMetadata& metadata, std::string_view location) {
  static constexpr std::string_view kFolderProperties[] = {"write.data.path", "write.metadata.path",
                                                           "write.object-storage.path"};
  if (io::IsWithin(metadata.location, location)) return true;
  return std::any_of(std::begin(kFolderProperties), std::end(kFolderProperties),
                     [&](std::string_view key) {
                       const std::string folder = metadata.Property(key, "");
                       return !folder.empty() && io::IsWithin(folder, location);
                     });
}

Result<TableMetadata> NewTableMetadata(const NewTable& table, Env& env) {
  FIRN_TRY(CheckPartitionSpec(table.spec, table.schema));
  FIRN_TRY(CheckSortOrder(table.sort_order, table.schema));
  if (table.location.empty()) return InvalidArgument("table without a location");
  TableMetadata metadata;
  metadata.properties = table.properties;
  FIRN_ASSIGN(metadata.format_version, TakeFormatVersion(metadata.properties));
  FIRN_TRY(CheckEncryption(metadata.properties, metadata.format_version));
  FIRN_TRY(CheckSchemaOfVersion(table.schema, metadata.format_version));
  const Schema schema = AssignFreshIds(table.schema).WithId(SchemaId(0));
  metadata.table_uuid = Uuid::Random(env);
  metadata.location = table.location;
  while (metadata.location.size() > 1 && metadata.location.back() == '/') {
    metadata.location.pop_back();
  }
  metadata.last_updated = env.NowMs();
  metadata.last_column_id = schema.highest_field_id();
  metadata.partition_specs = {Renumbered(table.spec, table.schema, schema)};
  metadata.last_partition_id = metadata.partition_specs.front().highest_field_id();
  metadata.sort_orders = {Renumbered(table.sort_order, table.schema, schema)};
  metadata.default_sort_order_id = metadata.sort_orders.front().id;
  metadata.schemas = {schema};
  return metadata;
}

}  // namespace firn::table
