// SPDX-License-Identifier: Apache-2.0
//
// Binding: names to field ids, literals to column types, NOT pushed down to the predicates (which
// three-valued logic allows, because the negated predicates are not true for null either).
// A literal beyond the range of its column decides the comparison; so does NaN, the greatest.

#include <algorithm>

#include "firn/table/expression.h"

namespace firn::table {
namespace {

Op Negated(Op op) {
  switch (op) {
    case Op::kIsNull:
      return Op::kNotNull;
    case Op::kNotNull:
      return Op::kIsNull;
    case Op::kIsNan:
      return Op::kNotNan;
    case Op::kNotNan:
      return Op::kIsNan;
    case Op::kLt:
      return Op::kGtEq;
    case Op::kLtEq:
      return Op::kGt;
    case Op::kGt:
      return Op::kLtEq;
    case Op::kGtEq:
      return Op::kLt;
    case Op::kEq:
      return Op::kNotEq;
    case Op::kNotEq:
      return Op::kEq;
    case Op::kIn:
      return Op::kNotIn;
    case Op::kNotIn:
      return Op::kIn;
    case Op::kStartsWith:
      return Op::kNotStartsWith;
    default:
      return Op::kStartsWith;
  }
}

bool IsNegative(const Literal& literal) {
  switch (literal.type().id()) {
    case TypeId::kFloat:
      return literal.float32() < 0;
    case TypeId::kDouble:
      return literal.float64() < 0;
    case TypeId::kDecimal:
      return literal.decimal() < 0;
    case TypeId::kInt:
    case TypeId::kDate:
      return literal.int32() < 0;
    default:
      return std::holds_alternative<int64_t>(literal.value()) && literal.int64() < 0;
  }
}

// Where a literal lies, seen from its column's type.
enum class Place : uint8_t { kInRange, kAbove, kBelow };

struct Converted {
  Place place = Place::kInRange;
  std::optional<Literal> literal;  // Set when in range.
};

Result<Converted> Convert(const Literal& literal, const Type& type) {
  auto cast = literal.CastTo(type);
  if (cast) return Converted{Place::kInRange, *std::move(cast)};
  if (cast.error().kind != ErrorKind::kResourceExhausted) return std::move(cast).error();
  return Converted{IsNegative(literal) ? Place::kBelow : Place::kAbove, std::nullopt};
}

class Binder {
 public:
  Binder(const Schema& schema, bool case_sensitive)
      : schema_(schema), case_sensitive_(case_sensitive) {}

  Result<Expression> Bind(const Expression& expression, bool negated) {
    switch (expression.op()) {
      case Op::kTrue:
        return negated ? Expression::False() : Expression::True();
      case Op::kFalse:
        return negated ? Expression::True() : Expression::False();
      case Op::kNot:
        return Bind(expression.left(), !negated);
      case Op::kAnd:
      case Op::kOr: {
        FIRN_ASSIGN(Expression left, Bind(expression.left(), negated));
        FIRN_ASSIGN(Expression right, Bind(expression.right(), negated));
        return (expression.op() == Op::kAnd) != negated
                   ? Expression::And(std::move(left), std::move(right))
                   : Expression::Or(std::move(left), std::move(right));
      }
      default:
        return BindPredicate(expression, negated);
    }
  }

 private:
  Result<Expression> BindPredicate(const Expression& predicate, bool negated) {
    const NestedField* field = schema_.FindByName(predicate.column(), case_sensitive_);
    if (field == nullptr) return NotFound("no such column", predicate.column());
    if (!field->type.is_primitive()) {
      return InvalidArgument("no filter over a nested column", predicate.column());
    }
    bool required = true;
    for (std::optional<FieldId> at = field->id; at; at = schema_.ParentOf(*at)) {
      const NestedField* part = schema_.FindField(*at);
      required = required && part->required;
      if (part->type.id() == TypeId::kList || part->type.id() == TypeId::kMap) {
        return InvalidArgument("no filter inside a list or map", predicate.column());
      }
    }
    return BindTo({field, std::string(schema_.NameOf(field->id)), required},
                  negated ? Negated(predicate.op()) : predicate.op(), predicate.literals());
  }

