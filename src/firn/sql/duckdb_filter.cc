// SPDX-License-Identifier: Apache-2.0
//
// A recursive walk that carries one bit: whether the expression stands under an odd number of
// NOTs. So negation reaches the leaves and a leaf without counterpart can always be left out,
// which widens the filter: out of an AND only that side goes, out of an OR the whole OR.
//
// DuckDB sorts NaN above every number; so does Firn's evaluation of column metrics.

#include "firn/sql/duckdb_filter.h"

#include <optional>
#include <string>
#include <vector>

#include "duckdb/planner/expression/bound_between_expression.hpp"
#include "duckdb/planner/expression/bound_columnref_expression.hpp"
#include "duckdb/planner/expression/bound_comparison_expression.hpp"
#include "duckdb/planner/expression/bound_conjunction_expression.hpp"
#include "duckdb/planner/expression/bound_constant_expression.hpp"
#include "duckdb/planner/expression/bound_function_expression.hpp"
#include "duckdb/planner/expression/bound_operator_expression.hpp"
#include "firn/sql/duckdb_types.h"

namespace firn::sql {
namespace {

using duckdb::ExpressionClass;
using duckdb::ExpressionType;
using table::Expression;
using table::Literal;
using table::NestedField;
using table::Op;
using table::TypeId;
using Converted = std::optional<Expression>;

std::optional<Op> OpOf(ExpressionType type) {
  switch (type) {
    case ExpressionType::COMPARE_EQUAL:
      return Op::kEq;
    case ExpressionType::COMPARE_NOTEQUAL:
      return Op::kNotEq;
    case ExpressionType::COMPARE_LESSTHAN:
      return Op::kLt;
    case ExpressionType::COMPARE_LESSTHANOREQUALTO:
      return Op::kLtEq;
    case ExpressionType::COMPARE_GREATERTHAN:
      return Op::kGt;
    case ExpressionType::COMPARE_GREATERTHANOREQUALTO:
      return Op::kGtEq;
    default:
      return std::nullopt;
  }
}

Op Negated(Op op) {
  switch (op) {
    case Op::kEq:
      return Op::kNotEq;
    case Op::kNotEq:
      return Op::kEq;
    case Op::kLt:
      return Op::kGtEq;
    case Op::kLtEq:
      return Op::kGt;
    case Op::kGt:
      return Op::kLtEq;
    case Op::kGtEq:
      return Op::kLt;
    case Op::kIn:
      return Op::kNotIn;
    case Op::kNotIn:
      return Op::kIn;
    case Op::kIsNull:
      return Op::kNotNull;
    default:
      return Op::kIsNull;
  }
}

// a < b is b > a.
Op Mirrored(Op op) {
  switch (op) {
    case Op::kLt:
      return Op::kGt;
    case Op::kLtEq:
      return Op::kGtEq;
    case Op::kGt:
      return Op::kLt;
    case Op::kGtEq:
      return Op::kLtEq;
    default:
      return op;
  }
}

const duckdb::Value* ConstantOf(const duckdb::Expression& expression) {
  if (expression.GetExpressionClass() != ExpressionClass::BOUND_CONSTANT) return nullptr;
  return &expression.Cast<duckdb::BoundConstantExpression>().value;
}

// The text a LIKE pattern begins with: up to the first wildcard or escape.
std::string LiteralPrefix(const std::string& pattern) {
  return pattern.substr(0, pattern.find_first_of("%_\\"));
}

class FilterConverter {
 public:
  explicit FilterConverter(const FilterColumns& columns) : columns_(columns) {}

  Converted Convert(const duckdb::Expression& expression, bool negated) const {
    switch (expression.GetExpressionClass()) {
      case ExpressionClass::BOUND_CONJUNCTION:
        return Conjunction(expression.Cast<duckdb::BoundConjunctionExpression>(), negated);
      case ExpressionClass::BOUND_COMPARISON:
        return Comparison(expression.Cast<duckdb::BoundComparisonExpression>(), negated);
      case ExpressionClass::BOUND_BETWEEN:
        return Between(expression.Cast<duckdb::BoundBetweenExpression>(), negated);
      case ExpressionClass::BOUND_OPERATOR:
        return Operator(expression.Cast<duckdb::BoundOperatorExpression>(), negated);
      case ExpressionClass::BOUND_FUNCTION:
        if (const NestedField* field = FieldOf(expression)) return Flag(*field, negated);
        return Function(expression.Cast<duckdb::BoundFunctionExpression>(), negated);
      case ExpressionClass::BOUND_COLUMN_REF:
        if (const NestedField* field = FieldOf(expression)) return Flag(*field, negated);
        return std::nullopt;
      default:
        return std::nullopt;
    }
  }

