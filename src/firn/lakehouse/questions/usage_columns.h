// SPDX-License-Identifier: Apache-2.0
//
// What a report of usage reads of the tables `silver.api_calls` and `silver.model_prices`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/conversations/price_table.h"

namespace firn::catalog {
class Catalog;
}
namespace firn::io {
class FileIO;
}

namespace firn::lakehouse {

/// Reads `silver.model_prices`; without the table nothing has a price.
Result<conversations::PriceTable> LoadPrices(catalog::Catalog& catalog, io::FileIO& files);

/// A row of `silver.api_calls`, as far as it counts. Texts live as long as their batch.
struct Call {
  std::optional<int64_t> micros;
  std::optional<std::string_view> platform, model;
  std::optional<std::string_view> group;  ///< Of the column that calls are grouped by.
  std::optional<int64_t> input, output, cache_read, cache_write_5m, cache_write_1h;
  std::optional<int64_t> prompt, total;
  std::optional<int64_t> reported_nano_usd;
  int64_t copies = 0;  ///< Conversations that hold it.
};

/// The columns of `silver.api_calls` that `CallColumns` needs, with the one that calls are grouped
/// by where there is one.
std::vector<std::string> CallColumnNames(const std::string& group_column);

/// The columns of one batch, which must outlive this.
class CallColumns {
 public:
  /// Errors: `kCorrupt` where a column is absent or of another type.
  static Result<CallColumns> Of(const arrow::RecordBatch& rows, const std::string& group_column);

  Call At(int64_t row) const;

 private:
  const arrow::TimestampArray* timestamp_ = nullptr;
  const arrow::StringArray *model_ = nullptr, *platform_ = nullptr, *group_ = nullptr;
  const arrow::Int64Array *input_ = nullptr, *output_ = nullptr, *cache_read_ = nullptr,
                          *cache_write_5m_ = nullptr, *cache_write_1h_ = nullptr,
                          *prompt_ = nullptr, *total_ = nullptr;
  const arrow::Decimal128Array* reported_ = nullptr;
  const arrow::Int32Array* copies_ = nullptr;
};

}  // namespace firn::lakehouse
