// SPDX-License-Identifier: Apache-2.0
//
// One function per update, applied in order to a copy of the metadata. What can only be judged at
// the end (that every ref names a snapshot, what the snapshot log keeps) is done at the end.

#include "firn/table/update.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "firn/table/encryption.h"
#include "firn/table/shared_update.h"

namespace firn::table {
namespace {

constexpr int64_t kPreviousVersionsMax = 100;

template <typename Item, typename Matches>
void EraseIf(std::vector<Item>& items, Matches matches) {
  items.erase(std::remove_if(items.begin(), items.end(), matches), items.end());
}

class Applier {
 public:
  Applier(TableMetadata base, TimeMs now)
      : out_(std::move(base)), now_(std::max(now, out_.last_updated)) {
    out_.last_updated = now_;
  }

  Status operator()(const AssignUuid& update) {
    if (out_.table_uuid && *out_.table_uuid != update.uuid) {
      return InvalidArgument("a table's uuid never changes", *out_.table_uuid, update.uuid);
    }
    out_.table_uuid = update.uuid;
    return Ok();
  }

  Status operator()(const UpgradeFormatVersion& update) {
    if (!IsFormatVersion(update.format_version)) {
      return Unsupported("format version", update.format_version);
    }
    if (update.format_version < out_.format_version) {
      return InvalidArgument("a table's format version never goes down", out_.format_version,
                             update.format_version);
    }
    const bool was_complete = out_.rules().complete;
    out_.format_version = update.format_version;
    if (!was_complete && out_.rules().complete && !out_.table_uuid) {
      // Old tables have none. From what never changes, so that all who upgrade give the same.
      out_.table_uuid = Uuid::FromName(Uuid{}, out_.location);
    }
    return Ok();
  }

  Status operator()(const AddSchema& update) {
    const FieldId highest = std::max(update.schema.highest_field_id(), update.last_column_id);
    FIRN_TRY(CheckSchemaOfVersion(update.schema, out_.format_version));
    out_.last_column_id = std::max(out_.last_column_id, highest);
    added_schema_ = internal::AddOrFindSchema(update.schema, out_.schemas);
    return Ok();
  }

  Status operator()(const SetCurrentSchema& update) {
    FIRN_ASSIGN(const SchemaId id, Chosen(update.schema_id, added_schema_, "schema"));
    const Schema* schema = out_.FindSchema(id);
    if (schema == nullptr) return NotFound("no such schema", id);
    out_.current_schema_id = id;
    shape_changed_ = true;
    return Ok();
  }

  Status operator()(const RemoveSchemas& update) {
    for (const SchemaId id : update.schema_ids) {
      if (id == out_.current_schema_id) return InvalidArgument("schema is the current one", id);
      EraseIf(out_.schemas, [id](const Schema& schema) { return schema.id() == id; });
    }
    return Ok();
  }

  Status operator()(const AddSpec& update) {
    FIRN_TRY(CheckHasSchema());
    PartitionSpec spec = update.spec;
    AssignPartitionFieldIds(spec);
    FIRN_TRY(CheckPartitionSpec(spec, out_.schema()));
    out_.last_partition_id = std::max(out_.last_partition_id, spec.highest_field_id());
    SpecId next{};
    for (const PartitionSpec& known : out_.partition_specs) {
      if (known.IsCompatibleWith(spec)) {
        added_spec_ = known.id;
        return Ok();
      }
      next = std::max(next, SpecId(known.id.value + 1));
    }
    spec.id = next;
    out_.partition_specs.push_back(std::move(spec));
    added_spec_ = next;
    return Ok();
  }

  Status operator()(const SetDefaultSpec& update) {
    FIRN_ASSIGN(const SpecId id, Chosen(update.spec_id, added_spec_, "partition spec"));
    if (out_.FindSpec(id) == nullptr) return NotFound("no such partition spec", id);
    out_.default_spec_id = id;
    shape_changed_ = true;
    return Ok();
  }

  Status operator()(const RemovePartitionSpecs& update) {
    for (const SpecId id : update.spec_ids) {
      if (id == out_.default_spec_id) return InvalidArgument("partition spec is the default", id);
      EraseIf(out_.partition_specs, [id](const PartitionSpec& spec) { return spec.id == id; });
    }
    return Ok();
  }

