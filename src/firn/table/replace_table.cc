// SPDX-License-Identifier: Apache-2.0
//
// Making and replacing a table are lists of updates like all others, so what follows in the same
// commit is planned on the table they give.

#include "firn/table/replace_table.h"

#include <string>
#include <utility>
#include <vector>

namespace firn::table {
namespace {

// Numbers the columns of a replacement: those of the same name and type are the same columns.
class ColumnIds {
 public:
  explicit ColumnIds(const TableMetadata& base)
      : before_(base.schema()), last_(base.last_column_id) {}

  std::vector<NestedField> Renumber(std::vector<NestedField> fields, const std::string& prefix) {
    for (NestedField& field : fields) {
      field.id = IdOf(field, prefix + field.name);
    }
    for (NestedField& field : fields) {
      field.type = Renumber(field.type, prefix + field.name + ".");
    }
    return fields;
  }

  FieldId last() const { return last_; }

 private:
  FieldId IdOf(const NestedField& field, const std::string& name) {
    const NestedField* known = before_.FindByName(name);
    const bool same = known != nullptr && known->type.id() == field.type.id() &&
                      (field.type.is_nested() || known->type == field.type);
    return same ? known->id : FieldId(++last_.value);
  }

  Type Renumber(const Type& type, const std::string& prefix) {
    if (type.is_primitive()) return type;
    std::vector<NestedField> fields = Renumber(type.fields(), prefix);
    if (type.id() == TypeId::kStruct) return Type::Struct(std::move(fields));
    if (type.id() == TypeId::kList) return Type::List(std::move(fields[0]));
    return Type::Map(std::move(fields[0]), std::move(fields[1]));
  }

  const Schema& before_;
  FieldId last_;
};

FieldId NewIdOf(const Schema& before, const Schema& after, FieldId id) {
  return after.FindByName(before.NameOf(id))->id;
}

Result<Schema> NewSchema(const Schema& wanted, ColumnIds& ids) {
  std::vector<NestedField> fields = ids.Renumber(wanted.fields(), "");
  FIRN_ASSIGN(const Schema plain, Schema::Make(SchemaId(0), fields));
  std::vector<FieldId> identifiers;
  for (const FieldId id : wanted.identifier_field_ids()) {
    identifiers.push_back(NewIdOf(wanted, plain, id));
  }
  return Schema::Make(SchemaId(0), std::move(fields), std::move(identifiers));
}

// The spec over the new columns; its fields get their ids when it is added.
PartitionSpec NewSpec(const NewTable& table, const Schema& schema) {
  PartitionSpec spec = table.spec;
  for (PartitionField& field : spec.fields) {
    field.source_id = NewIdOf(table.schema, schema, field.source_id);
    field.field_id = FieldId(0);
  }
  return spec;
}

SortOrder NewSortOrder(const NewTable& table, const Schema& schema) {
  SortOrder order = table.sort_order;
  for (SortField& field : order.fields) {
    field.source_id = NewIdOf(table.schema, schema, field.source_id);
  }
  return order;
}

Status TakeFormatVersion(std::map<std::string, std::string>& properties, int present,
                         std::vector<TableUpdate>& updates) {
  const auto found = properties.find("format-version");
  if (found == properties.end()) return Ok();
  if (found->second != "1" && found->second != "2" && found->second != "3") {
    return InvalidArgument("not a format version", found->second);
  }
  const int wanted = found->second[0] - '0';
  if (wanted > present) updates.emplace_back(UpgradeFormatVersion{wanted});
  properties.erase(found);
  return Ok();
}

void AddShape(Schema schema, FieldId last_column_id, PartitionSpec spec, SortOrder order,
              std::vector<TableUpdate>& updates) {
  updates.emplace_back(AddSchema{std::move(schema), last_column_id});
  updates.emplace_back(SetCurrentSchema{});
  updates.emplace_back(AddSpec{std::move(spec)});
  updates.emplace_back(SetDefaultSpec{});
  updates.emplace_back(AddSortOrder{std::move(order)});
  updates.emplace_back(SetDefaultSortOrder{});
}

Result<std::vector<TableUpdate>> ReplacementUpdates(const TableMetadata& base,
                                                    const NewTable& table) {
  FIRN_TRY(CheckPartitionSpec(table.spec, table.schema));
  FIRN_TRY(CheckSortOrder(table.sort_order, table.schema));
  std::vector<TableUpdate> updates;
  std::map<std::string, std::string> properties = table.properties;
  FIRN_TRY(TakeFormatVersion(properties, base.format_version, updates));
  ColumnIds ids(base);
  FIRN_ASSIGN(const Schema schema, NewSchema(table.schema, ids));
  updates.emplace_back(RemoveSnapshotRef{std::string(kMainBranch)});
  AddShape(schema, ids.last(), NewSpec(table, schema), NewSortOrder(table, schema), updates);
  if (!table.location.empty()) updates.emplace_back(SetLocation{table.location});
  if (!properties.empty()) updates.emplace_back(SetProperties{std::move(properties)});
  return updates;
}

class CreateTableOperation : public Operation {
 public:
  explicit CreateTableOperation(TableMetadata staged) : staged_(std::move(staged)) {}