 private:
  // The column or struct field an expression reads; null for anything else, and for one the
  // planner does not know.
  const NestedField* FieldOf(const duckdb::Expression& expression) const {
    const NestedField* field = FieldIn(expression);
    if (field == nullptr || columns_.plan_schema.FindField(field->id) == nullptr) return nullptr;
    return field;
  }

  const NestedField* FieldIn(const duckdb::Expression& expression) const {
    if (expression.GetExpressionClass() == ExpressionClass::BOUND_COLUMN_REF) {
      return ColumnOf(expression.Cast<duckdb::BoundColumnRefExpression>());
    }
    if (expression.GetExpressionClass() != ExpressionClass::BOUND_FUNCTION) return nullptr;
    const auto& function = expression.Cast<duckdb::BoundFunctionExpression>();
    if (function.function.name != "struct_extract" || function.children.size() != 2) return nullptr;
    const NestedField* parent = FieldIn(*function.children[0]);
    const duckdb::Value* name = ConstantOf(*function.children[1]);
    if (parent == nullptr || parent->type.id() != TypeId::kStruct || name == nullptr ||
        name->IsNull() || name->type().id() != duckdb::LogicalTypeId::VARCHAR) {
      return nullptr;
    }
    for (const NestedField& field : parent->type.fields()) {
      if (duckdb::StringUtil::CIEquals(field.name, duckdb::StringValue::Get(*name))) return &field;
    }
    return nullptr;
  }

  const NestedField* ColumnOf(const duckdb::BoundColumnRefExpression& reference) const {
    if (reference.depth != 0 || reference.binding.table_index != columns_.table_index ||
        reference.binding.column_index >= columns_.column_ids.size()) {
      return nullptr;
    }
    const duckdb::ColumnIndex& column = columns_.column_ids[reference.binding.column_index];
    if (!column.HasPrimaryIndex() || column.HasChildren() || column.IsVirtualColumn()) {
      return nullptr;
    }
    const auto& fields = columns_.schema.fields();
    const auto index = column.GetPrimaryIndex();
    return index < fields.size() ? &fields[index] : nullptr;
  }

  std::string NameOf(const NestedField& field) const {
    return std::string(columns_.plan_schema.NameOf(field.id));
  }

  Converted Compare(const NestedField* field, Op op, const duckdb::Value* constant) const {
    if (field == nullptr || constant == nullptr) return std::nullopt;
    const auto literal = FromDuckDb(*constant, field->type);
    if (!literal) return std::nullopt;
    return Expression::Compare(op, NameOf(*field), *literal);
  }

  Converted Comparison(const duckdb::BoundComparisonExpression& comparison, bool negated) const {
    auto op = OpOf(comparison.GetExpressionType());
    if (!op) return std::nullopt;
    if (negated) op = Negated(*op);
    if (const duckdb::Value* constant = ConstantOf(*comparison.right)) {
      return Compare(FieldOf(*comparison.left), *op, constant);
    }
    return Compare(FieldOf(*comparison.right), Mirrored(*op), ConstantOf(*comparison.left));
  }

  Converted Between(const duckdb::BoundBetweenExpression& between, bool negated) const {
    const NestedField* field = FieldOf(*between.input);
    const Op lower = between.lower_inclusive ? Op::kGtEq : Op::kGt;
    const Op upper = between.upper_inclusive ? Op::kLtEq : Op::kLt;
    return Join(Compare(field, negated ? Negated(lower) : lower, ConstantOf(*between.lower)),
                Compare(field, negated ? Negated(upper) : upper, ConstantOf(*between.upper)),
                !negated);
  }

  static Converted Join(Converted left, Converted right, bool conjunction) {
    if (!left || !right) {
      if (!conjunction) return std::nullopt;
      return left ? left : right;
    }
    return conjunction ? Expression::And(*std::move(left), *std::move(right))
                       : Expression::Or(*std::move(left), *std::move(right));
  }

