// SPDX-License-Identifier: Apache-2.0
//
// Projection of row filters onto partition tuples (spec, "Scan Planning"). For a transform T that
// preserves order, "x < 5" over integers is "x <= 4", and a row with x <= v lies in a partition
// with T(x) <= T(v): that is inclusive. Strict is the reverse: T(x) < T(v + 1) leaves only rows
// with x < v + 1. Buckets keep only equality. Rows that are null lie in partitions that are null.

#include "firn/table/projection.h"

#include <limits>

#include "firn/table/evaluator.h"

namespace firn::table {
namespace {

enum class Mode : uint8_t { kInclusive, kStrict };

// A predicate over the transformed column, and the transform it is to be tested through.
class FieldProjection {
 public:
  FieldProjection(const PartitionField& field, Mode mode) : field_(field), mode_(mode) {}

  // Unset where this field says nothing about the predicate.
  std::optional<Expression> Project(const Expression& predicate) const {
    switch (field_.transform.kind()) {
      case Transform::Kind::kVoid:
      case Transform::Kind::kUnknown:
        return std::nullopt;
      case Transform::Kind::kIdentity:
        return Test(predicate.op(), predicate.literals());
      default:
        break;
    }
    if (predicate.op() == Op::kIsNull || predicate.op() == Op::kNotNull) {
      return Test(predicate.op(), {});
    }
    if (predicate.op() == Op::kIsNan || predicate.op() == Op::kNotNan) return std::nullopt;
    if (IsSet(predicate.op())) return ProjectSet(predicate);
    return field_.transform.kind() == Transform::Kind::kBucket ? ProjectBucket(predicate)
                                                               : ProjectOrdered(predicate);
  }

 private:
  static bool IsSet(Op op) { return op == Op::kIn || op == Op::kNotIn; }

  Expression Test(Op op, std::vector<Literal> literals) const {
    return Expression::BoundPredicate(op, field_.name, field_.field_id, std::move(literals));
  }

  std::optional<Literal> Apply(const Literal& literal) const {
    auto applied = field_.transform.Apply(literal);
    return applied ? *applied : std::nullopt;
  }

  std::optional<Expression> TestApplied(Op op, const Literal& literal) const {
    const auto applied = Apply(literal);
    if (!applied) return std::nullopt;
    return Test(op, {*applied});
  }

  // x IN (..): inclusive by the transformed values. x NOT IN (..): strict by them.
  std::optional<Expression> ProjectSet(const Expression& predicate) const {
    const bool sound = (predicate.op() == Op::kIn) == (mode_ == Mode::kInclusive);
    if (!sound) return std::nullopt;
    std::vector<Literal> values;
    for (const Literal& literal : predicate.literals()) {
      const auto applied = Apply(literal);
      if (!applied) return std::nullopt;
      values.push_back(*applied);
    }
    return Test(predicate.op(), std::move(values));
  }

  std::optional<Expression> ProjectBucket(const Expression& predicate) const {
    const bool sound = (predicate.op() == Op::kEq && mode_ == Mode::kInclusive) ||
                       (predicate.op() == Op::kNotEq && mode_ == Mode::kStrict);
    if (!sound) return std::nullopt;
    return TestApplied(predicate.op(), predicate.literal());
  }

  std::optional<Expression> ProjectOrdered(const Expression& predicate) const {
    const bool inclusive = mode_ == Mode::kInclusive;
    const Literal& literal = predicate.literal();
    switch (predicate.op()) {
      case Op::kEq:
        if (inclusive) return TestApplied(Op::kEq, literal);
        return std::nullopt;
      case Op::kNotEq:
        if (!inclusive) return TestApplied(Op::kNotEq, literal);
        return std::nullopt;
      case Op::kLt:
      case Op::kLtEq:
        return ProjectUpper(predicate.op() == Op::kLtEq, literal);
      case Op::kGt:
      case Op::kGtEq:
        return ProjectLower(predicate.op() == Op::kGtEq, literal);
      case Op::kStartsWith:
        return ProjectPrefix(literal);
      case Op::kNotStartsWith:
        return ProjectNoPrefix(literal);
      default:
        return std::nullopt;
    }
  }

  // x < v or x <= v.
  std::optional<Expression> ProjectUpper(bool or_equal, const Literal& literal) const {
    if (mode_ == Mode::kInclusive) {
      // Where values have a predecessor, x < v is x <= v - 1: one partition less at the edge.
      const auto last = or_equal ? std::optional<Literal>(literal) : Neighbour(literal, -1);
      return TestApplied(Op::kLtEq, last ? *last : literal);
    }
    const auto first_out = or_equal ? Neighbour(literal, 1) : std::optional<Literal>(literal);
    return TestApplied(Op::kLt, first_out ? *first_out : literal);
  }

  // x > v or x >= v.
  std::optional<Expression> ProjectLower(bool or_equal, const Literal& literal) const {
    if (mode_ == Mode::kInclusive) {
      const auto first = or_equal ? std::optional<Literal>(literal) : Neighbour(literal, 1);
      return TestApplied(Op::kGtEq, first ? *first : literal);
    }
    const auto last_out = or_equal ? Neighbour(literal, -1) : std::optional<Literal>(literal);
    return TestApplied(Op::kGt, last_out ? *last_out : literal);
  }

