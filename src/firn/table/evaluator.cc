// SPDX-License-Identifier: Apache-2.0
//
// Judging a filter by what is known of a set of values: whether it holds nulls, NaN, other values,
// and between which bounds those lie. Both answers err on the safe side: "might match" is true and
// "must match" is false wherever the facts do not decide. NaN is greater than every number and in
// no bounds, so it alone can make "x > 5" true beyond the upper bound.

#include "firn/table/evaluator.h"

#include <algorithm>

namespace firn::table {
namespace {

struct Facts {
  bool may_be_null = true;
  bool may_be_nan = true;
  bool may_be_value = true;  // Neither null nor NaN.
  std::optional<Literal> lower, upper;

  // Bounds that cannot be right say nothing.
  void DropUnusableBounds() {
    const bool nan = (lower && lower->is_nan()) || (upper && upper->is_nan());
    if (nan || (lower && upper && Compare(*lower, *upper) > 0)) {
      lower.reset();
      upper.reset();
    }
  }
};

bool IsFloat(const Type& type) {
  return type.id() == TypeId::kFloat || type.id() == TypeId::kDouble;
}

std::optional<Literal> ReadBound(const Type& type, const std::string& bytes) {
  auto bound = Literal::FromBytes(type, bytes);
  if (!bound) return std::nullopt;
  return *std::move(bound);
}

// -1, 0 or 1: whether a bound's beginning is below, at or above `prefix`.
int ComparePrefix(const Literal& bound, const Literal& prefix) {
  const std::string_view text(bound.bytes());
  const int order = text.substr(0, prefix.bytes().size()).compare(prefix.bytes());
  return order < 0 ? -1 : (order > 0 ? 1 : 0);
}

// What may be true of at least one of the values.
class Might {
 public:
  explicit Might(Facts facts) : facts_(std::move(facts)) {}

  bool Test(const Expression& predicate) const {
    const auto& literals = predicate.literals();
    switch (predicate.op()) {
      case Op::kIsNull:
        return facts_.may_be_null;
      case Op::kNotNull:
        return facts_.may_be_value || facts_.may_be_nan;
      case Op::kIsNan:
        return facts_.may_be_nan;
      case Op::kNotNan:
        return facts_.may_be_value;
      case Op::kLt:
        return facts_.may_be_value && !LowerIs(literals[0], 0, 1);
      case Op::kLtEq:
        return facts_.may_be_value && !LowerIs(literals[0], 1, 1);
      case Op::kGt:
        return facts_.may_be_nan || (facts_.may_be_value && !UpperIs(literals[0], -1, 0));
      case Op::kGtEq:
        return facts_.may_be_nan || (facts_.may_be_value && !UpperIs(literals[0], -1, -1));
      case Op::kEq:
        return MayEqual(literals[0]);
      case Op::kNotEq:
      case Op::kNotIn:
        return facts_.may_be_nan || (facts_.may_be_value && !OnlyAmong(literals));
      case Op::kIn:
        return std::any_of(literals.begin(), literals.end(),
                           [this](const Literal& literal) { return MayEqual(literal); });
      case Op::kStartsWith:
        return facts_.may_be_value &&
               !(facts_.lower && ComparePrefix(*facts_.lower, literals[0]) > 0) &&
               !(facts_.upper && ComparePrefix(*facts_.upper, literals[0]) < 0);
      case Op::kNotStartsWith:
        return facts_.may_be_value &&
               !(facts_.lower && facts_.upper && ComparePrefix(*facts_.lower, literals[0]) == 0 &&
                 ComparePrefix(*facts_.upper, literals[0]) == 0);
      default:
        return true;
    }
  }

 private:
  // Whether the bound is known and its order to `literal` lies in [from, to].
  static bool BoundIs(const std::optional<Literal>& bound, const Literal& literal, int from,
                      int to) {
    if (!bound) return false;
    const auto order = Compare(*bound, literal);
    const int sign = order < 0 ? -1 : (order > 0 ? 1 : 0);
    return sign >= from && sign <= to;
  }
  bool LowerIs(const Literal& literal, int from, int to) const {
    return BoundIs(facts_.lower, literal, from, to);
  }
  bool UpperIs(const Literal& literal, int from, int to) const {
    return BoundIs(facts_.upper, literal, from, to);
  }
  bool MayEqual(const Literal& literal) const {
    return facts_.may_be_value && !LowerIs(literal, 1, 1) && !UpperIs(literal, -1, -1);
  }
  // Whether every value is one and the same, and that is among `literals`.
  bool OnlyAmong(const std::vector<Literal>& literals) const {
    return std::any_of(literals.begin(), literals.end(), [this](const Literal& literal) {
      return LowerIs(literal, 0, 0) && UpperIs(literal, 0, 0);
    });
  }

  Facts facts_;
};

// What must be true of all values.
class Must {
 public:
  explicit Must(Facts facts) : facts_(std::move(facts)) {}

