// SPDX-License-Identifier: Apache-2.0

#include "firn/table/expression.h"

#include <algorithm>

namespace firn::table {

struct Expression::Node {
  Op op = Op::kTrue;
  std::vector<Expression> children;
  std::string column;
  std::optional<FieldId> field_id;
  std::vector<Literal> literals;
};

namespace {

std::string_view SymbolOf(Op op) {
  switch (op) {
    case Op::kIsNull:
      return " IS NULL";
    case Op::kNotNull:
      return " IS NOT NULL";
    case Op::kIsNan:
      return " IS NAN";
    case Op::kNotNan:
      return " IS NOT NAN";
    case Op::kLt:
      return " < ";
    case Op::kLtEq:
      return " <= ";
    case Op::kGt:
      return " > ";
    case Op::kGtEq:
      return " >= ";
    case Op::kEq:
      return " = ";
    case Op::kNotEq:
      return " <> ";
    case Op::kIn:
      return " IN ";
    case Op::kNotIn:
      return " NOT IN ";
    case Op::kStartsWith:
      return " STARTS WITH ";
    case Op::kNotStartsWith:
      return " NOT STARTS WITH ";
    default:
      return "";
  }
}

std::string Quoted(const Literal& literal) {
  if (std::holds_alternative<bool>(literal.value()) ||
      (literal.type().id() >= TypeId::kInt && literal.type().id() <= TypeId::kDecimal)) {
    return literal.ToString();
  }
  std::string text = "'";
  for (const char letter : literal.ToString()) {
    text += letter;
    if (letter == '\'') text += letter;
  }
  return text + "'";
}

bool IsUnary(Op op) {
  return op >= Op::kIsNull && op <= Op::kNotNan;
}
bool IsSet(Op op) {
  return op == Op::kIn || op == Op::kNotIn;
}

bool TestNumberOrder(Op op, std::partial_ordering order) {
  switch (op) {
    case Op::kLt:
      return order < 0;
    case Op::kLtEq:
      return order <= 0;
    case Op::kGt:
      return order > 0;
    case Op::kGtEq:
      return order >= 0;
    case Op::kEq:
      return order == 0;
    default:
      return order != 0;
  }
}

// NaN is greater than every number and equal to itself.
std::partial_ordering TotalOrder(const Literal& left, const Literal& right) {
  if (left.is_nan() || right.is_nan()) return left.is_nan() <=> right.is_nan();
  return table::Compare(left, right);
}

bool TestValue(const Expression& predicate, const Literal& value) {
  const auto equal = [&value](const Literal& literal) { return TotalOrder(value, literal) == 0; };
  const auto& literals = predicate.literals();
  switch (predicate.op()) {
    case Op::kNotNull:
      return true;
    case Op::kIsNull:
      return false;
    case Op::kIsNan:
      return value.is_nan();
    case Op::kNotNan:
      return !value.is_nan();
    case Op::kIn:
      return std::any_of(literals.begin(), literals.end(), equal);
    case Op::kNotIn:
      return std::none_of(literals.begin(), literals.end(), equal);
    case Op::kStartsWith:
      return value.bytes().starts_with(predicate.literal().bytes());
    case Op::kNotStartsWith:
      return !value.bytes().starts_with(predicate.literal().bytes());
    default:
      return TestNumberOrder(predicate.op(), TotalOrder(value, predicate.literal()));
  }
}

}  // namespace

Expression Expression::True() {
  static const auto kNode = std::make_shared<const Node>(Node{Op::kTrue, {}, {}, {}, {}});
  return Expression(kNode);
}

Expression Expression::False() {
  static const auto kNode = std::make_shared<const Node>(Node{Op::kFalse, {}, {}, {}, {}});
  return Expression(kNode);
}

Expression Expression::And(Expression left, Expression right) {
  if (left.is_false() || right.is_true()) return left;
  if (right.is_false() || left.is_true()) return right;
  return Expression(std::make_shared<const Node>(
      Node{Op::kAnd, {std::move(left), std::move(right)}, {}, {}, {}}));
}

Expression Expression::Or(Expression left, Expression right) {
  if (left.is_true() || right.is_false()) return left;
  if (right.is_true() || left.is_false()) return right;
  return Expression(
      std::make_shared<const Node>(Node{Op::kOr, {std::move(left), std::move(right)}, {}, {}, {}}));
}

Expression Expression::Not(Expression child) {
  if (child.is_true()) return False();
  if (child.is_false()) return True();
  return Expression(std::make_shared<const Node>(Node{Op::kNot, {std::move(child)}, {}, {}, {}}));
}

Expression Expression::Unary(Op op, std::string column) {
  FIRN_ASSERT(IsUnary(op));
  return Expression(std::make_shared<const Node>(Node{op, {}, std::move(column), {}, {}}));
}

Expression Expression::Compare(Op op, std::string column, Literal literal) {
  FIRN_ASSERT(op >= Op::kLt && !IsSet(op));
  return Expression(
      std::make_shared<const Node>(Node{op, {}, std::move(column), {}, {std::move(literal)}}));
}

Expression Expression::Set(Op op, std::string column, std::vector<Literal> literals) {
  FIRN_ASSERT(IsSet(op));
  return Expression(
      std::make_shared<const Node>(Node{op, {}, std::move(column), {}, std::move(literals)}));
}

Expression Expression::BoundPredicate(Op op, std::string column, FieldId field,
                                      std::vector<Literal> literals) {
  FIRN_ASSERT(op >= Op::kIsNull);
  return Expression(
      std::make_shared<const Node>(Node{op, {}, std::move(column), field, std::move(literals)}));
}

Op Expression::op() const {
  return node_->op;
}
const Expression& Expression::left() const {
  return node_->children.front();
}
const Expression& Expression::right() const {
  return node_->children.back();
}
const std::string& Expression::column() const {
  return node_->column;
}
const std::vector<Literal>& Expression::literals() const {
  return node_->literals;
}
std::optional<FieldId> Expression::field_id() const {
  return node_->field_id;
}

std::string Expression::ToString() const {
  switch (op()) {
    case Op::kTrue:
      return "true";
    case Op::kFalse:
      return "false";
    case Op::kNot:
      return "NOT " + left().ToString();
    case Op::kAnd:
      return "(" + left().ToString() + " AND " + right().ToString() + ")";
    case Op::kOr:
      return "(" + left().ToString() + " OR " + right().ToString() + ")";
    default:
      break;
  }
  std::string text = column() + std::string(SymbolOf(op()));
  if (IsUnary(op())) return text;
  if (!IsSet(op())) return text + Quoted(literal());
  text += "(";
  for (const Literal& item : literals()) {
    if (&item != &literals().front()) text += ", ";
    text += Quoted(item);
  }
  return text + ")";
}

bool operator==(const Expression& left, const Expression& right) {
  if (left.node_ == right.node_) return true;
  const auto& a = *left.node_;
  const auto& b = *right.node_;
  return a.op == b.op && a.column == b.column && a.field_id == b.field_id &&
         a.literals == b.literals && a.children == b.children;
}

bool EvaluateRow(const Expression& bound,
                 const std::function<std::optional<Literal>(FieldId)>& value_of) {
  switch (bound.op()) {
    case Op::kTrue:
      return true;
    case Op::kFalse:
      return false;
    case Op::kAnd:
      return EvaluateRow(bound.left(), value_of) && EvaluateRow(bound.right(), value_of);
    case Op::kOr:
      return EvaluateRow(bound.left(), value_of) || EvaluateRow(bound.right(), value_of);
    case Op::kNot:
      FIRN_ASSERT(bound.op() != Op::kNot);
      return false;  // Bind removed it.
    default:
      break;
  }
  FIRN_ASSERT(bound.field_id().has_value());
  const std::optional<Literal> value = value_of(*bound.field_id());
  if (!value) return bound.op() == Op::kIsNull;
  return TestValue(bound, *value);
}

}  // namespace firn::table
