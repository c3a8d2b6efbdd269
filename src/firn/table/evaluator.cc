// SPDX-License-Identifier: Apache-2.0
//
// The facts of one file, or of one manifest's partitions, as `facts.h` wants to have them.

#include "firn/table/evaluator.h"

#include <optional>
#include <utility>

#include "firn/table/facts.h"

namespace firn::table {
namespace {

// -1, 0 or 1; unset where there is no bound.
std::optional<int> Order(const std::optional<Literal>& bound, const Literal& literal) {
  if (!bound) return std::nullopt;
  const auto order = Compare(*bound, literal);
  return order < 0 ? -1 : (order > 0 ? 1 : 0);
}

// Whether a bound's beginning is below, at or above `prefix`.
std::optional<int> PrefixOrder(const std::optional<Literal>& bound, const Literal& prefix) {
  if (!bound) return std::nullopt;
  const std::string_view text(bound->bytes());
  const int order = text.substr(0, prefix.bytes().size()).compare(prefix.bytes());
  return order < 0 ? -1 : (order > 0 ? 1 : 0);
}

// What is known of one column.
struct Facts {
  Presence present;
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

// The facts beside the literals of one predicate, as `MightHold` and `MustHold` ask for them.
class FactsFor {
 public:
  FactsFor(Facts facts, const Expression& predicate)
      : facts_(std::move(facts)), literals_(predicate.literals()) {}

  Presence presence() const { return facts_.present; }
  std::optional<int> LowerTo(size_t at) const { return Order(facts_.lower, literals_[at]); }
  std::optional<int> UpperTo(size_t at) const { return Order(facts_.upper, literals_[at]); }
  std::optional<int> LowerPrefix() const { return PrefixOrder(facts_.lower, literals_[0]); }
  std::optional<int> UpperPrefix() const { return PrefixOrder(facts_.upper, literals_[0]); }

 private:
  Facts facts_;
  const std::vector<Literal>& literals_;
};

std::optional<Literal> ReadBound(const Type& type, const std::string& bytes) {
  auto bound = Literal::FromBytes(type, bytes);
  if (!bound) return std::nullopt;
  return *std::move(bound);
}

enum class Quantifier : uint8_t { kMight, kMust };

template <Quantifier quantifier, typename FactsOf>
bool Walk(const Expression& bound, const FactsOf& facts_of) {
  switch (bound.op()) {
    case Op::kTrue:
      return true;
    case Op::kFalse:
      return false;
    case Op::kAnd:
      return Walk<quantifier>(bound.left(), facts_of) && Walk<quantifier>(bound.right(), facts_of);
    case Op::kOr:
      return Walk<quantifier>(bound.left(), facts_of) || Walk<quantifier>(bound.right(), facts_of);
    default:
      break;
  }
  const FactsFor facts(facts_of(*bound.field_id()), bound);
  return quantifier == Quantifier::kMight ? MightHold(facts, bound) : MustHold(facts, bound);
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
  facts.present =
      PresenceOf(field->type, CountOf(file.value_counts, id), CountOf(file.null_value_counts, id),
                 CountOf(file.nan_value_counts, id));
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
  facts.present.nulls = summary.contains_null;
  facts.present.nans = IsFloat(type) && summary.contains_nan.value_or(true);
  if (!summary.lower_bound && !summary.upper_bound) {
    // No bounds mean no values, but only where something else is said to be there.
    facts.present.values = !summary.contains_null && !summary.contains_nan.value_or(false);
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
  return Walk<Quantifier::kMight>(partition_filter, [&](FieldId id) {
    const auto place = PlaceOf(spec, id);
    if (!place) return Facts();
    return FactsOfSummary(manifest.partitions[*place], type.fields()[*place].type);
  });
}

Status WidenPartition(const PartitionSpec& spec, const Type& partition_type, const Schema& schema,
                      PartitionData& partition) {
  for (size_t at = 0; at < partition.size(); ++at) {
    const PartitionField& source = spec.fields[at];
    const NestedField& field = partition_type.fields()[at];
    if (!partition[at] || partition[at]->type() == field.type) continue;
    if (schema.FindField(source.source_id) == nullptr ||
        source.transform.kind() == Transform::Kind::kUnknown) {
      continue;
    }
    auto cast = partition[at]->CastTo(field.type);
    if (!cast)
      return Corrupt("partition value of field '" + field.name + "'", cast.error().message);
    partition[at] = *std::move(cast);
  }
  return Ok();
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
  return Walk<Quantifier::kMight>(bound,
                                  [&](FieldId id) { return FactsOfColumn(file, schema, id); });
}

bool FileMustMatch(const DataFile& file, const Expression& bound, const Schema& schema) {
  return Walk<Quantifier::kMust>(bound,
                                 [&](FieldId id) { return FactsOfColumn(file, schema, id); });
}

}  // namespace firn::table
