// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/partition_router.h"

#include <algorithm>
#include <map>
#include <utility>

#include <arrow/array.h>
#include <arrow/record_batch.h>

#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/partition_column.h"
#include "firn/datafile/take_rows.h"

namespace firn::datafile {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

// The rows of one partition within a batch.
struct RowsOf {
  size_t partition = 0;
  std::vector<int64_t> rows;
};

// Groups rows by partition, in the order the partitions first appear.
std::vector<RowsOf> Group(const std::vector<size_t>& partition_of_row) {
  std::vector<RowsOf> groups;
  std::map<size_t, size_t> group_of;
  for (size_t row = 0; row < partition_of_row.size(); ++row) {
    const size_t partition = partition_of_row[row];
    if (groups.empty() || row == 0 || partition != partition_of_row[row - 1]) {
      if (group_of.try_emplace(partition, groups.size()).second) groups.push_back({partition, {}});
    }
    groups[group_of[partition]].rows.push_back(static_cast<int64_t>(row));
  }
  return groups;
}

}  // namespace

PartitionRouter::PartitionRouter() = default;
PartitionRouter::~PartitionRouter() = default;
PartitionRouter::PartitionRouter(PartitionRouter&&) noexcept = default;

Result<PartitionRouter> PartitionRouter::Make(const table::Schema& schema,
                                              const table::PartitionSpec& spec) {
  PartitionRouter router;
  for (const table::PartitionField& field : spec.fields) {
    const bool is_void = field.transform.kind() == table::Transform::Kind::kVoid;
    const table::NestedField* source = schema.FindField(field.source_id);
    if (source == nullptr && !is_void) {
      return InvalidArgument("partition field has no source column", field.name);
    }
    if (field.transform.kind() == table::Transform::Kind::kUnknown) {
      return Unsupported("cannot write with an unknown partition transform",
                         field.transform.ToString());
    }
    router.columns_.push_back(std::make_unique<PartitionColumn>(
        field.source_id, source == nullptr ? table::Type() : source->type, field.transform));
  }
  return router;
}

// Codes are small numbers that follow each other.
size_t PartitionRouter::CodesHash::operator()(const Codes& codes) const {
  constexpr size_t kMixer = 0x9E3779B97F4A7C15;
  size_t hash = 0;
  for (const size_t code : codes)
    hash = hash * kMixer + code;
  return hash;
}

size_t PartitionRouter::IndexOf(const Codes& codes) {
  const auto [at, is_new] = index_.try_emplace(codes, partitions_.size());
  if (is_new) {
    table::PartitionData data;
    for (size_t i = 0; i < codes.size(); ++i)
      data.push_back(columns_[i]->value(codes[i]));
    partitions_.push_back(std::move(data));
  }
  return at->second;
}

Result<std::vector<size_t>> PartitionRouter::PartitionOfRows(const arrow::RecordBatch& batch) {
  const std::scoped_lock lock(*mutex_);
  std::vector<std::vector<size_t>> codes;
  for (const auto& column : columns_) {
    FIRN_ASSIGN(auto of_column, column->Codes(batch));
    codes.push_back(std::move(of_column));
  }
  std::vector<size_t> partitions(static_cast<size_t>(batch.num_rows()));
  std::vector<size_t> tuple(codes.size()), last;
  for (size_t row = 0; row < partitions.size(); ++row) {
    for (size_t i = 0; i < codes.size(); ++i)
      tuple[i] = codes[i][row];
    const bool same = row > 0 && tuple == last;
    partitions[row] = same ? partitions[row - 1] : IndexOf(tuple);
    if (!same) last = tuple;
  }
  return partitions;
}

Result<std::vector<PartitionRouter::Piece>> PartitionRouter::Split(const BatchPtr& batch) {
  std::vector<Piece> pieces;
  if (batch->num_rows() == 0) return pieces;
  FIRN_ASSIGN(const auto partition_of_row, PartitionOfRows(*batch));
  for (const RowsOf& group : Group(partition_of_row)) {
    FIRN_ASSIGN(BatchPtr rows, TakeRows(batch, group.rows));
    pieces.push_back({group.partition, std::move(rows)});
  }
  return pieces;
}

}  // namespace firn::datafile
