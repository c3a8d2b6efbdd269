// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/table/data_file.h"
#include "firn/table/metadata.h"

namespace firn::datafile {

/// The metadata column `_partition` of a table: the partition of a row's file as one struct of all
/// fields of all specs (`UnifiedPartitionFields`), null where the file's own spec has no such
/// field.
///
/// Not one of `table::MetadataColumns`: its type is the table's, and ids of partition fields may be
/// those of columns, so it never becomes part of a schema.
class PartitionStruct {
 public:
  /// `metadata` outlives it. Errors: `kNotFound` for a table that was never partitioned.
  static Result<PartitionStruct> Of(const table::TableMetadata& metadata);

  const std::shared_ptr<arrow::Field>& field() const { return field_; }
  /// The column for `rows` rows of a file.
  Result<std::shared_ptr<arrow::Array>> Make(const table::DataFile& file, int64_t rows) const;

 private:
  explicit PartitionStruct(const table::TableMetadata& metadata) : metadata_(&metadata) {}

  const table::TableMetadata* metadata_;
  std::vector<table::NestedField> fields_;
  std::shared_ptr<arrow::Field> field_;
};

}  // namespace firn::datafile
