// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/duckdb_result.h"

#include <utility>

#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "duckdb/common/arrow/arrow_converter.hpp"
#include "duckdb/common/arrow/arrow_type_extension.hpp"
#include "duckdb/common/arrow/arrow_util.hpp"
#include "duckdb/main/chunk_scan_state/query_result.hpp"
#include "firn/datafile/arrow_wall.h"
#include "firn/sql/duckdb_wall.h"

namespace firn::sql {
namespace {

// Four of DuckDB's chunks: rows may be large (a conversation's bytes).
constexpr duckdb::idx_t kBatchRows = duckdb::idx_t{4} * STANDARD_VECTOR_SIZE;

class ArrowResultStream : public ResultStream {
 public:
  ArrowResultStream(std::shared_ptr<duckdb::Connection> connection,
                    duckdb::unique_ptr<duckdb::QueryResult> result, std::string sql,
                    std::shared_ptr<void> lease)
      : connection_(std::move(connection)),
        lease_(std::move(lease)),
        sql_(std::move(sql)),
        result_(std::move(result)),
        state_(*result_),
        properties_(connection_->context->GetClientProperties()) {
    properties_.time_zone = "UTC";
  }

  Status Begin() {
    return Guard(sql_, [this]() -> Status {
      extensions_ =
          duckdb::ArrowTypeExtensionData::GetExtensionTypes(*connection_->context, result_->types);
      ArrowSchema exported;
      duckdb::ArrowConverter::ToArrowSchema(&exported, result_->types, result_->names, properties_);
      FIRN_ASSIGN(schema_, datafile::FromArrow(arrow::ImportSchema(&exported)));
      return Ok();
    });
  }

  const std::shared_ptr<arrow::Schema>& schema() const override { return schema_; }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    if (done_) return std::shared_ptr<arrow::RecordBatch>();
    auto batch = Guard(sql_, [this] { return Fetch(); });
    done_ = !batch || *batch == nullptr;
    if (done_) lease_.reset();
    return batch;
  }

 private:
  Result<std::shared_ptr<arrow::RecordBatch>> Fetch() {
    ArrowArray exported;
    duckdb::idx_t count = 0;
    duckdb::ErrorData error;
    if (!duckdb::ArrowUtil::TryFetchChunk(state_, properties_, kBatchRows, &exported, count, error,
                                          extensions_)) {
      return FromDuckDb(error);
    }
    if (count == 0) return std::shared_ptr<arrow::RecordBatch>();
    return datafile::FromArrow(arrow::ImportRecordBatch(&exported, schema_));
  }

  std::shared_ptr<duckdb::Connection> connection_;
  std::shared_ptr<void> lease_;
  std::string sql_;
  duckdb::unique_ptr<duckdb::QueryResult> result_;
  duckdb::QueryResultChunkScanState state_;
  duckdb::ClientProperties properties_;
  duckdb::unordered_map<duckdb::idx_t, const duckdb::shared_ptr<duckdb::ArrowTypeExtensionData>>
      extensions_;
  std::shared_ptr<arrow::Schema> schema_;
  bool done_ = false;
};

}  // namespace

Result<std::unique_ptr<ResultStream>> MakeResultStream(
    std::shared_ptr<duckdb::Connection> connection, duckdb::unique_ptr<duckdb::QueryResult> result,
    std::string sql, std::shared_ptr<void> lease) {
  if (result->HasError()) return FromDuckDb(result->GetErrorObject());
  auto stream = std::make_unique<ArrowResultStream>(std::move(connection), std::move(result),
                                                    std::move(sql), std::move(lease));
  FIRN_TRY(stream->Begin());
  return std::unique_ptr<ResultStream>(std::move(stream));
}

}  // namespace firn::sql
