// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/datafile/position_bitmap.h"
#include "firn/table/data_file.h"
#include "firn/table/schema.h"

namespace firn::datafile {

/// The metadata columns (`table::MetadataColumns`) of one file's rows.
class MetadataValues {
 public:
  /// `sequence_number` is the data sequence number of the file, `deleted` the rows of it that
  /// `_deleted` is true for; null = none.
  MetadataValues(const table::DataFile& file, std::optional<table::SequenceNumber> sequence_number,
                 std::shared_ptr<const PositionBitmap> deleted);

  /// The values of a column that is not stored, for `rows` rows from position `first_row` on. Row
  /// lineage is null here: `Inherit` fills it in.
  Result<std::shared_ptr<arrow::Array>> Make(table::FieldId id, int64_t first_row,
                                             int64_t rows) const;

  /// Fills in the nulls of lineage columns: `_row_id` is the file's first row id plus the position,
  /// `_last_updated_sequence_number` the file's sequence number; both are null in files without a
  /// first row id (spec, "Row Lineage" and Appendix E, "Reading v3 metadata").
  Result<std::shared_ptr<arrow::RecordBatch>> Inherit(
      const std::shared_ptr<arrow::RecordBatch>& batch, int64_t first_row) const;

 private:
  Result<std::shared_ptr<arrow::Array>> InheritInto(const arrow::Array& stored, bool row_ids,
                                                    int64_t first_row) const;

  table::DataFile file_;  // Without its metrics.
  std::optional<table::SequenceNumber> sequence_number_;
  std::shared_ptr<const PositionBitmap> deleted_;
};

/// The columns of `projection` that are looked for in a file: not those made up while reading.
std::vector<table::NestedField> StoredFields(const table::Schema& projection);

}  // namespace firn::datafile