  // The value next to one of a type that has such; unset for text, reals and at the ends.
  static std::optional<Literal> Neighbour(const Literal& literal, int step) {
    const Type& type = literal.type();
    if (const auto* number = std::get_if<int32_t>(&literal.value())) {
      const int64_t next = int64_t{*number} + step;
      if (next < std::numeric_limits<int32_t>::min() ||
          next > std::numeric_limits<int32_t>::max()) {
        return std::nullopt;
      }
      return *Literal::FromBytes(type, Literal::Int(static_cast<int32_t>(next)).ToBytes());
    }
    if (const auto* number = std::get_if<int64_t>(&literal.value())) {
      int64_t next = 0;
      if (__builtin_add_overflow(*number, int64_t{step}, &next)) return std::nullopt;
      return *Literal::FromBytes(type, Literal::Long(next).ToBytes());
    }
    if (const auto* number = std::get_if<Int128>(&literal.value())) {
      const Int128 next = *number + step;
      if (!DecimalFits(next, type.precision())) return std::nullopt;
      return Literal::Decimal(next, type.precision(), type.scale());
    }
    return std::nullopt;
  }

  // x STARTS WITH p under truncate[W]: a p shorter than W is a prefix of the partition value too;
  // one of W code points is it; of a longer one the first W are.
  std::optional<Expression> ProjectPrefix(const Literal& prefix) const {
    const auto applied = Apply(prefix);
    if (!applied || field_.transform.kind() != Transform::Kind::kTruncate) return std::nullopt;
    const bool whole = *applied == prefix;
    if (whole && IsShort(prefix)) return Test(Op::kStartsWith, {prefix});
    if (mode_ == Mode::kInclusive || whole) return Test(Op::kEq, {*applied});
    return std::nullopt;
  }

  std::optional<Expression> ProjectNoPrefix(const Literal& prefix) const {
    const auto applied = Apply(prefix);
    if (!applied || field_.transform.kind() != Transform::Kind::kTruncate) return std::nullopt;
    const bool whole = *applied == prefix;
    if (whole && IsShort(prefix)) return Test(Op::kNotStartsWith, {prefix});
    if (mode_ == Mode::kStrict || whole) return Test(Op::kNotEq, {*applied});
    return std::nullopt;
  }

  // Whether text has fewer code points than the transform keeps.
  bool IsShort(const Literal& text) const {
    const Literal longer = Literal::String(text.bytes() + "x");
    return Apply(longer) == longer;
  }

  const PartitionField& field_;
  Mode mode_;
};

class Projector {
 public:
  Projector(const PartitionSpec& spec, Mode mode) : spec_(spec), mode_(mode) {}

  Expression Project(const Expression& bound) const {
    switch (bound.op()) {
      case Op::kTrue:
      case Op::kFalse:
        return bound;
      case Op::kAnd:
        return Expression::And(Project(bound.left()), Project(bound.right()));
      case Op::kOr:
        return Expression::Or(Project(bound.left()), Project(bound.right()));
      default:
        return ProjectPredicate(bound);
    }
  }

 private:
  // Several fields may say something of one column: inclusive, all must allow it; strict, one
  // suffices.
  Expression ProjectPredicate(const Expression& predicate) const {
    const bool inclusive = mode_ == Mode::kInclusive;
    Expression all = inclusive ? Expression::True() : Expression::False();
    for (const PartitionField& field : spec_.fields) {
      if (field.source_id != *predicate.field_id()) continue;
      const auto projected = FieldProjection(field, mode_).Project(predicate);
      if (!projected) continue;
      all = inclusive ? Expression::And(std::move(all), *projected)
                      : Expression::Or(std::move(all), *projected);
    }
    return all;
  }

  const PartitionSpec& spec_;
  Mode mode_;
};

}  // namespace

Expression ProjectInclusive(const Expression& bound, const PartitionSpec& spec) {
  return Projector(spec, Mode::kInclusive).Project(bound);
}

Expression ProjectStrict(const Expression& bound, const PartitionSpec& spec) {
  return Projector(spec, Mode::kStrict).Project(bound);
}

Expression ResidualFor(const Expression& bound, const PartitionSpec& spec,
                       const PartitionData& partition) {
  switch (bound.op()) {
    case Op::kTrue:
    case Op::kFalse:
      return bound;
    case Op::kAnd:
      return Expression::And(ResidualFor(bound.left(), spec, partition),
                             ResidualFor(bound.right(), spec, partition));
    case Op::kOr:
      return Expression::Or(ResidualFor(bound.left(), spec, partition),
                            ResidualFor(bound.right(), spec, partition));
    default:
      break;
  }
  if (PartitionMatches(partition, ProjectStrict(bound, spec), spec)) return Expression::True();
  if (!PartitionMatches(partition, ProjectInclusive(bound, spec), spec)) return Expression::False();
  return bound;
}

}  // namespace firn::table
