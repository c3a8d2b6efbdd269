// SPDX-License-Identifier: Apache-2.0
//
// Random values and filters for property tests; include only from tests.
#pragma once

#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "firn/base/env.h"
#include "firn/table/expression.h"
#include "firn/table/schema.h"

namespace firn::table {

/// Draws from few values, so that equal ones and edges come up often.
class Random {
 public:
  explicit Random(uint64_t seed) : env_(TimeUs{0}, seed) {}

  int64_t Below(int64_t limit) {
    return static_cast<int64_t>(env_.Random64() % static_cast<uint64_t>(limit));
  }
  bool Chance(int64_t one_in) { return Below(one_in) == 0; }

  Literal Value(const Type& type) {
    switch (type.id()) {
      case TypeId::kBoolean:
        return Literal::Boolean(Chance(2));
      case TypeId::kInt:
        return Literal::Int(static_cast<int32_t>(Number()));
      case TypeId::kDate:
        return Literal::Date(static_cast<int32_t>(Below(1000) - 500));
      case TypeId::kFloat:
        return Literal::Float(static_cast<float>(Real()));
      case TypeId::kDouble:
        return Literal::Double(Real());
      case TypeId::kDecimal:
        return Literal::Decimal(Below(400) - 200, type.precision(), type.scale());
      case TypeId::kUuid:
        return Literal::Uuid(Uuid::Random(env_));
      case TypeId::kString:
        return Literal::String(Text());
      case TypeId::kBinary:
        return Literal::Binary(Bytes(static_cast<size_t>(Below(5))));
      case TypeId::kFixed:
        return *Literal::FromBytes(type, Bytes(static_cast<size_t>(type.length_bytes())));
      case TypeId::kTime:
        return Literal::Time(Below(86'400'000'000));
      case TypeId::kTimestampNs:
      case TypeId::kTimestampTzNs:
        return Long(type, (Below(2000) - 1000) * 999'999'999'999);
      case TypeId::kTimestamp:
      case TypeId::kTimestampTz:
        return Long(type, (Below(2000) - 1000) * 999'999'999);
      default:
        return Long(type, Number());
    }
  }

  std::optional<Literal> MaybeNull(const Type& type, int64_t null_one_in = 5) {
    if (Chance(null_one_in)) return std::nullopt;
    return Value(type);
  }

  /// A filter of some depth over the primitive columns of `schema`.
  Expression Filter(const Schema& schema, int depth) {
    if (depth > 0 && !Chance(3)) {
      const int64_t kind = Below(5);
      if (kind == 0) return Expression::Not(Filter(schema, depth - 1));
      Expression left = Filter(schema, depth - 1);
      Expression right = Filter(schema, depth - 1);
      return kind < 3 ? Expression::And(std::move(left), std::move(right))
                      : Expression::Or(std::move(left), std::move(right));
    }
    const auto& fields = schema.fields();
    const NestedField& field =
        fields[static_cast<size_t>(Below(static_cast<int64_t>(fields.size())))];
    return Predicate(field);
  }

  Expression Predicate(const NestedField& field) {
    auto op = static_cast<Op>(static_cast<int64_t>(Op::kIsNull) + Below(14));
    const bool prefix = op == Op::kStartsWith || op == Op::kNotStartsWith;
    if (prefix && field.type.id() != TypeId::kString) op = Op::kEq;
    if (op <= Op::kNotNan) return Expression::Unary(op, field.name);
    if (op != Op::kIn && op != Op::kNotIn) {
      return Expression::Compare(op, field.name, Value(field.type));
    }
    std::vector<Literal> literals;
    for (int64_t count = Below(4); count >= 0; --count) {
      literals.push_back(Value(field.type));
    }
    return Expression::Set(op, field.name, std::move(literals));
  }

 private:
  static Literal Long(const Type& type, int64_t value) {
    return *Literal::FromBytes(type, Literal::Long(value).ToBytes());
  }
  int64_t Number() { return Chance(20) ? (Chance(2) ? INT32_MAX : INT32_MIN) : Below(60) - 30; }
  double Real() {
    if (Chance(8)) return std::nan("");
    if (Chance(8)) return Chance(2) ? 0.0 : -0.0;
    return static_cast<double>(Below(40) - 20) / 4;
  }
  std::string Text() {
    static const std::vector<std::string> kPieces = {"a",          "b",          "é",
                                                     "\U0001F9CA", "\U0010FFFF", "z"};
    std::string text;
    for (int64_t count = Below(6); count > 0; --count) {
      text += kPieces[static_cast<size_t>(Below(static_cast<int64_t>(kPieces.size())))];
    }
    return text;
  }
  std::string Bytes(size_t size) {
    std::string bytes;
    while (bytes.size() < size) {
      bytes += Chance(3) ? '\xFF' : static_cast<char>(Below(4));
    }
    return bytes;
  }

  FixedEnv env_;
};

/// One row: values by field id.
using Row = std::map<FieldId, std::optional<Literal>>;

inline Row RandomRow(const Schema& schema, Random& random) {
  Row row;
  for (const NestedField& field : schema.fields()) {
    row[field.id] = field.required ? random.Value(field.type) : random.MaybeNull(field.type);
  }
  return row;
}

inline bool RowMatches(const Expression& bound, const Row& row) {
  return EvaluateRow(bound, [&row](FieldId id) { return row.at(id); });
}

}  // namespace firn::table
