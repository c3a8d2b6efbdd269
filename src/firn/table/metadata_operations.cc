// SPDX-License-Identifier: Apache-2.0
//
// Operations that change what a table says of itself: properties, schema, partition spec and sort
// order. No data file is touched; files written before keep the schema and spec they were written
// with (spec, "Schema Evolution" and "Partition Evolution").

#include <algorithm>
#include <utility>

#include "firn/table/operation.h"

namespace firn::table {
namespace {

// Every plan insists that the table is still the one it was planned on.
CommitPlan PlanOn(const TableMetadata& base) {
  CommitPlan plan;
  if (base.table_uuid) plan.requirements.emplace_back(AssertTableUuid{*base.table_uuid});
  return plan;
}

class UpdatePropertiesOperation : public Operation {
 public:
  UpdatePropertiesOperation(std::map<std::string, std::string> set, std::vector<std::string> remove,
                            std::map<std::string, std::optional<std::string>> expected)
      : set_(std::move(set)), remove_(std::move(remove)), expected_(std::move(expected)) {}

  Result<CommitPlan> Plan(const TableMetadata& base, OperationContext) const override {
    for (const auto& [key, wanted] : expected_) {
      const auto found = base.properties.find(key);
      const bool holds = wanted ? found != base.properties.end() && found->second == *wanted
                                : found == base.properties.end();
      if (!holds) return Conflict("a table property has changed meanwhile", key);
    }
    CommitPlan plan = PlanOn(base);
    if (!set_.empty()) plan.updates.emplace_back(SetProperties{set_});
    if (!remove_.empty()) plan.updates.emplace_back(RemoveProperties{remove_});
    return plan;
  }

 private:
  std::map<std::string, std::string> set_;
  std::vector<std::string> remove_;
  std::map<std::string, std::optional<std::string>> expected_;
};

class UpdateSchemaOperation : public Operation {
 public:
  explicit UpdateSchemaOperation(std::function<void(SchemaUpdate&)> edit)
      : edit_(std::move(edit)) {}

  Result<CommitPlan> Plan(const TableMetadata& base, OperationContext) const override {
    SchemaUpdate update(base.schema(), base.last_column_id);
    edit_(update);
    FIRN_ASSIGN(Schema schema, update.Apply());
    CommitPlan plan = PlanOn(base);
    plan.requirements.emplace_back(AssertCurrentSchemaId{base.current_schema_id});
    plan.requirements.emplace_back(AssertLastAssignedFieldId{base.last_column_id});
    plan.updates.emplace_back(AddSchema{std::move(schema), update.last_column_id()});
    plan.updates.emplace_back(SetCurrentSchema{});
    return plan;
  }

 private:
  std::function<void(SchemaUpdate&)> edit_;
};

// The fields that stay, as they would be asked for anew; their ids are found again by source and
// transform.
Result<std::vector<PartitionFieldRequest>> FieldsAfter(const TableMetadata& base,
                                                       const SpecChange& change) {
  std::vector<PartitionFieldRequest> fields;
  for (const PartitionField& field : base.spec().fields) {
    const bool removed =
        std::find(change.remove.begin(), change.remove.end(), field.name) != change.remove.end();
    if (removed) continue;
    fields.push_back(
        {std::string(base.schema().NameOf(field.source_id)), field.transform, field.name});
  }
  for (const std::string& name : change.remove) {
    const auto& present = base.spec().fields;
    const bool known = std::any_of(present.begin(), present.end(),
                                   [&](const PartitionField& field) { return field.name == name; });
    if (!known) return NotFound("the table is not partitioned by", name);
  }
  fields.insert(fields.end(), change.add.begin(), change.add.end());
  return fields;
}

class UpdateSpecOperation : public Operation {
 public:
  explicit UpdateSpecOperation(SpecChange change) : change_(std::move(change)) {}

  Result<CommitPlan> Plan(const TableMetadata& base, OperationContext) const override {
    FIRN_ASSIGN(const std::vector<PartitionFieldRequest> fields, FieldsAfter(base, change_));
    SpecId id{};
    for (const PartitionSpec& spec : base.partition_specs)
      id = std::max(id, spec.id);
    FIRN_ASSIGN(PartitionSpec spec,
                BuildPartitionSpec(SpecId(id.value + 1), base.schema(), fields,
                                   base.partition_specs, base.last_partition_id));
    CommitPlan plan = PlanOn(base);
    plan.requirements.emplace_back(AssertDefaultSpecId{base.default_spec_id});
    plan.requirements.emplace_back(AssertLastAssignedPartitionId{base.last_partition_id});
    plan.updates.emplace_back(AddSpec{std::move(spec)});
    plan.updates.emplace_back(SetDefaultSpec{});
    return plan;
  }

 private:
  SpecChange change_;
};

class ReplaceSortOrderOperation : public Operation {
 public:
  explicit ReplaceSortOrderOperation(std::vector<SortFieldRequest> fields)
      : fields_(std::move(fields)) {}

  Result<CommitPlan> Plan(const TableMetadata& base, OperationContext) const override {
    SortOrder order;
    for (const SortFieldRequest& request : fields_) {
      const NestedField* source = base.schema().FindByName(request.column);
      if (source == nullptr) return NotFound("no column to sort by", request.column);
      order.fields.push_back(
          {source->id, request.transform, request.direction, request.null_order});
    }
    if (!order.is_unsorted()) {
      for (const SortOrder& known : base.sort_orders)
        order.id = std::max(order.id, known.id);
      ++order.id.value;
    }
    FIRN_TRY(CheckSortOrder(order, base.schema()));
    CommitPlan plan = PlanOn(base);
    plan.requirements.emplace_back(AssertDefaultSortOrderId{base.default_sort_order_id});
    plan.updates.emplace_back(AddSortOrder{std::move(order)});
    plan.updates.emplace_back(SetDefaultSortOrder{});
    return plan;
  }

 private:
  std::vector<SortFieldRequest> fields_;
};

}  // namespace

std::unique_ptr<Operation> UpdateProperties(
    std::map<std::string, std::string> set, std::vector<std::string> remove,
    std::map<std::string, std::optional<std::string>> expected) {
  return std::make_unique<UpdatePropertiesOperation>(std::move(set), std::move(remove),
                                                     std::move(expected));
}

std::unique_ptr<Operation> UpdateSchema(std::function<void(SchemaUpdate&)> edit) {
  return std::make_unique<UpdateSchemaOperation>(std::move(edit));
}

std::unique_ptr<Operation> UpdateSpec(SpecChange change) {
  return std::make_unique<UpdateSpecOperation>(std::move(change));
}

std::unique_ptr<Operation> ReplaceSortOrder(std::vector<SortFieldRequest> fields) {
  return std::make_unique<ReplaceSortOrderOperation>(std::move(fields));
}

}  // namespace firn::table
