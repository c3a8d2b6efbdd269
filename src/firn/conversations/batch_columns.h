// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arrow/api.h>

#include "firn/base/result.h"
#include "firn/base/time.h"

namespace firn::conversations {

/// Builds a batch of a table's schema row by row: each call fills the next column. A call that does
/// not fit its column's type ends the build with `kInternal`. Only for the sources that make rows.
class BatchColumns {
 public:
  static Result<BatchColumns> Make(std::shared_ptr<arrow::Schema> schema);

  BatchColumns& Text(std::optional<std::string_view> value);
  BatchColumns& Bytes(std::string_view value);
  BatchColumns& Int(std::optional<int32_t> value);
  BatchColumns& Long(std::optional<int64_t> value);
  BatchColumns& Flag(std::optional<bool> value);
  BatchColumns& Time(std::optional<TimeUs> value);
  /// An unscaled value of a decimal column.
  BatchColumns& Decimal(std::optional<int64_t> unscaled);
  BatchColumns& Texts(const std::vector<std::string>& values);
  BatchColumns& Null();
  /// The next column's own builder, for nested types.
  arrow::ArrayBuilder& Next() { return *builders_[next_++]; }
  /// Notes the outcome of work done on a builder of `Next`.
  BatchColumns& Note(const arrow::Status& status);

  /// Ends the row; every column must have been filled.
  void EndRow();
  int64_t rows() const { return rows_; }
  /// Hands out the rows built and begins anew. Errors: of any call before.
  Result<std::shared_ptr<arrow::RecordBatch>> Finish();

 private:
  template <typename Builder, typename Value>
  BatchColumns& Append(const std::optional<Value>& value);

  std::shared_ptr<arrow::Schema> schema_;
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders_;
  arrow::Status status_;
  size_t next_ = 0;
  int64_t rows_ = 0;
};

}  // namespace firn::conversations
