// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <arrow/type_fwd.h>

#include "firn/datafile/encode/leaf_statistics.h"
#include "firn/table/data_file.h"
#include "firn/table/literal.h"
#include "firn/table/metrics.h"

namespace firn::datafile {

/// The smallest and largest value of one column of values, as far as its bounds need them: of text
/// and bytes only a little more than the mode keeps. Not thread-safe.
class LeafBounds {
 public:
  virtual ~LeafBounds() = default;

  /// Takes in values in the layout of `ToArrow(type)`.
  virtual void Add(const arrow::Array& values) = 0;

  /// Takes in values by what is known of them, if `takes_statistics`.
  virtual void AddStatistics(const LeafStatistics& statistics) = 0;

  /// The extremes; unset where there was no value (but nulls and NaN). Text and bytes may be cut
  /// behind what the mode keeps.
  virtual std::optional<table::Literal> lowest() const = 0;
  virtual std::optional<table::Literal> highest() const = 0;
  /// The bounds as manifests store them, cut as `mode` says; unset where there are none.
  virtual std::optional<std::string> LowerBytes(table::MetricsMode mode) const;
  virtual std::optional<std::string> UpperBytes(table::MetricsMode mode) const;
  /// Unset where the file's footer has the count of nulls.
  virtual std::optional<int64_t> null_count() const { return std::nullopt; }
  /// Unset for types that have no NaN.
  virtual std::optional<int64_t> nan_count() const { return std::nullopt; }

  /// Whether statistics are enough. They are not for shapes, nor for bounds that keep more of a
  /// text than statistics do.
  virtual bool takes_statistics() const { return true; }

  /// Sets the bounds and counts of the column `id` of `file`, as `mode` asks.
  void Fill(table::FieldId id, table::MetricsMode mode, table::DataFile& file) const;

  /// Null for types that have no bounds.
  static std::unique_ptr<LeafBounds> Make(const table::Type& type, table::MetricsMode mode);
};

}  // namespace firn::datafile
