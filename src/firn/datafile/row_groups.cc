// SPDX-License-Identifier: Apache-2.0
//
// A row group's statistics take the shape of a file's metrics, so that one evaluator prunes both.

#include "firn/datafile/row_groups.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/scalar.h>
#include <parquet/arrow/reader.h>
#include <parquet/metadata.h>
#include <parquet/statistics.h>

#include "firn/datafile/arrow_schema.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/leaf_cast.h"
#include "firn/datafile/literal_array.h"

namespace firn::datafile {
namespace {

using ScalarPtr = std::shared_ptr<arrow::Scalar>;

// The value as a bound of a column of `type`; unset where it cannot be one.
std::optional<std::string> BoundBytes(const ScalarPtr& scalar, const table::Type& type) {
  const auto bytes = [&]() -> Result<std::string> {
    FIRN_ASSIGN(const auto layout, ToArrow(type));
    FIRN_ASSIGN(const auto array, FromArrow(arrow::MakeArrayFromScalar(*scalar, 1)));
    FIRN_ASSIGN(const auto cast, CastLeaf(array, layout));
    FIRN_ASSIGN(const auto literal, LiteralAt(*cast, 0, type));
    if (!literal) return NotFound("no bound");
    return literal->ToBytes();
  }();
  if (!bytes) return std::nullopt;
  return *bytes;
}

void AddBounds(const parquet::Statistics& statistics, const table::NestedField& field,
               table::DataFile& metrics) {
  ScalarPtr lowest, highest;
  if (!statistics.HasMinMax() ||
      !parquet::arrow::StatisticsAsScalars(statistics, &lowest, &highest).ok()) {
    return;
  }
  auto lower = BoundBytes(lowest, field.type), upper = BoundBytes(highest, field.type);
  if (!lower || !upper) return;
  metrics.lower_bounds[field.id] = *std::move(lower);
  metrics.upper_bounds[field.id] = *std::move(upper);
}

void CollectColumns(const table::Expression& bound, std::vector<table::FieldId>& out) {
  if (bound.is_predicate()) {
    if (bound.field_id()) out.push_back(*bound.field_id());
  } else if (bound.op() == table::Op::kAnd || bound.op() == table::Op::kOr) {
    CollectColumns(bound.left(), out);
    CollectColumns(bound.right(), out);
  } else if (bound.op() == table::Op::kNot) {
    CollectColumns(bound.left(), out);
  }
}

}  // namespace

table::DataFile RowGroupMetrics(const parquet::RowGroupMetaData& group,
                                const std::vector<std::pair<table::FieldId, int>>& leaves,
                                const table::Schema& schema) {
  table::DataFile metrics;
  metrics.record_count = group.num_rows();
  for (const auto& [id, leaf] : leaves) {
    const table::NestedField* field = schema.FindField(id);
    const auto chunk = group.ColumnChunk(leaf);
    const auto statistics = chunk->statistics();
    if (field == nullptr || statistics == nullptr) continue;
    if (statistics->HasNullCount()) {
      metrics.value_counts[id] = chunk->num_values();
      metrics.null_value_counts[id] = statistics->null_count();
    }
    AddBounds(*statistics, *field, metrics);
  }
  return metrics;
}

std::vector<table::FieldId> ColumnsOf(const table::Expression& bound) {
  std::vector<table::FieldId> columns;
  CollectColumns(bound, columns);
  return columns;
}

}  // namespace firn::datafile
