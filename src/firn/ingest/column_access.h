// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <arrow/api.h>

#include "firn/base/result.h"
#include "firn/base/time.h"

namespace firn::ingest {

/// One column of a batch, found by name. The batch must outlive it.
template <typename ArrayType>
class Column {
 public:
  /// Errors: `kCorrupt` where the batch has no such column of this type.
  Status Bind(const arrow::RecordBatch& rows, const char* name) {
    const auto column = rows.GetColumnByName(name);
    array_ = dynamic_cast<const ArrayType*>(column.get());
    if (array_ == nullptr) return Corrupt("column absent or of another type", name);
    return Ok();
  }
  bool IsNull(int64_t row) const { return array_->IsNull(row); }
  /// The value; zero or "" for null.
  auto At(int64_t row) const {
    if constexpr (requires { array_->GetView(row); }) {
      return IsNull(row) ? decltype(array_->GetView(row)){} : array_->GetView(row);
    } else {
      return IsNull(row) ? decltype(array_->Value(row)){} : array_->Value(row);
    }
  }

 private:
  const ArrayType* array_ = nullptr;
};

using TextColumn = Column<arrow::StringArray>;
using IntColumn = Column<arrow::Int32Array>;
using LongColumn = Column<arrow::Int64Array>;
using TimeColumn = Column<arrow::TimestampArray>;

/// Builds a batch row by row; each call fills the next column of the row.
class RowsBuilder {
 public:
  explicit RowsBuilder(std::shared_ptr<arrow::Schema> schema);

  RowsBuilder& Text(std::string_view value);
  RowsBuilder& TextOrNull(std::string_view value);  ///< "" is null.
  RowsBuilder& Int(int32_t value);
  RowsBuilder& Long(int64_t value);
  RowsBuilder& LongOrNull(std::optional<int64_t> value);
  RowsBuilder& TimeOrNull(std::optional<TimeUs> value);
  /// Ends the row; every column must have been filled. Errors: of any call before.
  Status EndRow();
  Result<std::shared_ptr<arrow::RecordBatch>> Finish();

 private:
  template <typename Builder, typename Value>
  RowsBuilder& Append(const Value* value);

  std::shared_ptr<arrow::Schema> schema_;
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders_;
  arrow::Status status_;
  size_t next_ = 0;
  int64_t rows_ = 0;
};

}  // namespace firn::ingest
