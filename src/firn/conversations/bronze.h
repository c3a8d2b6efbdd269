// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/base/time.h"
#include "firn/conversations/model.h"
#include "firn/conversations/normaliser.h"

namespace firn::conversations {

/// Where slices come from: the audit columns of `bronze.conversations`.
struct SliceOrigin {
  std::string source_id;
  std::string source_machine;
  std::string source_file;  ///< As text, see `ingest::ColumnPath`.
  int32_t source_generation = 0;
  std::string user_id;
  TimeUs ingested_at;
};

/// Renders slices of one file as rows of `bronze.conversations`.
Result<std::shared_ptr<arrow::RecordBatch>> SliceRows(std::span<const Slice> slices,
                                                      const SliceOrigin& origin);

/// The columns `ReadSliceRows` wants, for projections.
std::span<const std::string_view> NormaliserColumns();

/// A row of `bronze.conversations` as a normaliser takes it.
struct SliceRow {
  SourceKey source;
  SlicePlace place;
  std::optional<TimeUs> ingested_at;
  std::string_view bytes;  ///< In the memory of the batch.
};

/// Reads rows back. Errors: `kCorrupt` where a column is missing or of another type.
Result<std::vector<SliceRow>> ReadSliceRows(const arrow::RecordBatch& rows);

}  // namespace firn::conversations