  Converted Conjunction(const duckdb::BoundConjunctionExpression& conjunction, bool negated) const {
    const bool is_and =
        (conjunction.GetExpressionType() == ExpressionType::CONJUNCTION_AND) != negated;
    Converted all;
    bool first = true;
    for (const auto& child : conjunction.children) {
      Converted converted = Convert(*child, negated);
      all = first ? std::move(converted) : Join(std::move(all), std::move(converted), is_and);
      first = false;
      if (!is_and && !all) return std::nullopt;
    }
    return all;
  }

  Converted Operator(const duckdb::BoundOperatorExpression& expression, bool negated) const {
    switch (expression.GetExpressionType()) {
      case ExpressionType::OPERATOR_NOT:
        return Convert(*expression.children[0], !negated);
      case ExpressionType::OPERATOR_IS_NULL:
        return NullTest(*expression.children[0], negated ? Op::kNotNull : Op::kIsNull);
      case ExpressionType::OPERATOR_IS_NOT_NULL:
        return NullTest(*expression.children[0], negated ? Op::kIsNull : Op::kNotNull);
      case ExpressionType::COMPARE_IN:
        return Set(expression, negated ? Op::kNotIn : Op::kIn);
      case ExpressionType::COMPARE_NOT_IN:
        return Set(expression, negated ? Op::kIn : Op::kNotIn);
      default:
        return std::nullopt;
    }
  }

  // Only for columns: writers do not agree on how nulls inside a null struct are counted.
  Converted NullTest(const duckdb::Expression& child, Op op) const {
    if (child.GetExpressionClass() != ExpressionClass::BOUND_COLUMN_REF) return std::nullopt;
    const NestedField* field = FieldOf(child);
    if (field == nullptr || field->type.is_nested()) return std::nullopt;
    return Expression::Unary(op, NameOf(*field));
  }

  Converted Set(const duckdb::BoundOperatorExpression& expression, Op op) const {
    const NestedField* field = FieldOf(*expression.children[0]);
    if (field == nullptr) return std::nullopt;
    std::vector<Literal> literals;
    for (size_t i = 1; i < expression.children.size(); ++i) {
      const duckdb::Value* constant = ConstantOf(*expression.children[i]);
      const auto literal = constant == nullptr ? std::nullopt : FromDuckDb(*constant, field->type);
      if (!literal) return std::nullopt;
      literals.push_back(*literal);
    }
    if (literals.empty()) return std::nullopt;
    return Expression::Set(op, NameOf(*field), std::move(literals));
  }

  Converted Function(const duckdb::BoundFunctionExpression& function, bool negated) const {
    if (negated || function.children.size() != 2) return std::nullopt;
    const std::string& name = function.function.name;
    const bool prefix = name == "prefix" || name == "starts_with" || name == "^@";
    if (!prefix && name != "~~") return std::nullopt;
    const NestedField* field = FieldOf(*function.children[0]);
    const duckdb::Value* constant = ConstantOf(*function.children[1]);
    if (field == nullptr || field->type.id() != TypeId::kString || constant == nullptr ||
        constant->IsNull() || constant->type().id() != duckdb::LogicalTypeId::VARCHAR) {
      return std::nullopt;
    }
    std::string text = duckdb::StringValue::Get(*constant);
    if (!prefix) text = LiteralPrefix(text);
    if (text.empty()) return std::nullopt;
    return Expression::Compare(Op::kStartsWith, NameOf(*field), Literal::String(std::move(text)));
  }

  Converted Flag(const NestedField& field, bool negated) const {
    if (field.type.id() != TypeId::kBoolean) return std::nullopt;
    return Expression::Compare(Op::kEq, NameOf(field), Literal::Boolean(!negated));
  }

  const FilterColumns& columns_;
};

}  // namespace

Expression ToPruningFilter(const duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters,
                           const FilterColumns& columns) {
  const FilterConverter converter(columns);
  Expression all = Expression::True();
  for (const auto& filter : filters) {
    if (auto converted = converter.Convert(*filter, false)) {
      all = Expression::And(std::move(all), *std::move(converted));
    }
  }
  return all;
}

}  // namespace firn::sql