  struct Column {
    const NestedField* field;
    std::string name;
    bool required;

    Expression Test(Op op, std::vector<Literal> literals = {}) const {
      return Expression::BoundPredicate(op, name, field->id, std::move(literals));
    }
    Expression NotNull() const { return required ? Expression::True() : Test(Op::kNotNull); }
    bool is_float() const {
      return field->type.id() == TypeId::kFloat || field->type.id() == TypeId::kDouble;
    }
  };

  static Result<Expression> BindTo(const Column& column, Op op,
                                   const std::vector<Literal>& literals) {
    switch (op) {
      case Op::kIsNull:
        return column.required ? Expression::False() : column.Test(op);
      case Op::kNotNull:
        return column.NotNull();
      case Op::kIsNan:
        return column.is_float() ? column.Test(op) : Expression::False();
      case Op::kNotNan:
        return column.is_float() ? column.Test(op) : column.NotNull();
      case Op::kIn:
      case Op::kNotIn:
        return BindSet(column, op, literals);
      case Op::kStartsWith:
      case Op::kNotStartsWith:
        if (column.field->type.id() != TypeId::kString) {
          return InvalidArgument("STARTS WITH takes text", column.name);
        }
        [[fallthrough]];
      default:
        return BindComparison(column, op, literals.front());
    }
  }

  static Result<Expression> BindComparison(const Column& column, Op op, const Literal& literal) {
    auto converted = Convert(literal, column.field->type);
    if (!converted) return std::move(converted).error().Within(column.name);
    if (converted->place != Place::kInRange) {
      const bool above = converted->place == Place::kAbove;
      const bool holds = op == Op::kNotEq || (above ? op == Op::kLt || op == Op::kLtEq
                                                    : op == Op::kGt || op == Op::kGtEq);
      return holds ? column.NotNull() : Expression::False();
    }
    if (converted->literal->is_nan()) return CompareWithNan(column, op);
    return column.Test(op, {*std::move(converted->literal)});
  }

  static Expression CompareWithNan(const Column& column, Op op) {
    switch (op) {
      case Op::kGt:
        return Expression::False();
      case Op::kLtEq:
        return column.NotNull();
      case Op::kEq:
      case Op::kGtEq:
        return column.Test(Op::kIsNan);
      default:
        return column.Test(Op::kNotNan);
    }
  }

  static Result<Expression> BindSet(const Column& column, Op op,
                                    const std::vector<Literal>& literals) {
    const bool positive = op == Op::kIn;
    std::vector<Literal> kept;
    bool nan = false;
    for (const Literal& literal : literals) {
      auto converted = Convert(literal, column.field->type);
      if (!converted) return std::move(converted).error().Within(column.name);
      if (converted->place != Place::kInRange) continue;  // Equal to nothing in the column.
      if (converted->literal->is_nan()) {
        nan = true;
      } else if (std::find(kept.begin(), kept.end(), *converted->literal) == kept.end()) {
        kept.push_back(*std::move(converted->literal));
      }
    }
    Expression rest = positive ? Expression::False() : column.NotNull();
    if (kept.size() == 1) {
      rest = column.Test(positive ? Op::kEq : Op::kNotEq, std::move(kept));
    } else if (!kept.empty()) {
      rest = column.Test(op, std::move(kept));
    }
    if (!nan) return rest;
    return positive ? Expression::Or(std::move(rest), column.Test(Op::kIsNan))
                    : Expression::And(std::move(rest), column.Test(Op::kNotNan));
  }

  const Schema& schema_;
  bool case_sensitive_;
};

}  // namespace

Result<Expression> Expression::Bind(const Schema& schema, bool case_sensitive) const {
  return Binder(schema, case_sensitive).Bind(*this, false);
}

}  // namespace firn::table