  Status operator()(const AddSortOrder& update) {
    FIRN_TRY(CheckHasSchema());
    FIRN_TRY(CheckSortOrder(update.sort_order, out_.schema()));
    SortOrder order = update.sort_order;
    order.id = SortOrderId(order.is_unsorted() ? 0 : 1);
    for (const SortOrder& known : out_.sort_orders) {
      if (known.fields == order.fields && known.unknown == order.unknown) {
        added_order_ = known.id;
        return Ok();
      }
      if (!order.is_unsorted()) order.id = std::max(order.id, SortOrderId(known.id.value + 1));
    }
    added_order_ = order.id;
    out_.sort_orders.push_back(std::move(order));
    return Ok();
  }

  Status operator()(const SetDefaultSortOrder& update) {
    FIRN_ASSIGN(const SortOrderId id, Chosen(update.sort_order_id, added_order_, "sort order"));
    if (out_.FindSortOrder(id) == nullptr) return NotFound("no such sort order", id);
    out_.default_sort_order_id = id;
    shape_changed_ = true;
    return Ok();
  }

  Status operator()(const AddSnapshot& update) {
    const Snapshot& snapshot = update.snapshot;
    if (out_.FindSnapshot(snapshot.id) != nullptr) {
      return InvalidArgument("snapshot exists", snapshot.id);
    }
    // Without a parent too: two first snapshots may be staged at once.
    if (out_.rules().sequence_numbers && snapshot.sequence_number <= out_.last_sequence_number) {
      return Conflict("stale sequence number of snapshot", snapshot.sequence_number,
                      out_.last_sequence_number);
    }
    FIRN_TRY(AssignRowIds(snapshot));
    out_.last_sequence_number = std::max(out_.last_sequence_number, snapshot.sequence_number);
    out_.last_updated = std::max(out_.last_updated, snapshot.timestamp);
    out_.snapshots.push_back(snapshot);
    added_snapshots_.insert(snapshot.id);
    return Ok();
  }

  Status operator()(const SetSnapshotRef& update) {
    const Snapshot* snapshot = out_.FindSnapshot(update.ref.snapshot_id);
    if (snapshot == nullptr) return NotFound("no such snapshot", update.ref.snapshot_id);
    if (update.name.empty()) return InvalidArgument("ref without a name");
    const bool is_main = update.name == kMainBranch;
    if (is_main && !update.ref.is_branch()) return InvalidArgument("main is a branch, not a tag");
    const bool moved = out_.current_snapshot_id != snapshot->id;
    out_.refs.insert_or_assign(update.name, update.ref);
    if (!is_main || !moved) return Ok();
    out_.current_snapshot_id = snapshot->id;
    const bool added = added_snapshots_.contains(snapshot->id);
    added_to_log_.push_back({added ? snapshot->timestamp : now_, snapshot->id});
    return Ok();
  }

  Status operator()(const RemoveSnapshots& update) {
    const std::set<SnapshotId> ids(update.snapshot_ids.begin(), update.snapshot_ids.end());
    std::vector<std::string> keys;
    out_.snapshots.EraseIf([&](const Snapshot& item) {
      if (!ids.contains(item.id)) return false;
      if (auto key = KeyIdOf(item)) keys.push_back(*std::move(key));
      return true;
    });
    ForgetUnusedKeys(keys, out_);
    removed_snapshots_ = true;
    const auto is_about = [&](const StatisticsFile& file) {
      return ids.contains(file.snapshot_id);
    };
    EraseIf(out_.statistics, is_about);
    EraseIf(out_.partition_statistics, is_about);
    return Ok();
  }

  Status operator()(const RemoveSnapshotRef& update) {
    out_.refs.erase(update.name);
    // The log stays: what was current before can still be asked for by time.
    if (update.name == kMainBranch) out_.current_snapshot_id.reset();
    return Ok();
  }

  Status operator()(const SetLocation& update) { return internal::Apply(update, out_); }
  Status operator()(const SetProperties& update) { return ChangeProperties(update); }
  Status operator()(const RemoveProperties& update) { return ChangeProperties(update); }

