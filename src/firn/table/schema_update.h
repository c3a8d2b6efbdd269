// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
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
  /// Starts from `schema`; new fields get ids above `last_column_id`.
  SchemaUpdate(Schema schema, FieldId last_column_id);

  /// Adds an optional field to the struct named `parent` ("" = the table). Nested types get new
  /// ids.
  SchemaUpdate& AddColumn(std::string_view parent, std::string name, Type type,
                          std::string doc = {});
  /// Adds a required field: allowed only where `initial_default` is given (v3) or
  /// `allow_incompatible`.
  SchemaUpdate& AddRequiredColumn(std::string_view parent, std::string name, Type type,
                                  std::optional<Literal> initial_default = {},
                                  bool allow_incompatible = false);
  SchemaUpdate& Drop(std::string_view name);
  SchemaUpdate& Rename(std::string_view name, std::string new_name);
  /// Widens a primitive type; only promotions of the spec are allowed.
  SchemaUpdate& UpdateType(std::string_view name, Type type);
  SchemaUpdate& UpdateDoc(std::string_view name, std::string doc);
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
  struct Change;

  SchemaUpdate& Try(Status status);
  NestedField* Find(std::string_view name);

  Schema base_;
  std::vector<NestedField> fields_;
  std::vector<std::string> identifier_names_;
  std::optional<std::vector<FieldId>> identifier_ids_;
  FieldId last_column_id_;
  Status error_;
};

}  // namespace firn::table
