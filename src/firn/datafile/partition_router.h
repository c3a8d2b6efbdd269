// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/table/partition_spec.h"
#include "firn/table/schema.h"

namespace firn::datafile {

class PartitionColumn;

/// Sorts rows into the partitions of a spec. Thread-safe, but that `partition` must not be called
/// while another thread hands in rows of a partition not seen before.
class PartitionRouter {
 public:
  /// Rows of one batch that belong to one partition, in their order.
  struct Piece {
    size_t partition = 0;  ///< For `partition()`; the same for equal tuples of all batches.
    std::shared_ptr<arrow::RecordBatch> rows;
  };

  /// Errors: `kUnsupported` for a transform this version does not know; `kInvalidArgument` when
  /// the spec does not fit the schema.
  static Result<PartitionRouter> Make(const table::Schema& schema,
                                      const table::PartitionSpec& spec);
  ~PartitionRouter();
  PartitionRouter(PartitionRouter&&) noexcept;

  /// Splits a batch in the layout of `ToArrow(schema)`. Batches of one partition, and runs of
  /// rows of one partition, are not copied.
  Result<std::vector<Piece>> Split(const std::shared_ptr<arrow::RecordBatch>& batch);

  /// Numbers the partitions of rows as `Split` does.
  Result<std::vector<size_t>> PartitionOfRows(const arrow::RecordBatch& batch);

  const table::PartitionData& partition(size_t index) const { return partitions_[index]; }
  bool is_partitioned() const { return !columns_.empty(); }

 private:
  PartitionRouter();

  using Codes = std::vector<size_t>;  // Of the columns' values.
  struct CodesHash {
    size_t operator()(const Codes& codes) const;
  };

  size_t IndexOf(const Codes& codes);

  std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();  // So that it moves.
  std::vector<std::unique_ptr<PartitionColumn>> columns_;
  std::vector<table::PartitionData> partitions_;
  std::unordered_map<Codes, size_t, CodesHash> index_;
};

}  // namespace firn::datafile
