// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/table/ids.h"
#include "firn/table/literal.h"
#include "firn/table/schema.h"

namespace firn::table {

enum class Op : uint8_t {
  kTrue,
  kFalse,
  kAnd,
  kOr,
  kNot,
  kIsNull,
  kNotNull,
  kIsNan,
  kNotNan,
  kLt,
  kLtEq,
  kGt,
  kGtEq,
  kEq,
  kNotEq,
  kIn,
  kNotIn,
  kStartsWith,
  kNotStartsWith,
};

/// A row filter: an immutable tree, cheap to copy, thread-safe.
///
/// Made over column names; `Bind` resolves them against a schema. A row is kept when the whole is
/// true. As in SQL, no comparison with null is true (kNotEq, kNotIn and kNotStartsWith included);
/// NaN is greater than every number and equal to itself.
class Expression {
 public:
  Expression() : Expression(True()) {}
  static Expression True();
  static Expression False();
  /// Folds constants: And(True, x) is x.
  static Expression And(Expression left, Expression right);
  static Expression Or(Expression left, Expression right);
  static Expression Not(Expression child);
  /// A test without literal: kIsNull, kNotNull, kIsNan, kNotNan.
  static Expression Unary(Op op, std::string column);
  /// A comparison with one literal: kLt ... kNotEq, kStartsWith, kNotStartsWith.
  static Expression Compare(Op op, std::string column, Literal literal);
  /// kIn or kNotIn.
  static Expression Set(Op op, std::string column, std::vector<Literal> literals);
  /// A predicate that is bound already: `literals` are of the column's type.
  static Expression BoundPredicate(Op op, std::string column, FieldId field,
                                   std::vector<Literal> literals = {});

  Op op() const;
  bool is_true() const { return op() == Op::kTrue; }
  bool is_false() const { return op() == Op::kFalse; }
  bool is_predicate() const { return op() >= Op::kIsNull; }
  const Expression& left() const;   ///< Of kAnd, kOr, kNot.
  const Expression& right() const;  ///< Of kAnd, kOr.
  const std::string& column() const;
  const std::vector<Literal>& literals() const;
  const Literal& literal() const { return literals().front(); }
  /// The column once bound; unset before.
  std::optional<FieldId> field_id() const;

  /// Resolves names to field ids, converts literals to the columns' types, removes kNot, and folds
  /// what the types decide (a literal out of range, IS NULL of a required column).
  /// Errors: `kNotFound` for a column `schema` lacks; `kInvalidArgument` for a literal that does
  /// not fit its column or a nested column.
  Result<Expression> Bind(const Schema& schema, bool case_sensitive = true) const;

  /// Renders SQL-like text: (a = 1 AND b IS NULL).
  std::string ToString() const;

  friend bool operator==(const Expression& left, const Expression& right);

 private:
  struct Node;
  explicit Expression(std::shared_ptr<const Node> node) : node_(std::move(node)) {}

  std::shared_ptr<const Node> node_;
};

/// Evaluates a bound expression over one row; `value_of` gives a column's value or null.
bool EvaluateRow(const Expression& bound,
                 const std::function<std::optional<Literal>(FieldId)>& value_of);

}  // namespace firn::table
