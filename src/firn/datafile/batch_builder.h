// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/table/schema.h"

namespace firn::datafile {

/// Builds batches of a table's rows, column by column. Not thread-safe.
///
/// `column<arrow::StringBuilder>(0)->Append(...)`; nested columns have Arrow's nested builders.
/// A uuid is appended to a FixedSizeBinaryBuilder as its 16 bytes, at any depth.
class BatchBuilder {
 public:
  /// Errors: as `ToArrow`.
  static Result<BatchBuilder> Make(const table::Schema& schema);
  ~BatchBuilder();
  BatchBuilder(BatchBuilder&&) noexcept;
  BatchBuilder& operator=(BatchBuilder&&) noexcept;

  /// The builder of the n-th column, which must be a `Builder`.
  template <typename Builder>
  Builder* column(size_t index) {
    return static_cast<Builder*>(columns_[index].get());
  }
  /// The place of a column; the number of columns where there is none of that name.
  size_t IndexOf(std::string_view name) const;
  size_t column_count() const { return columns_.size(); }

  /// Rows so far, as the first column counts them.
  int64_t rows() const;
  /// Ends the batch, in the layout of `ToArrow(schema)`, and begins the next.
  /// Errors: `kInternal` when the columns differ in length; `kResourceExhausted` when a column
  /// outgrew 2 GiB.
  Result<std::shared_ptr<arrow::RecordBatch>> Finish();

 private:
  BatchBuilder();

  std::shared_ptr<arrow::Schema> layout_;
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> columns_;
};

}  // namespace firn::datafile
