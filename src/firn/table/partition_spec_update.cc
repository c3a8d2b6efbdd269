// SPDX-License-Identifier: Apache-2.0
//
// Drop first, then rename, then add: so a name or a field that goes may come back in one change.

#include "firn/table/partition_spec_update.h"

#include <algorithm>

#include "firn/table/format_rules.h"

namespace firn::table {
namespace {

bool IsVoid(const PartitionField& field) {
  return field.transform.kind() == Transform::Kind::kVoid;
}

class Evolution {
 public:
  Evolution(PartitionSpec spec, const Schema& schema, const SpecHistory& history)
      : spec_(std::move(spec)), schema_(schema), history_(history) {}

  Status Remove(const std::string& name) {
    FIRN_ASSIGN(PartitionField * field, Find(name));
    if (RulesOf(history_.format_version).drops_partition_fields) {
      spec_.fields.erase(spec_.fields.begin() + (field - spec_.fields.data()));
    } else {
      field->transform = Transform::Void();
    }
    return Ok();
  }

  Status Rename(const std::string& name, const std::string& next) {
    FIRN_ASSIGN(PartitionField * field, Find(name));
    field->name = next;
    return Ok();
  }

  Status Add(const PartitionFieldRequest& request) {
    const NestedField* source = schema_.FindByName(request.column);
    if (source == nullptr) return NotFound("no such column", request.column);
    PartitionField field;
    field.source_id = source->id;
    field.transform = request.transform;
    field.name = request.name.empty() ? DefaultPartitionName(request) : request.name;
    FIRN_TRY(CheckNotRedundant(spec_, field));
    FreeName(field.name);
    field.field_id = IdFor(field);
    spec_.fields.push_back(std::move(field));
    return Ok();
  }

  Result<PartitionSpec> Finish() && {
    FIRN_TRY(CheckPartitionSpec(spec_, schema_));
    return std::move(spec_);
  }

 private:
  Result<PartitionField*> Find(const std::string& name) {
    for (PartitionField& field : spec_.fields) {
      if (field.name == name && !IsVoid(field)) return &field;
    }
    return NotFound("no such partition field", name);
  }

  void FreeName(const std::string& name) {
    for (PartitionField& field : spec_.fields) {
      if (IsVoid(field) && field.name == name) field.name += "_" + field.field_id.ToString();
    }
  }

  // In version 1 ids say nothing but a place, so none comes back.
  FieldId IdFor(const PartitionField& field) {
    if (RulesOf(history_.format_version).drops_partition_fields) {
      if (const auto known = FindEqualField(history_.specs, field)) return *known;
    }
    last_id_ = std::max({last_id_, history_.last_partition_id, spec_.highest_field_id()});
    ++last_id_.value;
    return last_id_;
  }

  PartitionSpec spec_;
  const Schema& schema_;
  const SpecHistory& history_;
  FieldId last_id_{};
};

}  // namespace

std::string DefaultPartitionName(const PartitionFieldRequest& request) {
  std::string column = request.column;
  std::replace(column.begin(), column.end(), '.', '_');
  const Transform& transform = request.transform;
  switch (transform.kind()) {
    case Transform::Kind::kIdentity:
      return request.column;
    case Transform::Kind::kBucket:
      return column + "_bucket_" + std::to_string(transform.parameter());
    case Transform::Kind::kTruncate:
      return column + "_trunc_" + std::to_string(transform.parameter());
    case Transform::Kind::kVoid:
      return column + "_null";
    default:
      return column + "_" + transform.ToString();
  }
}

Status CheckNotRedundant(const PartitionSpec& spec, const PartitionField& next) {
  for (const PartitionField& field : spec.fields) {
    if (field.source_id != next.source_id || IsVoid(field)) continue;
    if (field.transform == next.transform ||
        (field.transform.is_temporal() && next.transform.is_temporal())) {
      return InvalidArgument("redundant partition fields", field.name, next.name);
    }
  }
  return Ok();
}

std::optional<FieldId> FindEqualField(const std::vector<PartitionSpec>& specs,
                                      const PartitionField& field) {
  for (const PartitionSpec& spec : specs) {
    for (const PartitionField& known : spec.fields) {
      if (known.source_id == field.source_id && known.transform == field.transform &&
          known.other_source_ids == field.other_source_ids) {
        return known.field_id;
      }
    }
  }
  return std::nullopt;
}

Result<PartitionSpec> EvolvePartitionSpec(const PartitionSpec& base, const SpecChange& change,
                                          const Schema& schema, const SpecHistory& history) {
  Evolution evolution(base, schema, history);
  for (const std::string& name : change.remove) {
    FIRN_TRY(evolution.Remove(name));
  }
  for (const auto& [name, next] : change.rename) {
    FIRN_TRY(evolution.Rename(name, next));
  }
  for (const PartitionFieldRequest& request : change.add) {
    FIRN_TRY(evolution.Add(request));
  }
  return std::move(evolution).Finish();
}

}  // namespace firn::table
