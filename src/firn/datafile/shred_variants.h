// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"

namespace firn::datafile {

struct VariantShape;

/// How many of a file's first rows tell how its variants are shredded: by the table properties
/// write.parquet.shred-variants and write.parquet.variant-inference-buffer-size; 0 = not at all.
/// Errors: `kInvalidArgument`, naming the property.
Result<int64_t> VariantSampleRows(const std::map<std::string, std::string>& properties);

/// How the variants of one column are stored in a file beside their binary form: values that most
/// have, in columns of their own types (Parquet's "Variant Shredding"). Immutable.
class VariantShredder {
 public:
  /// Learns from the first `rows_max` values of `sample`, chunks in `VariantType()`. Null where
  /// nothing is worth a column.
  /// Errors: those of `table::CheckVariant`.
  static Result<std::unique_ptr<VariantShredder>> Learn(const arrow::ChunkedArray& sample,
                                                        int64_t rows_max);
  ~VariantShredder();

  /// A struct of metadata, value and typed_value.
  const std::shared_ptr<arrow::DataType>& type() const { return type_; }
  /// Stores values in `VariantType()` so: `ReadVariants` gives equal ones back, integers perhaps in
  /// a wider type. Errors: those of `table::CheckVariant`.
  Result<std::shared_ptr<arrow::Array>> Shred(const arrow::Array& variants) const;

 private:
  explicit VariantShredder(std::unique_ptr<VariantShape> shape);

  std::unique_ptr<VariantShape> shape_;
  std::shared_ptr<arrow::DataType> type_;
};

/// The shredders of the top-level variant columns of a file. Without any it changes nothing.
class ColumnShredding {
 public:
  /// Learns from the first rows of a file in `layout`; `rows_max` 0 = shreds nothing.
  static Result<ColumnShredding> Learn(const arrow::Table& rows, int64_t rows_max);

  /// The layout that rows are stored in.
  std::shared_ptr<arrow::Schema> Apply(const arrow::Schema& layout) const;
  Result<std::shared_ptr<arrow::RecordBatch>> Apply(
      const std::shared_ptr<arrow::RecordBatch>& rows) const;

 private:
  struct Column {
    int at = 0;
    std::unique_ptr<VariantShredder> shredder;
  };
  std::vector<Column> columns_;
};

}  // namespace firn::datafile
