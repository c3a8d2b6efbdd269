// SPDX-License-Identifier: Apache-2.0

#include "firn/table/schema.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <unordered_map>

#include "firn/table/format_rules.h"

namespace firn::table {
namespace {

constexpr FieldId kHighestColumnId{INT32_MAX - 200};

// Whether a field of `type` may have this default (spec, "Default values").
bool IsDefaultOf(const Type& type, const Literal& value) {
  if (type.id() == TypeId::kStruct) return value.is_field_defaults();
  return type.has_literals() && value.type() == type;
}

Status CheckField(const NestedField& field, const std::string& name) {
  if (field.type.id() == TypeId::kUnknown && field.required) {
    return InvalidArgument("a column of unknown type cannot be required", name);
  }
  for (const auto* value : {&field.initial_default, &field.write_default}) {
    if (*value && !IsDefaultOf(field.type, **value)) {
      return InvalidArgument("not a default of type " + field.type.ToString(), name, **value);
    }
  }
  return Ok();
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& letter : lower) {
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return lower;
}

}  // namespace

// Where each field is, by id and by name. Pointers lead into `root`, which never changes.
struct Schema::Index {
  struct Entry {
    const NestedField* field = nullptr;
    std::string name;
    std::optional<FieldId> parent;
  };

  explicit Index(std::vector<NestedField> columns) : root(std::move(columns)) {}

  Status Add(const std::vector<NestedField>& fields, const std::string& prefix,
             std::optional<FieldId> parent) {
    std::set<std::string_view> names;
    for (const NestedField& field : fields) {
      if (field.name.empty()) return InvalidArgument("field without a name, id", field.id);
      if (!names.insert(field.name).second) {
        return InvalidArgument("two fields of one name", prefix + field.name);
      }
      FIRN_TRY(AddField(field, prefix + field.name, parent));
    }
    return Ok();
  }

  Status AddField(const NestedField& field, const std::string& name,
                  std::optional<FieldId> parent) {
    if (field.id.value < 0) return InvalidArgument("field id is negative", name, field.id);
    FIRN_TRY(CheckField(field, name));
    if (!by_id.emplace(field.id, Entry{&field, name, parent}).second) {
      return InvalidArgument("two fields of one id", name, field.id);
    }
    by_name.emplace(name, field.id);
    by_lower_name.emplace(LowerCase(name), field.id);
    return Add(field.type.fields(), name + ".", field.id);
  }

  std::vector<NestedField> root;
  std::map<FieldId, Entry> by_id;
  std::unordered_map<std::string, FieldId> by_name, by_lower_name;
};

namespace {

// Why `id` cannot identify rows; "" if it can.
std::string_view WhyNoIdentifier(const Schema& schema, FieldId id) {
  const NestedField* field = schema.FindField(id);
  if (field == nullptr) return "is not in the schema";
  if (!field->type.is_primitive()) return "is nested";
  if (!field->type.has_literals()) return "has no values to compare";
  if (field->type.id() == TypeId::kFloat || field->type.id() == TypeId::kDouble) {
    return "is a float or double";
  }
  for (std::optional<FieldId> at = id; at; at = schema.ParentOf(*at)) {
    const NestedField* part = schema.FindField(*at);
    if (!part->required) return "is optional";
    if (part->type.id() == TypeId::kList || part->type.id() == TypeId::kMap) {
      return "is inside a list or map";
    }
  }
  return "";
}

class FreshIds {
 public:
  explicit FreshIds(FieldId first) : next_(first) {}

  // Siblings are numbered before what they hold.
  std::vector<NestedField> Renumber(std::vector<NestedField> fields) {
    for (NestedField& field : fields) {
      renamed_.emplace(field.id, next_);
      field.id = next_;
      ++next_.value;
    }
    for (NestedField& field : fields) {
      field.type = Renumber(field.type);
    }
    return fields;
  }

  FieldId NewIdOf(FieldId old) const { return renamed_.at(old); }
  FieldId next() const { return next_; }

  Type Renumber(const Type& type) {
    switch (type.id()) {
      case TypeId::kStruct:
        return Type::Struct(Renumber(type.fields()));
      case TypeId::kList:
        return Type::List(Renumber(type.fields()).front());
      case TypeId::kMap: {
        std::vector<NestedField> entry = Renumber(type.fields());
        return Type::Map(std::move(entry.front()), std::move(entry.back()));
      }
      default:
        return type;
    }
  }

