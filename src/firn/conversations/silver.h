// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/conversations/model.h"
#include "firn/conversations/normaliser.h"

namespace firn::conversations {

/// Rows for the tables that normalisers fill; null where there are none.
struct SilverBatches {
  std::shared_ptr<arrow::RecordBatch> messages;
  std::shared_ptr<arrow::RecordBatch> tool_calls;
  std::shared_ptr<arrow::RecordBatch> telemetry_calls;
  std::shared_ptr<arrow::RecordBatch> conversation_sources;
};

/// Collects silver rows of many conversations into batches. Not thread-safe.
class SilverBatchBuilder {
 public:
  static Result<SilverBatchBuilder> Make();
  ~SilverBatchBuilder();
  SilverBatchBuilder(SilverBatchBuilder&&) noexcept;
  SilverBatchBuilder& operator=(SilverBatchBuilder&&) noexcept;

  void Add(const SourceKey& source, const SilverRows& rows);
  void Add(const SourceKey& source, const SourceFacts& facts, int64_t next_offset,
           std::string_view state);

  /// About how many bytes of text were added since the last `Finish`.
  int64_t size_bytes() const;
  /// Hands out what was added and begins anew.
  Result<SilverBatches> Finish();

 private:
  struct Columns;
  explicit SilverBatchBuilder(std::unique_ptr<Columns> columns);

  std::unique_ptr<Columns> columns_;
};

}  // namespace firn::conversations
