// SPDX-License-Identifier: Apache-2.0
//
// Changes are kept by field id and applied in one walk over the schema: drop, then change, then
// add at the end of each struct, then move (spec, "Schema Evolution").

#include "firn/table/schema_update.h"

#include <algorithm>

#include "firn/table/format_rules.h"

namespace firn::table {
namespace {

constexpr FieldId kTable{0};

// The field whose type is the struct that columns are added to: a list's element, a map's value.
const NestedField& StructOf(const NestedField& field) {
  if (field.type.id() == TypeId::kList) return field.type.element();
  if (field.type.id() == TypeId::kMap) return field.type.value();
  return field;
}

std::string JoinName(std::string_view prefix, std::string_view name) {
  return prefix.empty() ? std::string(name) : std::string(prefix) + "." + std::string(name);
}

}  // namespace

// Walks the base schema and makes the changed one.
class SchemaUpdate::Rebuilder {
 public:
  explicit Rebuilder(const SchemaUpdate& update) : update_(update) {}

  Result<std::vector<NestedField>> Fields(FieldId parent, const std::vector<NestedField>& fields) {
    std::vector<NestedField> kept;
    for (const NestedField& field : fields) {
      if (update_.dropped_.contains(field.id)) continue;
      FIRN_ASSIGN(NestedField rebuilt, Field(field));
      kept.push_back(std::move(rebuilt));
    }
    if (const auto added = update_.added_.find(parent); added != update_.added_.end()) {
      kept.insert(kept.end(), added->second.begin(), added->second.end());
    }
    if (const auto moves = update_.moves_.find(parent); moves != update_.moves_.end()) {
      for (const Move& move : moves->second) {
        FIRN_TRY(Apply(move, kept));
      }
    }
    return kept;
  }

 private:
  Result<NestedField> Field(const NestedField& field) {
    const auto changed = update_.changed_.find(field.id);
    NestedField rebuilt = changed == update_.changed_.end() ? field : changed->second;
    if (!field.type.is_nested()) return rebuilt;  // Or it became nested, out of unknown.
    FIRN_ASSIGN(std::vector<NestedField> fields, Fields(field.id, field.type.fields()));
    switch (field.type.id()) {
      case TypeId::kStruct:
        rebuilt.type = Type::Struct(std::move(fields));
        break;
      case TypeId::kList:
        rebuilt.type = Type::List(std::move(fields.front()));
        break;
      default:
        rebuilt.type = Type::Map(std::move(fields.front()), std::move(fields.back()));
    }
    return rebuilt;
  }

  static Status Apply(const Move& move, std::vector<NestedField>& fields) {
    const auto find = [&fields](FieldId id) {
      return std::find_if(fields.begin(), fields.end(),
                          [id](const NestedField& field) { return field.id == id; });
    };
    const auto from = find(move.field);
    if (from == fields.end()) return NotFound("field to move is gone", move.field);
    NestedField field = std::move(*from);
    fields.erase(from);
    auto to = fields.begin();
    if (move.place != Move::Place::kFirst) {
      to = find(move.sibling);
      if (to == fields.end()) return NotFound("field to move to is gone", move.sibling);
      if (move.place == Move::Place::kAfter) ++to;
    }
    fields.insert(to, std::move(field));
    return Ok();
  }