  bool makes_table() const override { return true; }

  Result<CommitPlan> Plan(const TableMetadata& base, OperationContext) const override {
    if (!base.schemas.empty()) return AlreadyExists("table exists", base.location);
    CommitPlan plan;
    plan.requirements.emplace_back(AssertCreate{});
    if (staged_.table_uuid) plan.updates.emplace_back(AssignUuid{*staged_.table_uuid});
    if (staged_.format_version > base.format_version) {
      plan.updates.emplace_back(UpgradeFormatVersion{staged_.format_version});
    }
    AddShape(staged_.schema(), staged_.last_column_id, staged_.spec(), staged_.sort_order(),
             plan.updates);
    plan.updates.emplace_back(SetLocation{staged_.location});
    if (!staged_.properties.empty()) {
      plan.updates.emplace_back(SetProperties{staged_.properties});
    }
    return plan;
  }

 private:
  TableMetadata staged_;
};

class ReplaceTableOperation : public Operation {
 public:
  ReplaceTableOperation(NewTable table, const TableMetadata& staged)
      : table_(std::move(table)),
        uuid_(staged.table_uuid),
        schema_(staged.schema()),
        spec_(staged.spec()) {}

  Result<CommitPlan> Plan(const TableMetadata& base, OperationContext context) const override {
    if (base.table_uuid != uuid_) return Conflict("the table is another one by now", base.location);
    FIRN_ASSIGN(const auto now, StageReplacement(base, table_, context.env.NowMs()));
    if (!now.schema().SameColumns(schema_) || now.spec() != spec_) {
      return Conflict("the table changed while its replacement was written", base.location);
    }
    CommitPlan plan;
    if (base.table_uuid) plan.requirements.emplace_back(AssertTableUuid{*base.table_uuid});
    plan.requirements.emplace_back(AssertCurrentSchemaId{base.current_schema_id});
    plan.requirements.emplace_back(AssertLastAssignedFieldId{base.last_column_id});
    plan.requirements.emplace_back(AssertDefaultSpecId{base.default_spec_id});
    plan.requirements.emplace_back(AssertLastAssignedPartitionId{base.last_partition_id});
    plan.requirements.emplace_back(AssertDefaultSortOrderId{base.default_sort_order_id});
    FIRN_ASSIGN(plan.updates, ReplacementUpdates(base, table_));
    return plan;
  }

 private:
  NewTable table_;
  std::optional<Uuid> uuid_;
  Schema schema_;
  PartitionSpec spec_;
};

}  // namespace

std::unique_ptr<Operation> CreateTable(TableMetadata staged) {
  return std::make_unique<CreateTableOperation>(std::move(staged));
}

Result<TableMetadata> StageReplacement(const TableMetadata& base, const NewTable& table,
                                       TimeMs now) {
  FIRN_ASSIGN(const auto updates, ReplacementUpdates(base, table));
  return ApplyUpdates(base, updates, now);
}

std::unique_ptr<Operation> ReplaceTable(NewTable table, const TableMetadata& staged) {
  return std::make_unique<ReplaceTableOperation>(std::move(table), staged);
}

}  // namespace firn::table
