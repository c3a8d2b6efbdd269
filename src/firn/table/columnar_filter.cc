// SPDX-License-Identifier: Apache-2.0
//
// One pass over a column per predicate; AND and OR pass on only the rows that are still undecided.

#include "firn/table/columnar_filter.h"

#include <algorithm>
#include <optional>

namespace firn::table {
namespace {

// What is known of a column without metrics.
struct NoFacts {
  Presence presence() const { return {}; }
  std::optional<int> LowerTo(size_t /*literal*/) const { return std::nullopt; }
  std::optional<int> UpperTo(size_t /*literal*/) const { return std::nullopt; }
  std::optional<int> LowerPrefix() const { return std::nullopt; }
  std::optional<int> UpperPrefix() const { return std::nullopt; }
};

RowMarks None(const RowMarks& among) {
  return RowMarks(among.size(), 0);
}

RowMarks TestPredicate(const ManifestColumns& manifest, const Expression& predicate,
                       RowMarks among) {
  const FactsColumn* column = manifest.FindColumn(*predicate.field_id());
  if (column == nullptr) return MightHold(NoFacts(), predicate) ? among : None(among);
  ColumnTest(*column, predicate).Filter(among);
  return among;
}

RowMarks TestOr(const ManifestColumns& manifest, const Expression& either, const RowMarks& among) {
  RowMarks marks = MightMatch(manifest, either.left(), among);
  RowMarks rest = among;
  for (size_t row = 0; row < rest.size(); ++row) {
    rest[row] = static_cast<uint8_t>(rest[row] & ~marks[row]);
  }
  rest = MightMatch(manifest, either.right(), std::move(rest));
  for (size_t row = 0; row < rest.size(); ++row) {
    marks[row] |= rest[row];
  }
  return marks;
}

void Collect(const Expression& bound, const Schema& schema, std::vector<NestedField>& columns) {
  if (bound.op() == Op::kAnd || bound.op() == Op::kOr) {
    Collect(bound.left(), schema, columns);
    Collect(bound.right(), schema, columns);
    return;
  }
  if (!bound.is_predicate()) return;
  const NestedField* field = schema.FindField(*bound.field_id());
  const bool known = field == nullptr || std::any_of(columns.begin(), columns.end(),
                                                     [&](auto& c) { return c.id == field->id; });
  if (!known) columns.push_back(*field);
}

}  // namespace

std::vector<NestedField> FilterColumns(const Expression& bound, const Schema& schema) {
  std::vector<NestedField> columns;
  Collect(bound, schema, columns);
  return columns;
}

RowMarks MightMatch(const ManifestColumns& manifest, const Expression& bound, RowMarks among) {
  switch (bound.op()) {
    case Op::kTrue:
      return among;
    case Op::kFalse:
      return None(among);
    case Op::kAnd:
      return MightMatch(manifest, bound.right(),
                        MightMatch(manifest, bound.left(), std::move(among)));
    case Op::kOr:
      return TestOr(manifest, bound, among);
    default:
      return TestPredicate(manifest, bound, std::move(among));
  }
}

}  // namespace firn::table