 private:
  FieldId next_;
  std::map<FieldId, FieldId> renamed_;
};

}  // namespace

Schema::Schema() : index_(std::make_shared<const Index>(std::vector<NestedField>())) {}

Result<Schema> Schema::Make(SchemaId id, std::vector<NestedField> fields,
                            std::vector<FieldId> identifier_field_ids) {
  auto index = std::make_shared<Index>(std::move(fields));
  FIRN_TRY(index->Add(index->root, "", std::nullopt));
  Schema schema;
  schema.id_ = id;
  schema.index_ = std::move(index);
  std::sort(identifier_field_ids.begin(), identifier_field_ids.end());
  for (const FieldId identifier : identifier_field_ids) {
    const std::string_view why = WhyNoIdentifier(schema, identifier);
    if (!why.empty()) {
      return InvalidArgument("identifier field " + std::string(why), schema.NameOf(identifier),
                             identifier);
    }
  }
  schema.identifier_field_ids_ = std::move(identifier_field_ids);
  return schema;
}

const std::vector<NestedField>& Schema::fields() const {
  return index_->root;
}

const NestedField* Schema::FindField(FieldId id) const {
  const auto found = index_->by_id.find(id);
  return found == index_->by_id.end() ? nullptr : found->second.field;
}

const NestedField* Schema::FindByName(std::string_view name, bool case_sensitive) const {
  const auto& names = case_sensitive ? index_->by_name : index_->by_lower_name;
  const auto found = names.find(case_sensitive ? std::string(name) : LowerCase(name));
  return found == names.end() ? nullptr : FindField(found->second);
}

std::string_view Schema::NameOf(FieldId id) const {
  const auto found = index_->by_id.find(id);
  return found == index_->by_id.end() ? std::string_view() : found->second.name;
}

std::optional<FieldId> Schema::ParentOf(FieldId id) const {
  const auto found = index_->by_id.find(id);
  return found == index_->by_id.end() ? std::nullopt : found->second.parent;
}

std::vector<FieldId> Schema::FieldIds() const {
  std::vector<FieldId> ids;
  ids.reserve(index_->by_id.size());
  for (const auto& [id, entry] : index_->by_id) {
    ids.push_back(id);
  }
  return ids;
}

FieldId Schema::highest_field_id() const {
  return index_->by_id.empty() ? FieldId(0) : index_->by_id.rbegin()->first;
}

Schema Schema::WithUnknown(Json unknown) const {
  Schema copy = *this;
  copy.unknown_ = std::move(unknown);
  return copy;
}

Schema Schema::WithId(SchemaId id) const {
  Schema copy = *this;
  copy.id_ = id;
  return copy;
}

bool Schema::SameColumns(const Schema& other) const {
  return identifier_field_ids_ == other.identifier_field_ids_ &&
         (index_ == other.index_ || fields() == other.fields());
}

std::string Schema::ToString() const {
  std::string text;
  for (const NestedField& field : fields()) {
    text += field.id.ToString() + ": " + field.name + ": " +
            (field.required ? "required " : "optional ") + field.type.ToString();
    text += field.doc.empty() ? "\n" : " (" + field.doc + ")\n";
  }
  return text;
}

Status CheckSchemaOfVersion(const Schema& schema, int format_version) {
  for (const FieldId id : schema.FieldIds()) {
    const NestedField& field = *schema.FindField(id);
    if (id > kHighestColumnId) {
      return InvalidArgument("field id is reserved for metadata columns", schema.NameOf(id), id);
    }
    if (FormatVersionOf(field.type.id()) > format_version) {
      return InvalidArgument("type needs a newer format version", schema.NameOf(id), field.type);
    }
    if (field.initial_default && !RulesOf(format_version).default_values) {
      return InvalidArgument("initial default needs format version 3", schema.NameOf(id));
    }
  }
  return Ok();
}

Schema AssignFreshIds(const Schema& schema, FieldId first) {
  FreshIds ids(first);
  std::vector<NestedField> fields = ids.Renumber(schema.fields());
  std::vector<FieldId> identifiers;
  for (const FieldId old : schema.identifier_field_ids()) {
    identifiers.push_back(ids.NewIdOf(old));
  }
  auto renumbered = Schema::Make(schema.id(), std::move(fields), std::move(identifiers));
  FIRN_ASSERT(renumbered.has_value());  // Only ids changed, and those are unique.
  return *std::move(renumbered);
}

Type AssignFreshIds(const Type& type, FieldId& last) {
  FreshIds ids(FieldId(last.value + 1));
  Type renumbered = ids.Renumber(type);
  last.value = ids.next().value - 1;
  return renumbered;
}

}  // namespace firn::table
