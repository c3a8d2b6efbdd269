// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/embedded.h"
#include "firn/base/result.h"

namespace firn::pipeline {

/// What a run does to the table of a model.
enum class ModelKind {
  kAppend,               ///< Adds the rows made from the changes.
  kMerge,                ///< Recomputes the groups that changes touch, and those alone.
  kReplace,              ///< Recomputes all rows whenever an input changed.
  kOverwritePartitions,  ///< Recomputes the partitions that changes touch.
  kView,                 ///< A query with a name; nothing is stored.
  kNative,               ///< Rows come from an object of the program, see `NativeModel`.
};

/// The word for a kind in a header: "overwrite_partitions".
std::string_view KindWord(ModelKind kind);

/// What happens when rows break a check.
enum class OnViolation { kWarn, kFail, kQuarantine };

/// A rule that the rows a run writes must keep.
struct Check {
  enum class Rule { kNotNull, kUnique, kAcceptedValues, kExpression };

  std::string name;  ///< Unique within its model.
  Rule rule = Rule::kNotNull;
  std::vector<std::string> columns;  ///< One, or for unique one or more.
  std::vector<std::string> values;   ///< Of accepted_values.
  std::string expression;            ///< SQL that is true for a good row; null counts as good.
  OnViolation on_violation = OnViolation::kFail;
  int line = 0;
};

/// A column of a model's table; `type` is written as Iceberg names types, see column_type.h.
struct ColumnSpec {
  std::string name;
  std::string type;
  bool required = false;
  std::string doc;
  int line = 0;
};

/// A table that a model reads.
struct ModelInput {
  std::string table;
  /// SQL over the relation `changes` (rows that came or went, with the columns named in `columns`)
  /// giving the groups (values of the model's `scope`) to compute again. Empty: changes of this
  /// input do not start anything.
  std::string touches;
  bool touches_all = false;          ///< Any change computes the whole table again.
  std::vector<std::string> columns;  ///< What `touches` reads; a change elsewhere is none.
  int line = 0;
};

/// A file of values beside the models; a relation of text columns, named by its stem.
struct Seed {
  std::string name;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  std::string fingerprint;  ///< Of its bytes.
};

/// A table, or view, and how it is made.
struct Model {
  std::string name;  ///< "silver.api_calls"
  ModelKind kind = ModelKind::kReplace;
  std::string description;
  std::vector<ModelInput> inputs;
  std::vector<std::string> seeds;
  std::vector<std::string> keys;   ///< Identify a row; a merge or native model has them.
  std::vector<std::string> scope;  ///< Columns of a group that is computed as one; default `keys`.
  std::string sequence_by;         ///< Of two rows with one key the larger stays (native models).
  std::string native;  ///< The object that writes the rows; several models may share it.
  std::vector<ColumnSpec> columns;
  std::vector<std::string> partition_by;  ///< "platform", "month(date)", "bucket(16, user_id)"
  std::map<std::string, std::vector<std::string>> partition_by_scale;  ///< Overrides by lake scale.
  std::vector<std::string> sort_by;                                    ///< "date", "user_id desc"
  std::map<std::string, std::string> properties;
  std::vector<Check> checks;
  std::string sql;
  std::string file;
  std::string fingerprint;  ///< Changes when header or SQL do; a change computes the table anew.

  /// The partitioning at `scale`: the scale's own, else that of the nearest smaller scale.
  const std::vector<std::string>& PartitionAt(std::string_view scale) const;
};

/// A piece of SQL with parameters, which queries and models call by its name, unqualified.
struct Macro {
  enum class Gives { kValue, kTable };

  std::string name;  ///< "avg_query_time"; one macro may give a value, another a table.
  Gives gives = Gives::kValue;
  std::string description;
  std::vector<std::string> parameters;
  std::string sql;  ///< A query; of one row and one column where it gives a value.
  std::string file;
};

/// A folder of models that belong together. Models stand in an order in which each comes after all
/// of the package that it reads.
struct Package {
  std::string name;
  std::string version;
  std::string description;
  std::vector<Model> models;
  std::vector<Seed> seeds;
  std::vector<Macro> macros;

  const Model* Find(std::string_view table) const;
  const Seed* FindSeed(std::string_view name) const;
  const Macro* FindMacro(std::string_view name, Macro::Gives gives) const;
};

/// What of a package is read.
enum class PackageParts {
  kAll,
  kNames,  ///< Its views and macros, which questions call; files without any are passed over.
};

/// Reads a package from its files: `package.yaml`, models and macros as `*.sql` (a comment
/// `/* ... */` that holds a YAML header, then one query), models also as `*.yaml` (a header alone),
/// seeds as `*.csv`.
///
/// Strict: keys, kinds and checks it does not know are errors that name file and line.
/// Errors: `kInvalidArgument`, also where models read each other in a circle.
Result<Package> ReadPackage(std::span<const EmbeddedFile> files,
                            PackageParts parts = PackageParts::kAll);

/// Values of a lake's configuration that models may name; an unset one is a null.
using Variables = std::map<std::string, std::optional<std::string>>;

/// Puts values in the place of `${name}` in the SQL of models and macros, as literals. The
/// fingerprint of a model covers the values it reads: another value computes its table anew.
/// Errors: `kInvalidArgument`, naming the file, for a variable that `values` does not have.
Status BindVariables(Package& package, const Variables& values);

/// Puts models in an order in which each comes after those it reads; equals stay sorted by name.
/// Errors: `kInvalidArgument` naming the circle.
Status OrderModels(std::vector<Model>& models);

}  // namespace firn::pipeline
