// SPDX-License-Identifier: Apache-2.0
//
// Judging a predicate by what is known of a set of values: whether it holds nulls, NaN, other
// values, and between which bounds those lie. Both answers err on the safe side: "might hold" is
// true and "must hold" is false wherever the facts do not decide. NaN is greater than every number
// and in no bounds, so it alone can make "x > 5" true beyond the upper bound.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "firn/table/expression.h"
#include "firn/table/type.h"

namespace firn::table {

/// What a set of values may hold.
struct Presence {
  bool nulls = true;
  bool nans = true;
  bool values = true;  ///< Neither null nor NaN.
};

inline bool IsFloat(const Type& type) {
  return type.id() == TypeId::kFloat || type.id() == TypeId::kDouble;
}

/// What a column may hold by its counts in a file's metrics; unset = unknown.
inline Presence PresenceOf(const Type& type, std::optional<int64_t> values,
                           std::optional<int64_t> nulls, std::optional<int64_t> nans) {
  Presence presence;
  presence.nulls = !nulls || *nulls > 0;
  presence.nans = IsFloat(type) && (!nans || *nans > 0);
  if (values && nulls) {
    presence.values = *values - *nulls - nans.value_or(0) > 0;
    presence.nans = presence.nans && *values - *nulls > 0;
  }
  return presence;
}

/// Whether a comparison is known and lies in [from, to], of -1, 0 and 1.
inline bool SignIs(std::optional<int> sign, int from, int to) {
  return sign && *sign >= from && *sign <= to;
}

/// Tells whether a bound predicate with this operator and so many literals may be true of at least
/// one of the values. The operator is a parameter of the template, so that a loop over many sets of
/// values decides on it once.
///
/// `Facts` has `presence()`; `LowerTo(i)` and `UpperTo(i)`, the order (-1, 0, 1) of a bound to the
/// i-th literal, unset without a bound; `LowerPrefix()` and `UpperPrefix()`, the order of a bound's
/// beginning to the first literal.
template <Op op, typename Facts>
bool MightHold(const Facts& facts, size_t count) {
  const Presence presence = facts.presence();
  const auto may_equal = [&](size_t at) {
    return !SignIs(facts.LowerTo(at), 1, 1) && !SignIs(facts.UpperTo(at), -1, -1);
  };
  const auto only_one = [&](size_t at) {  // Every value is one and the same: this literal.
    return SignIs(facts.LowerTo(at), 0, 0) && SignIs(facts.UpperTo(at), 0, 0);
  };
  const auto any = [count](const auto& test) {
    for (size_t at = 0; at < count; ++at) {
      if (test(at)) return true;
    }
    return false;
  };
  switch (op) {
    case Op::kIsNull:
      return presence.nulls;
    case Op::kNotNull:
      return presence.values || presence.nans;
    case Op::kIsNan:
      return presence.nans;
    case Op::kNotNan:
      return presence.values;
    case Op::kLt:
      return presence.values && !SignIs(facts.LowerTo(0), 0, 1);
    case Op::kLtEq:
      return presence.values && !SignIs(facts.LowerTo(0), 1, 1);
    case Op::kGt:
      return presence.nans || (presence.values && !SignIs(facts.UpperTo(0), -1, 0));
    case Op::kGtEq:
      return presence.nans || (presence.values && !SignIs(facts.UpperTo(0), -1, -1));
    case Op::kEq:
    case Op::kIn:
      return presence.values && any(may_equal);
    case Op::kNotEq:
    case Op::kNotIn:
      return presence.nans || (presence.values && !any(only_one));
    case Op::kStartsWith:
      return presence.values && !SignIs(facts.LowerPrefix(), 1, 1) &&
             !SignIs(facts.UpperPrefix(), -1, -1);
    case Op::kNotStartsWith:
      return presence.values &&
             !(SignIs(facts.LowerPrefix(), 0, 0) && SignIs(facts.UpperPrefix(), 0, 0));
    default:
      return true;
  }
}

/// Calls `with` with the operator of a predicate as a constant: `with.operator()<op>()`.
template <typename With>
auto WithOp(Op op, const With& with) {
  switch (op) {
    case Op::kIsNull:
      return with.template operator()<Op::kIsNull>();
    case Op::kNotNull:
      return with.template operator()<Op::kNotNull>();
    case Op::kIsNan:
      return with.template operator()<Op::kIsNan>();
    case Op::kNotNan:
      return with.template operator()<Op::kNotNan>();
    case Op::kLt:
      return with.template operator()<Op::kLt>();
    case Op::kLtEq:
      return with.template operator()<Op::kLtEq>();
    case Op::kGt:
      return with.template operator()<Op::kGt>();
    case Op::kGtEq:
      return with.template operator()<Op::kGtEq>();
    case Op::kEq:
      return with.template operator()<Op::kEq>();
    case Op::kNotEq:
      return with.template operator()<Op::kNotEq>();
    case Op::kIn:
      return with.template operator()<Op::kIn>();
    case Op::kNotIn:
      return with.template operator()<Op::kNotIn>();
    case Op::kStartsWith:
      return with.template operator()<Op::kStartsWith>();
    case Op::kNotStartsWith:
      return with.template operator()<Op::kNotStartsWith>();
    default:
      return with.template operator()<Op::kTrue>();
  }
}

/// The same of a predicate.
template <typename Facts>
bool MightHold(const Facts& facts, const Expression& predicate) {
  return WithOp(predicate.op(),
                [&]<Op op>() { return MightHold<op>(facts, predicate.literals().size()); });
}

/// Tells whether a bound predicate must be true of all the values. `Facts` as for `MightHold`.
template <typename Facts>
bool MustHold(const Facts& facts, const Expression& predicate) {
  const Presence presence = facts.presence();
  if (predicate.op() == Op::kIsNull) return !presence.values && !presence.nans;
  if (presence.nulls) return false;
  const size_t count = predicate.literals().size();
  const auto any_equals_all = [&] {
    for (size_t at = 0; at < count; ++at) {
      if (SignIs(facts.LowerTo(at), 0, 0) && SignIs(facts.UpperTo(at), 0, 0)) return true;
    }
    return false;
  };
  const auto none_equals_any = [&] {
    for (size_t at = 0; at < count; ++at) {
      if (!SignIs(facts.LowerTo(at), 1, 1) && !SignIs(facts.UpperTo(at), -1, -1)) return false;
    }
    return true;
  };
  switch (predicate.op()) {
    case Op::kNotNull:
      return true;
    case Op::kIsNan:
      return !presence.values;
    case Op::kNotNan:
      return !presence.nans;
    case Op::kLt:
      return !presence.nans && SignIs(facts.UpperTo(0), -1, -1);
    case Op::kLtEq:
      return !presence.nans && SignIs(facts.UpperTo(0), -1, 0);
    case Op::kGt:
      return SignIs(facts.LowerTo(0), 1, 1);
    case Op::kGtEq:
      return SignIs(facts.LowerTo(0), 0, 1);
    case Op::kEq:
    case Op::kIn:
      return !presence.nans && any_equals_all();
    case Op::kNotEq:
    case Op::kNotIn:
      return none_equals_any();
    case Op::kStartsWith:
      return SignIs(facts.LowerPrefix(), 0, 0) && SignIs(facts.UpperPrefix(), 0, 0);
    case Op::kNotStartsWith:
      return SignIs(facts.LowerPrefix(), 1, 1) || SignIs(facts.UpperPrefix(), -1, -1);
    default:
      return false;
  }
}

}  // namespace firn::table