  const SchemaUpdate& update_;
};

SchemaUpdate::SchemaUpdate(Schema schema, FieldId last_column_id, int format_version)
    : base_(std::move(schema)),
      last_column_id_(std::max(last_column_id, base_.highest_field_id())),
      format_version_(format_version) {}

void SchemaUpdate::Fail(Error error) {
  if (error_.ok()) error_ = std::move(error);
}

const NestedField* SchemaUpdate::Resolve(std::string_view name) {
  const NestedField* field = base_.FindByName(name);
  if (field == nullptr || dropped_.contains(field->id)) {
    Fail(NotFound("no such column", name));
    return nullptr;
  }
  return field;
}

NestedField& SchemaUpdate::Changed(const NestedField& field) {
  return changed_.try_emplace(field.id, field).first->second;
}

void SchemaUpdate::Add(std::string_view parent, NestedField field) {
  FieldId holder = kTable;
  std::string prefix(parent);
  if (!parent.empty()) {
    const NestedField* found = Resolve(parent);
    if (found == nullptr) return;
    const NestedField& target = StructOf(*found);
    if (target.type.id() != TypeId::kStruct) {
      return Fail(InvalidArgument("columns cannot be added to a column that is no struct", parent));
    }
    holder = target.id;
    prefix = base_.NameOf(holder);
  }
  if (const Status fits = CheckDefaults(field); !fits) return Fail(fits.error());
  const std::string name = JoinName(prefix, field.name);
  const NestedField* present = base_.FindByName(name);
  if ((present != nullptr && !dropped_.contains(present->id)) || added_names_.contains(name)) {
    return Fail(InvalidArgument("column exists", name));
  }
  field.id = FieldId(++last_column_id_.value);
  field.type = AssignFreshIds(field.type, last_column_id_);
  added_names_.emplace(name, std::pair(field.id, holder));
  added_[holder].push_back(std::move(field));
}

Status SchemaUpdate::CheckDefaults(const NestedField& field) const {
  if (FormatVersionOf(field.type.id()) > format_version_) {
    return InvalidArgument("type needs a newer format version", field.name, field.type);
  }
  const bool has_default = field.initial_default || field.write_default;
  if (has_default && !RulesOf(format_version_).default_values) {
    return InvalidArgument("defaults need format version 3", field.name);
  }
  for (const NestedField& below : field.type.fields()) {
    FIRN_TRY(CheckDefaults(below));
  }
  return Ok();
}

SchemaUpdate& SchemaUpdate::AddColumn(std::string_view parent, std::string name, Type type,
                                      std::string doc) {
  NestedField field = NestedField::Optional(0, std::move(name), std::move(type));
  field.doc = std::move(doc);
  Add(parent, std::move(field));
  return *this;
}

SchemaUpdate& SchemaUpdate::AddRequiredColumn(std::string_view parent, std::string name, Type type,
                                              std::optional<Literal> initial_default,
                                              bool allow_incompatible) {
  if (!initial_default && !allow_incompatible) {
    Fail(InvalidArgument("a required column needs a default for the rows that are there", name));
  }
  NestedField field = NestedField::Required(0, std::move(name), std::move(type));
  field.write_default = initial_default;
  field.initial_default = std::move(initial_default);
  Add(parent, std::move(field));
  return *this;
}

SchemaUpdate& SchemaUpdate::AddField(std::string_view parent, NestedField field) {
  if (field.required && !field.initial_default) {
    Fail(InvalidArgument("a required column needs a default for the rows that are there",
                         field.name));
  }
  if (!field.write_default) field.write_default = field.initial_default;
  Add(parent, std::move(field));
  return *this;
}

SchemaUpdate& SchemaUpdate::Drop(std::string_view name) {
  const NestedField* field = Resolve(name);
  if (field == nullptr) return *this;
  const auto parent = base_.ParentOf(field->id);
  if (parent && base_.FindField(*parent)->type.id() != TypeId::kStruct) {
    Fail(InvalidArgument("an element, key or value cannot be dropped", name));
  } else if (changed_.contains(field->id) || added_.contains(field->id)) {
    Fail(InvalidArgument("a column that is changed cannot be dropped", name));
  } else {
    dropped_.insert(field->id);
  }
  return *this;
}

SchemaUpdate& SchemaUpdate::Rename(std::string_view name, std::string new_name) {
  const NestedField* field = Resolve(name);
  if (field == nullptr) return *this;
  const auto parent = base_.ParentOf(field->id);
  if (parent && base_.FindField(*parent)->type.id() != TypeId::kStruct) {
    Fail(InvalidArgument("an element, key or value cannot be renamed", name));
  } else {
    Changed(*field).name = std::move(new_name);
  }
  return *this;
}

SchemaUpdate& SchemaUpdate::UpdateType(std::string_view name, Type type) {
  const NestedField* field = Resolve(name);
  if (field == nullptr) return *this;
  if (Status promoted = Promote(Changed(*field), std::move(type)); !promoted) {
    Fail(std::move(promoted).error().Within("column '" + std::string(name) + "'"));
  }
  return *this;
}

Status SchemaUpdate::Promote(NestedField& field, Type type) {
  if (!field.type.is_primitive() || !IsPromotionAllowed(field.type, type, format_version_)) {
    return InvalidArgument("cannot change its type",
                           field.type.ToString() + " to " + type.ToString());
  }
  for (auto* value : {&field.initial_default, &field.write_default}) {
    if (!*value) continue;
    FIRN_ASSIGN(*value, (*value)->CastTo(type));
  }
  field.type = AssignFreshIds(type, last_column_id_);  // Out of unknown, it may be nested.
  return CheckDefaults(field);
}

SchemaUpdate& SchemaUpdate::UpdateWriteDefault(std::string_view name,
                                               std::optional<Literal> value) {
  const NestedField* field = Resolve(name);
  if (field == nullptr) return *this;
  NestedField& changed = Changed(*field);
  changed.write_default = std::move(value);
  if (const Status fits = CheckDefaults(changed); !fits) Fail(fits.error());
  return *this;
}

SchemaUpdate& SchemaUpdate::UpdateDoc(std::string_view name, std::string doc) {
  if (const NestedField* field = Resolve(name)) Changed(*field).doc = std::move(doc);
  return *this;
}

SchemaUpdate& SchemaUpdate::MakeOptional(std::string_view name) {
  const NestedField* field = Resolve(name);
  if (field == nullptr) return *this;
  const auto parent = base_.ParentOf(field->id);
  const NestedField* holder = parent ? base_.FindField(*parent) : nullptr;
  if (holder != nullptr && holder->type.id() == TypeId::kMap &&
      holder->type.key().id == field->id) {
    Fail(InvalidArgument("a map's key is always required", name));
  } else {
    Changed(*field).required = false;
  }
  return *this;
}

SchemaUpdate& SchemaUpdate::MakeRequired(std::string_view name, bool allow_incompatible) {
  const NestedField* field = Resolve(name);
  if (field == nullptr || field->required) return *this;
  if (!allow_incompatible) {
    Fail(InvalidArgument("rows may hold nulls: a column cannot become required", name));
  }
  Changed(*field).required = true;
  return *this;
}

std::optional<std::pair<FieldId, FieldId>> SchemaUpdate::FindWithParent(
    std::string_view name) const {
  if (const auto added = added_names_.find(name); added != added_names_.end()) {
    return added->second;
  }
  const NestedField* field = base_.FindByName(name);
  if (field == nullptr || dropped_.contains(field->id)) return std::nullopt;
  return std::pair(field->id, base_.ParentOf(field->id).value_or(kTable));
}

void SchemaUpdate::AddMove(std::string_view name, Move::Place place, std::string_view sibling) {
  const auto field = FindWithParent(name);
  if (!field) return Fail(NotFound("no such column", name));
  const NestedField* holder = base_.FindField(field->second);
  if (holder != nullptr && holder->type.id() != TypeId::kStruct) {
    return Fail(InvalidArgument("only fields of structs can be moved", name));
  }
  Move move{field->first, place, {}};
  if (place != Move::Place::kFirst) {
    const auto beside = FindWithParent(sibling);
    if (!beside) return Fail(NotFound("no such column", sibling));
    if (beside->second != field->second || beside->first == field->first) {
      return Fail(InvalidArgument("a column moves only among its siblings", name, sibling));
    }
    move.sibling = beside->first;
  }
  moves_[field->second].push_back(move);
}

SchemaUpdate& SchemaUpdate::MoveFirst(std::string_view name) {
  AddMove(name, Move::Place::kFirst, {});
  return *this;
}

SchemaUpdate& SchemaUpdate::MoveBefore(std::string_view name, std::string_view before) {
  AddMove(name, Move::Place::kBefore, before);
  return *this;
}

SchemaUpdate& SchemaUpdate::MoveAfter(std::string_view name, std::string_view after) {
  AddMove(name, Move::Place::kAfter, after);
  return *this;
}

SchemaUpdate& SchemaUpdate::SetIdentifierFields(std::vector<std::string> names) {
  identifier_names_ = std::move(names);
  return *this;
}

SchemaUpdate& SchemaUpdate::UnionByName(const Schema& other) {
  UnionFields(other.fields(), "");
  return *this;
}

void SchemaUpdate::UnionFields(const std::vector<NestedField>& fields, const std::string& prefix) {
  for (const NestedField& theirs : fields) {
    const std::string name = JoinName(prefix, theirs.name);
    const NestedField* ours = base_.FindByName(name);
    if (ours != nullptr) {
      UnionField(*ours, theirs, name);
    } else {
      AddColumn(prefix, theirs.name, theirs.type, theirs.doc);
    }
  }
}

void SchemaUpdate::UnionField(const NestedField& ours, const NestedField& theirs,
                              const std::string& name) {
  if (ours.required && !theirs.required) MakeOptional(name);
  if (ours.type.is_nested() && ours.type.id() == theirs.type.id()) {
    return UnionFields(theirs.type.fields(), name);
  }
  const bool narrower =
      theirs.type.is_primitive() && IsPromotionAllowed(theirs.type, ours.type, kFormatVersionMax);
  if (!narrower) UpdateType(name, theirs.type);
}

Result<std::vector<FieldId>> SchemaUpdate::Identifiers(
    const std::vector<NestedField>& fields) const {
  if (!identifier_names_) return base_.identifier_field_ids();
  FIRN_ASSIGN(const Schema schema, Schema::Make(base_.id(), fields));
  std::vector<FieldId> ids;
  for (const std::string& name : *identifier_names_) {
    const NestedField* field = schema.FindByName(name);
    if (field == nullptr) return NotFound("no such identifier column", name);
    ids.push_back(field->id);
  }
  return ids;
}

Result<Schema> SchemaUpdate::Apply() const {
  if (!error_.ok()) return error_.error();
  FIRN_ASSIGN(std::vector<NestedField> fields, Rebuilder(*this).Fields(kTable, base_.fields()));
  FIRN_ASSIGN(std::vector<FieldId> identifiers, Identifiers(fields));
  FIRN_ASSIGN(Schema schema, Schema::Make(base_.id(), std::move(fields), std::move(identifiers)));
  return schema.WithUnknown(base_.unknown());
}

}  // namespace firn::table