  bool Test(const Expression& predicate) const {
    if (predicate.op() == Op::kIsNull) return !facts_.may_be_value && !facts_.may_be_nan;
    if (facts_.may_be_null) return false;
    const auto& literals = predicate.literals();
    switch (predicate.op()) {
      case Op::kNotNull:
        return true;
      case Op::kIsNan:
        return !facts_.may_be_value;
      case Op::kNotNan:
        return !facts_.may_be_nan;
      case Op::kLt:
        return !facts_.may_be_nan && facts_.upper && Compare(*facts_.upper, literals[0]) < 0;
      case Op::kLtEq:
        return !facts_.may_be_nan && facts_.upper && Compare(*facts_.upper, literals[0]) <= 0;
      case Op::kGt:
        return facts_.lower && Compare(*facts_.lower, literals[0]) > 0;
      case Op::kGtEq:
        return facts_.lower && Compare(*facts_.lower, literals[0]) >= 0;
      case Op::kEq:
      case Op::kIn:
        return std::any_of(literals.begin(), literals.end(),
                           [this](const Literal& literal) { return AllEqual(literal); });
      case Op::kNotEq:
      case Op::kNotIn:
        return std::all_of(literals.begin(), literals.end(),
                           [this](const Literal& literal) { return NoneEqual(literal); });
      case Op::kStartsWith:
        return facts_.lower && facts_.upper && ComparePrefix(*facts_.lower, literals[0]) == 0 &&
               ComparePrefix(*facts_.upper, literals[0]) == 0;
      case Op::kNotStartsWith:
        return (facts_.lower && ComparePrefix(*facts_.lower, literals[0]) > 0) ||
               (facts_.upper && ComparePrefix(*facts_.upper, literals[0]) < 0);
      default:
        return false;
    }
  }

 private:
  bool AllEqual(const Literal& literal) const {
    return !facts_.may_be_nan && facts_.lower && facts_.upper &&
           Compare(*facts_.lower, literal) == 0 && Compare(*facts_.upper, literal) == 0;
  }
  bool NoneEqual(const Literal& literal) const {
    return (facts_.lower && Compare(*facts_.lower, literal) > 0) ||
           (facts_.upper && Compare(*facts_.upper, literal) < 0);
  }

  Facts facts_;
};

template <typename Judge, typename FactsOf>
bool Walk(const Expression& bound, const FactsOf& facts_of) {
  switch (bound.op()) {
    case Op::kTrue:
      return true;
    case Op::kFalse:
      return false;
    case Op::kAnd:
      return Walk<Judge>(bound.left(), facts_of) && Walk<Judge>(bound.right(), facts_of);
    case Op::kOr:
      return Walk<Judge>(bound.left(), facts_of) || Walk<Judge>(bound.right(), facts_of);
    default:
      return Judge(facts_of(*bound.field_id())).Test(bound);
  }
}

std::optional<int64_t> CountOf(const std::map<FieldId, int64_t>& counts, FieldId id) {
  const auto found = counts.find(id);
  if (found == counts.end()) return std::nullopt;
  return found->second;
}

Facts FactsOfColumn(const DataFile& file, const Schema& schema, FieldId id) {
  Facts facts;
  const NestedField* field = schema.FindField(id);
  if (field == nullptr) return facts;
  const auto values = CountOf(file.value_counts, id);
  const auto nulls = CountOf(file.null_value_counts, id);
  const auto nans = CountOf(file.nan_value_counts, id);
  facts.may_be_null = !nulls || *nulls > 0;
  facts.may_be_nan = IsFloat(field->type) && (!nans || *nans > 0);
  if (values && nulls) {
    facts.may_be_value = *values - *nulls - nans.value_or(0) > 0;
    facts.may_be_nan = facts.may_be_nan && *values - *nulls > 0;
  }
  if (const auto lower = file.lower_bounds.find(id); lower != file.lower_bounds.end()) {
    facts.lower = ReadBound(field->type, lower->second);
  }
  if (const auto upper = file.upper_bounds.find(id); upper != file.upper_bounds.end()) {
    facts.upper = ReadBound(field->type, upper->second);
  }
  facts.DropUnusableBounds();
  return facts;
}

Facts FactsOfSummary(const FieldSummary& summary, const Type& type) {
  Facts facts;
  facts.may_be_null = summary.contains_null;
  facts.may_be_nan = IsFloat(type) && summary.contains_nan.value_or(true);
  if (!summary.lower_bound && !summary.upper_bound) {
    // No bounds mean no values, but only where something else is said to be there.
    facts.may_be_value = !summary.contains_null && !summary.contains_nan.value_or(false);
    return facts;
  }
  if (summary.lower_bound) facts.lower = ReadBound(type, *summary.lower_bound);
  if (summary.upper_bound) facts.upper = ReadBound(type, *summary.upper_bound);
  facts.DropUnusableBounds();
  return facts;
}

std::optional<size_t> PlaceOf(const PartitionSpec& spec, FieldId id) {
  for (size_t at = 0; at < spec.fields.size(); ++at) {
    if (spec.fields[at].field_id == id) return at;
  }
  return std::nullopt;
}

}  // namespace

bool ManifestMightMatch(const ManifestFile& manifest, const Expression& partition_filter,
                        const PartitionSpec& spec, const Schema& schema) {
  if (manifest.partitions.size() != spec.fields.size()) return !partition_filter.is_false();
  const Type type = PartitionType(spec, schema);
  return Walk<Might>(partition_filter, [&](FieldId id) {
    const auto place = PlaceOf(spec, id);
    if (!place) return Facts();
    return FactsOfSummary(manifest.partitions[*place], type.fields()[*place].type);
  });
}

bool PartitionMatches(const PartitionData& partition, const Expression& partition_filter,
                      const PartitionSpec& spec) {
  return EvaluateRow(partition_filter, [&](FieldId id) -> std::optional<Literal> {
    const auto place = PlaceOf(spec, id);
    FIRN_ASSERT(place && *place < partition.size());
    return partition[*place];
  });
}

bool FileMightMatch(const DataFile& file, const Expression& bound, const Schema& schema) {
  if (file.record_count == 0) return false;
  return Walk<Might>(bound, [&](FieldId id) { return FactsOfColumn(file, schema, id); });
}

bool FileMustMatch(const DataFile& file, const Expression& bound, const Schema& schema) {
  return Walk<Must>(bound, [&](FieldId id) { return FactsOfColumn(file, schema, id); });
}

}  // namespace firn::table
