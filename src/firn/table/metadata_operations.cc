// SPDX-License-Identifier: Apache-2.0
//
// Operations that change what a table says of itself: properties, schema, partition spec and sort
// order. Files written before keep the schema and spec they were written with (spec, "Schema
// Evolution" and "Partition Evolution").

#include "firn/table/metadata_operations.h"

#include <algorithm>
#include <set>

namespace firn::table {
namespace {

// An operation that is a function of the metadata.
class MetadataOperation : public Operation {
 public:
  using PlanFunction = std::function<Status(const TableMetadata& base, CommitPlan& plan)>;

  explicit MetadataOperation(PlanFunction plan) : plan_(std::move(plan)) {}

  Result<CommitPlan> Plan(const TableMetadata& base, OperationContext /*unused*/) const override {
    CommitPlan plan;
    if (base.table_uuid) plan.requirements.emplace_back(AssertTableUuid{*base.table_uuid});
    FIRN_TRY(plan_(base, plan));
    return plan;
  }

 private:
  PlanFunction plan_;
};

std::unique_ptr<Operation> MakeOperation(MetadataOperation::PlanFunction plan) {
  return std::make_unique<MetadataOperation>(std::move(plan));
}

// "format-version" is no property: setting it upgrades the table.
Status TakeFormatVersion(std::map<std::string, std::string>& set, CommitPlan& plan) {
  const auto found = set.find("format-version");
  if (found == set.end()) return Ok();
  const int version = found->second.size() == 1 ? found->second[0] - '0' : 0;
  if (!IsFormatVersion(version)) return InvalidArgument("not a format version", found->second);
  plan.updates.emplace_back(UpgradeFormatVersion{version});
  set.erase(found);
  return Ok();
}

}  // namespace

std::unique_ptr<Operation> UpdateProperties(
    std::map<std::string, std::string> set, std::vector<std::string> remove,
    std::map<std::string, std::optional<std::string>> expected) {
  return MakeOperation([=](const TableMetadata& base, CommitPlan& plan) -> Status {
    for (const auto& [key, value] : expected) {
      const AssertProperty requirement{key, value};
      FIRN_TRY(Check(requirement, &base));
      plan.requirements.emplace_back(requirement);
    }
    std::map<std::string, std::string> updates = set;
    FIRN_TRY(TakeFormatVersion(updates, plan));
    if (!updates.empty()) plan.updates.emplace_back(SetProperties{std::move(updates)});
    if (!remove.empty()) plan.updates.emplace_back(RemoveProperties{remove});
    return Ok();
  });
}

std::unique_ptr<Operation> ExpectTable(const Uuid& uuid) {
  return MakeOperation([uuid](const TableMetadata& base, CommitPlan& plan) -> Status {
    const AssertTableUuid requirement{uuid};
    FIRN_TRY(Check(requirement, &base));
    plan.requirements.emplace_back(requirement);
    return Ok();
  });
}

std::unique_ptr<Operation> UpdateSchema(std::function<void(SchemaUpdate&)> edit) {
  return MakeOperation(
      [edit = std::move(edit)](const TableMetadata& base, CommitPlan& plan) -> Status {
        SchemaUpdate update(base.schema(), base.last_column_id, base.format_version);
        edit(update);
        FIRN_ASSIGN(Schema schema, update.Apply());
        FIRN_TRY(CheckPartitionsKeepValues(base.partition_specs, base.schema(), schema));
        plan.requirements.emplace_back(AssertCurrentSchemaId{base.current_schema_id});
        plan.requirements.emplace_back(AssertLastAssignedFieldId{base.last_column_id});
        if (schema.SameColumns(base.schema())) return Ok();
        plan.updates.emplace_back(AddSchema{std::move(schema), update.last_column_id()});
        plan.updates.emplace_back(SetCurrentSchema{});
        return Ok();
      });
}

std::unique_ptr<Operation> UpdateSpec(SpecChange change) {
  return MakeOperation([change = std::move(change)](const TableMetadata& base,
                                                    CommitPlan& plan) -> Status {
    FIRN_ASSIGN(
        PartitionSpec spec,
        EvolvePartitionSpec(base.spec(), change, base.schema(),
                            {base.partition_specs, base.last_partition_id, base.format_version}));
    plan.requirements.emplace_back(AssertDefaultSpecId{base.default_spec_id});
    plan.requirements.emplace_back(AssertLastAssignedPartitionId{base.last_partition_id});
    plan.updates.emplace_back(AddSpec{std::move(spec)});
    plan.updates.emplace_back(SetDefaultSpec{});
    return Ok();
  });
}

std::unique_ptr<Operation> ReplaceSortOrder(std::vector<SortFieldRequest> fields) {
  return MakeOperation(
      [fields = std::move(fields)](const TableMetadata& base, CommitPlan& plan) -> Status {
        SortOrder order;
        for (const SortFieldRequest& request : fields) {
          const NestedField* source = base.schema().FindByName(request.column);
          if (source == nullptr) return NotFound("no such column", request.column);
          order.fields.push_back(
              {source->id, request.transform, request.direction, request.null_order});
        }
        FIRN_TRY(CheckSortOrder(order, base.schema()));
        plan.requirements.emplace_back(AssertDefaultSortOrderId{base.default_sort_order_id});
        plan.updates.emplace_back(AddSortOrder{std::move(order)});
        plan.updates.emplace_back(SetDefaultSortOrder{});
        return Ok();
      });
}

namespace {

Status CheckSnapshotsExist(const TableMetadata& base, const std::vector<StatisticsFile>& files) {
  for (const StatisticsFile& file : files) {
    if (base.FindSnapshot(file.snapshot_id) != nullptr) continue;
    return NotFound("statistics of a snapshot the table does not have", file.snapshot_id);
  }
  return Ok();
}

// The operation that sets by `Set` and removes by `Remove`.
template <typename Set, typename Remove>
std::unique_ptr<Operation> StatisticsOperation(StatisticsChange change) {
  return MakeOperation(
      [change = std::move(change)](const TableMetadata& base, CommitPlan& plan) -> Status {
        FIRN_TRY(CheckSnapshotsExist(base, change.set));
        for (const StatisticsFile& file : change.set) {
          plan.updates.emplace_back(Set{file});
        }
        for (const SnapshotId snapshot : change.remove) {
          plan.updates.emplace_back(Remove{snapshot});
        }
        return Ok();
      });
}

Status CheckUnnamed(const TableMetadata& base, const HistoryRemoval& removal) {
  const std::set<std::string> leaving(removal.refs.begin(), removal.refs.end());
  const std::set<SnapshotId> gone(removal.snapshots.begin(), removal.snapshots.end());
  for (const auto& [name, ref] : base.refs) {
    if (leaving.contains(name) || !gone.contains(ref.snapshot_id)) continue;
    return Conflict("ref '" + name + "' needs a snapshot that is to be removed", ref.snapshot_id);
  }
  return Ok();
}

}  // namespace

std::unique_ptr<Operation> UpdateStatistics(StatisticsChange change) {
  return StatisticsOperation<SetStatistics, RemoveStatistics>(std::move(change));
}

std::unique_ptr<Operation> UpdatePartitionStatistics(StatisticsChange change) {
  return StatisticsOperation<SetPartitionStatistics, RemovePartitionStatistics>(std::move(change));
}

std::unique_ptr<Operation> RemoveHistory(
    std::function<Result<HistoryRemoval>(const TableMetadata&)> choose) {
  return MakeOperation(
      [choose = std::move(choose)](const TableMetadata& base, CommitPlan& plan) -> Status {
        FIRN_ASSIGN(const HistoryRemoval removal, choose(base));
        if (removal.refs.empty() && removal.snapshots.empty()) return Ok();
        FIRN_TRY(CheckUnnamed(base, removal));
        for (const auto& [name, ref] : base.refs) {
          plan.requirements.emplace_back(AssertRefSnapshotId{name, ref.snapshot_id});
        }
        for (const std::string& name : removal.refs) {
          if (name == kMainBranch) return InvalidArgument("the main branch cannot be removed");
          plan.updates.emplace_back(RemoveSnapshotRef{name});
        }
        plan.updates.emplace_back(RemoveSnapshots{removal.snapshots});
        return Ok();
      });
}

std::unique_ptr<Operation> RemoveHistory(HistoryRemoval removal) {
  return RemoveHistory([removal = std::move(removal)](
                           const TableMetadata&) -> Result<HistoryRemoval> { return removal; });
}

}  // namespace firn::table