  Status operator()(const SetStatistics& update) {
    return Replace(out_.statistics, update.statistics);
  }
  Status operator()(const RemoveStatistics& update) {
    return Remove(out_.statistics, update.snapshot_id);
  }
  Status operator()(const SetPartitionStatistics& update) {
    return Replace(out_.partition_statistics, update.statistics);
  }
  Status operator()(const RemovePartitionStatistics& update) {
    return Remove(out_.partition_statistics, update.snapshot_id);
  }

  Status operator()(const AddEncryptionKey& update) {
    out_.encryption_keys.push_back(update.key);
    return Ok();
  }
  Status operator()(const RemoveEncryptionKey& update) {
    EraseIf(out_.encryption_keys, [&](const Json& key) {
      const Json* id = key.Find("key-id");
      return id != nullptr && id->as_string() != nullptr && *id->as_string() == update.key_id;
    });
    return Ok();
  }

  Result<TableMetadata> Finish() && {
    for (const auto& [name, ref] : out_.refs) {
      if (out_.FindSnapshot(ref.snapshot_id) == nullptr) {
        return Conflict("ref '" + name + "' needs a snapshot that is to be removed",
                        ref.snapshot_id);
      }
    }
    if (shape_changed_) FIRN_TRY(CheckShape());
    FinishSnapshotLog();
    return std::move(out_);
  }

 private:
  template <typename Update>
  Status ChangeProperties(const Update& update) {
    const auto before = out_.properties;
    FIRN_TRY(internal::Apply(update, out_));
    if (!out_.snapshots.empty()) FIRN_TRY(CheckEncryptionStays(before, out_.properties));
    return CheckEncryption(out_.properties, out_.format_version);
  }

  // An id as given, or the one added last where it is -1.
  template <typename Id>
  static Result<Id> Chosen(Id id, const std::optional<Id>& added, std::string_view what) {
    if (id.value != -1) return id;
    if (!added) return InvalidArgument("no " + std::string(what) + " was added before this update");
    return *added;
  }

  // A table that is just being made has none before its first AddSchema and SetCurrentSchema.
  Status CheckHasSchema() const {
    return out_.FindSchema(out_.current_schema_id) != nullptr
               ? Ok()
               : Status(InvalidArgument("the table has no current schema yet"));
  }

  // A schema may come before the spec that goes with it, so they are judged together.
  Status CheckShape() const {
    const Schema* schema = out_.FindSchema(out_.current_schema_id);
    if (schema == nullptr) return Ok();
    const PartitionSpec* spec = out_.FindSpec(out_.default_spec_id);
    if (spec != nullptr) FIRN_TRY(CheckPartitionSpec(*spec, *schema));
    const SortOrder* order = out_.FindSortOrder(out_.default_sort_order_id);
    return order != nullptr ? CheckSortOrder(*order, *schema) : Ok();
  }

  // Fields that come without an id share that of an equal field in an older spec.
  void AssignPartitionFieldIds(PartitionSpec& spec) const {
    FieldId last = std::max(out_.last_partition_id, spec.highest_field_id());
    for (PartitionField& field : spec.fields) {
      if (field.field_id.value > 0) continue;
      for (const PartitionSpec& known : out_.partition_specs) {
        for (const PartitionField& old : known.fields) {
          if (old.source_id == field.source_id && old.transform == field.transform &&
              old.other_source_ids == field.other_source_ids) {
            field.field_id = old.field_id;
          }
        }
      }
      if (field.field_id.value <= 0) field.field_id = FieldId(++last.value);
    }
  }

  // Version 3: every snapshot takes the row ids after those given out before.
  Status AssignRowIds(const Snapshot& snapshot) {
    if (!out_.rules().row_lineage) return Ok();
    if (!snapshot.first_row_id || !snapshot.added_rows) {
      return InvalidArgument("snapshot of a version 3 table needs first-row-id and added-rows",
                             snapshot.id);
    }
    if (*snapshot.first_row_id < out_.next_row_id) {
      return Conflict("stale first row id of snapshot", *snapshot.first_row_id, out_.next_row_id);
    }
    if (*snapshot.added_rows < 0 || *snapshot.added_rows > INT64_MAX - *snapshot.first_row_id) {
      return InvalidArgument("snapshot that adds an impossible number of rows",
                             *snapshot.added_rows);
    }
    out_.next_row_id = *snapshot.first_row_id + *snapshot.added_rows;
    return Ok();
  }

