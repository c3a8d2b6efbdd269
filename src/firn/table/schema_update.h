// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "firn/base/result.h"
#include "firn/table/schema.h"

namespace firn::table {

/// Collects changes to a schema and applies them together (spec, "Schema Evolution").
///
/// Columns are named as they are in the schema given, dotted for nested ones ("a.b",
/// "tags.element.k"). Errors are kept and returned by `Apply`, so calls chain.
class SchemaUpdate {
 public:
  /// Starts from `schema`; new fields get ids above `last_column_id`. What may change depends on
  /// the table's format version.
  SchemaUpdate(Schema schema, FieldId last_column_id, int format_version);

  /// Adds an optional field to the struct named `parent` ("" = the table). Nested types get new
  /// ids.
  SchemaUpdate& AddColumn(std::string_view parent, std::string name, Type type,
                          std::string doc = {});
  /// Adds a required field: allowed only where `initial_default` is given (v3) or
  /// `allow_incompatible`.
  SchemaUpdate& AddRequiredColumn(std::string_view parent, std::string name, Type type,
                                  std::optional<Literal> initial_default = {},
                                  bool allow_incompatible = false);
  /// Adds `field` as it is described, under a new id: with its doc and, in version 3, its initial
  /// default, which never changes again and is the write default too unless that is given. A
  /// required field needs both.
  SchemaUpdate& AddField(std::string_view parent, NestedField field);
  SchemaUpdate& Drop(std::string_view name);
  SchemaUpdate& Rename(std::string_view name, std::string new_name);
  /// Widens a primitive type, and its defaults with it; only promotions of the spec are allowed.
  /// Where the column is partitioned by, `CheckPartitionsKeepValues` must allow it too.
  SchemaUpdate& UpdateType(std::string_view name, Type type);
  SchemaUpdate& UpdateDoc(std::string_view name, std::string doc);
  /// Sets what is written for rows whose writer gives no value; unset = null. Rows written before
  /// stay as they are.
  SchemaUpdate& UpdateWriteDefault(std::string_view name, std::optional<Literal> value);
  SchemaUpdate& MakeOptional(std::string_view name);
  SchemaUpdate& MakeRequired(std::string_view name, bool allow_incompatible = false);
  SchemaUpdate& MoveFirst(std::string_view name);
  SchemaUpdate& MoveBefore(std::string_view name, std::string_view before);
  SchemaUpdate& MoveAfter(std::string_view name, std::string_view after);
  SchemaUpdate& SetIdentifierFields(std::vector<std::string> names);
  /// Adds every column of `other` that is missing (matched by name, at any depth) and widens types
  /// where that is a promotion.
  SchemaUpdate& UnionByName(const Schema& other);

  /// The schema after all changes, under the id of the one given.
  /// Errors: `kInvalidArgument` or `kNotFound`, of the first change that cannot be made.
  Result<Schema> Apply() const;
  /// The highest field id ever given out, new ones included.
  FieldId last_column_id() const { return last_column_id_; }

 private:
  // Where a field goes among its siblings.
  struct Move {
    enum class Place : uint8_t { kFirst, kBefore, kAfter };
    FieldId field{};
    Place place = Place::kFirst;
    FieldId sibling{};
  };
  class Rebuilder;

  void Fail(Error error);
  // A field of the base schema that is not dropped; null (and the error kept) where there is none.
  const NestedField* Resolve(std::string_view name);
  // The field as changed so far.
  NestedField& Changed(const NestedField& field);
  void Add(std::string_view parent, NestedField field);
  // Whether every default below `field` may be there in this format version.
  Status CheckDefaults(const NestedField& field) const;
  Status Promote(NestedField& field, Type type);
  void AddMove(std::string_view name, Move::Place place, std::string_view sibling);
  // The id of a field of the base schema or an added one, and of the field that holds it.
  std::optional<std::pair<FieldId, FieldId>> FindWithParent(std::string_view name) const;
  void UnionFields(const std::vector<NestedField>& fields, const std::string& prefix);
  void UnionField(const NestedField& ours, const NestedField& theirs, const std::string& name);
  Result<std::vector<FieldId>> Identifiers(const std::vector<NestedField>& fields) const;

  Schema base_;
  FieldId last_column_id_;
  int format_version_;
  std::map<FieldId, NestedField> changed_;
  std::set<FieldId> dropped_;
  std::map<FieldId, std::vector<NestedField>> added_;  // By parent; 0 = the table.
  std::map<std::string, std::pair<FieldId, FieldId>, std::less<>> added_names_;
  std::map<FieldId, std::vector<Move>> moves_;  // By parent.
  std::optional<std::vector<std::string>> identifier_names_;
  Status error_;
};

}  // namespace firn::table
