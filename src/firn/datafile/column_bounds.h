// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/table/data_file.h"
#include "firn/table/metrics.h"
#include "firn/table/schema.h"

namespace firn::datafile {

class LeafBounds;

/// Gathers the bounds and NaN counts of a file's columns while it is written, of those whose pages
/// do not say enough: outside lists and maps, as the metrics modes ask. Not thread-safe.
class ColumnBounds {
 public:
  ColumnBounds(const table::Schema& schema,
               const std::map<table::FieldId, table::MetricsMode>& modes);
  ~ColumnBounds();
  ColumnBounds(ColumnBounds&&) noexcept;

  /// Takes in rows in the layout of `ToArrow(schema)`.
  Status Add(const arrow::RecordBatch& batch);

  /// Sets the bounds and NaN counts of `file`. NaN is in no bound; a bound of zero is -0.0 below
  /// and +0.0 above (spec, "Scan Planning", note on bounds of floats).
  void Fill(table::DataFile& file) const;

 private:
  struct Node;

  static std::vector<Node> NodesOf(const std::vector<table::NestedField>& fields,
                                   const std::map<table::FieldId, table::MetricsMode>& modes);
  static Status AddTo(std::vector<Node>& nodes,
                      const std::vector<std::shared_ptr<arrow::Array>>& columns);
  static void FillFrom(const std::vector<Node>& nodes, table::DataFile& file);

  std::vector<Node> nodes_;
};

}  // namespace firn::datafile
