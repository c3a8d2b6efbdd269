// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/json.h"
#include "firn/base/result.h"
#include "firn/table/ids.h"
#include "firn/table/nested_field.h"
#include "firn/table/type.h"

namespace firn::table {

/// The columns of a table at one time. Immutable and cheap to copy; thread-safe.
class Schema {
 public:
  Schema();  ///< No columns, id 0.

  /// Makes a schema after checking it: ids unique and not negative, names unique within a struct,
  /// identifier fields required primitives (no float, no double) outside lists and maps, defaults
  /// of the field's own type (of a struct null or {}), unknown columns optional.
  /// Errors: `kInvalidArgument`, naming the field.
  static Result<Schema> Make(SchemaId id, std::vector<NestedField> fields,
                             std::vector<FieldId> identifier_field_ids = {});

  SchemaId id() const { return id_; }
  const std::vector<NestedField>& fields() const;
  const std::vector<FieldId>& identifier_field_ids() const { return identifier_field_ids_; }

  /// Finds a field at any depth; null where there is none. Valid as long as this schema.
  const NestedField* FindField(FieldId id) const;
  /// Finds a field by its dotted name: "a.b", list elements as "a.element", map entries as
  /// "a.key" and "a.value". Names that hold dots themselves are found as written.
  const NestedField* FindByName(std::string_view name, bool case_sensitive = true) const;
  /// The dotted name of a field; empty where there is none.
  std::string_view NameOf(FieldId id) const;
  /// The field that holds `id`; unset for columns and unknown ids.
  std::optional<FieldId> ParentOf(FieldId id) const;
  /// All field ids, ascending.
  std::vector<FieldId> FieldIds() const;
  FieldId highest_field_id() const;

  /// The same columns under another id.
  Schema WithId(SchemaId id) const;
  /// Fields of its JSON that this version does not know, written back; null where there are none.
  const Json& unknown() const { return unknown_; }
  Schema WithUnknown(Json unknown) const;
  /// Tells whether columns and identifier fields are equal; ids of the schemas do not count.
  bool SameColumns(const Schema& other) const;
  /// Renders one line per column for people.
  std::string ToString() const;

  friend bool operator==(const Schema& left, const Schema& right) {
    return left.id_ == right.id_ && left.SameColumns(right) && left.unknown_ == right.unknown_;
  }

 private:
  struct Index;

  SchemaId id_{};
  std::vector<FieldId> identifier_field_ids_;
  std::shared_ptr<const Index> index_;
  Json unknown_;
};

/// Checks that a table of `format_version` may have `schema`: its types and defaults, and no id
/// that is reserved for metadata columns (spec, "Reserved Field IDs").
/// Errors: `kInvalidArgument`, naming the column.
Status CheckSchemaOfVersion(const Schema& schema, int format_version);

/// Gives every field a new id, counting from `first` in the order the spec's table creation uses
/// (the fields of a struct before what they hold), and maps identifier fields along.
Schema AssignFreshIds(const Schema& schema, FieldId first = FieldId(1));

/// Gives every field inside `type` a new id in the same order, counting up from `last`, which
/// becomes the last one given.
Type AssignFreshIds(const Type& type, FieldId& last);

}  // namespace firn::table