  static Status Replace(std::vector<StatisticsFile>& files, const StatisticsFile& file) {
    FIRN_TRY(Remove(files, file.snapshot_id));
    files.push_back(file);
    return Ok();
  }
  static Status Remove(std::vector<StatisticsFile>& files, SnapshotId id) {
    EraseIf(files, [id](const StatisticsFile& file) { return file.snapshot_id == id; });
    return Ok();
  }

  // Leaves out snapshots that were current only within this list of updates. Only what these
  // updates added or removed is looked at, for the log may be long.
  void FinishSnapshotLog() {
    for (SnapshotLogEntry& entry : added_to_log_) {
      const bool passing = added_snapshots_.contains(entry.snapshot_id) &&
                           entry.snapshot_id != out_.current_snapshot_id;
      if (!passing) out_.snapshot_log.push_back(std::move(entry));
    }
    if (removed_snapshots_) EndLogAtRemoved();
  }

  // An entry whose snapshot is gone ends the history before it: asking for that time must not find
  // an older snapshot.
  void EndLogAtRemoved() {
    std::unordered_set<SnapshotId> present;
    for (const Snapshot& snapshot : out_.snapshots) {
      present.insert(snapshot.id);
    }
    const auto last_removed = std::find_if(
        out_.snapshot_log.rbegin(), out_.snapshot_log.rend(),
        [&present](const SnapshotLogEntry& entry) { return !present.contains(entry.snapshot_id); });
    auto ended = std::distance(out_.snapshot_log.begin(), last_removed.base());
    out_.snapshot_log.EraseIf([&ended](const SnapshotLogEntry&) { return ended-- > 0; });
  }

  TableMetadata out_;
  TimeMs now_;
  std::optional<SchemaId> added_schema_;
  std::optional<SpecId> added_spec_;
  std::optional<SortOrderId> added_order_;
  std::set<SnapshotId> added_snapshots_;
  std::vector<SnapshotLogEntry> added_to_log_;
  bool removed_snapshots_ = false;
  bool shape_changed_ = false;
};

}  // namespace

std::string_view ActionName(const TableUpdate& update) {
  static constexpr std::string_view kNames[] = {
      "assign-uuid",
      "upgrade-format-version",
      "add-schema",
      "set-current-schema",
      "remove-schemas",
      "add-spec",
      "set-default-spec",
      "remove-partition-specs",
      "add-sort-order",
      "set-default-sort-order",
      "add-snapshot",
      "set-snapshot-ref",
      "remove-snapshots",
      "remove-snapshot-ref",
      "set-location",
      "set-properties",
      "remove-properties",
      "set-statistics",
      "remove-statistics",
      "set-partition-statistics",
      "remove-partition-statistics",
      "add-encryption-key",
      "remove-encryption-key",
  };
  static_assert(std::size(kNames) == std::variant_size_v<TableUpdate>);
  return kNames[update.index()];
}

Result<TableMetadata> ApplyUpdates(TableMetadata base, std::span<const TableUpdate> updates,
                                   TimeMs now) {
  if (updates.empty()) return base;
  Applier applier(std::move(base), now);
  for (const TableUpdate& update : updates) {
    Status applied = std::visit(applier, update);
    if (!applied.ok()) return std::move(applied).error().Within(ActionName(update));
  }
  return std::move(applier).Finish();
}

std::vector<MetadataLogEntry> PushMetadataLog(TableMetadata& metadata, TimeMs replaced_updated,
                                              std::string replaced_location) {
  auto keep = metadata.IntProperty("write.metadata.previous-versions-max", kPreviousVersionsMax);
  const int64_t keep_max = std::max<int64_t>(keep ? *keep : kPreviousVersionsMax, 1);
  std::vector<MetadataLogEntry>& log = metadata.metadata_log;
  log.push_back({replaced_updated, std::move(replaced_location)});
  const auto excess = std::max<int64_t>(static_cast<int64_t>(log.size()) - keep_max, 0);
  const std::vector<MetadataLogEntry> cut(log.begin(), log.begin() + excess);
  log.erase(log.begin(), log.begin() + excess);
  return cut;
}

}  // namespace firn::table
