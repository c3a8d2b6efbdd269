// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/table/schema.h"

namespace firn::datafile {

/// How columns of a batch find their place in the schema wanted.
struct ConformRules {
  /// Makes what stands where the batch has no column for `wanted`: `rows` values.
  std::function<Result<std::shared_ptr<arrow::Array>>(const arrow::Field& wanted, int64_t rows)>
      missing;
  /// Match by name first and by field id where no name fits (rows to be written may come from
  /// another table, whose ids mean nothing here); else by field id alone.
  bool match_names = true;
  bool refuse_unknown = true;  ///< A column the schema lacks is an error, else left out.
  /// Look at values that need no conversion, too: digits of decimals, times within a day, UTF-8.
  bool check_values = false;
};

/// Reshapes `batch` to `wanted`, at every depth: orders and renames columns, converts types where
/// no information is lost (integers and decimals by value, dictionaries, large and view layouts,
/// timestamp units and zones, text to uuid, shredded variants), fills in what is missing. Shares
/// memory where it can.
/// Errors: `kInvalidArgument`, naming the column by its dotted path, for a column of another kind
/// or an unknown one, and for a value that does not fit with its row and the rule that it breaks.
Result<std::shared_ptr<arrow::RecordBatch>> Conform(const arrow::RecordBatch& batch,
                                                    const std::shared_ptr<arrow::Schema>& wanted,
                                                    const ConformRules& rules);

/// Rules for rows to be written: optional columns may be missing, nothing may be unknown.
ConformRules WriteRules();
/// The same for rows of a table: what is missing is the field's write default.
ConformRules WriteRules(const table::Schema& schema);

/// Checks that no required field is null, at any depth.
/// Errors: `kInvalidArgument`, naming the column and the first such row.
Status CheckRequired(const arrow::RecordBatch& batch);

/// Returns the rows without the nulls that required fields have below a null: they are no values,
/// but Parquet's writer takes them for some. `CheckRequired` passed.
std::shared_ptr<arrow::RecordBatch> WithoutRequiredNulls(const arrow::RecordBatch& batch);

}  // namespace firn::datafile
