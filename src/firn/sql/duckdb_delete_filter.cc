// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/duckdb_delete_filter.h"

#include <utility>

namespace firn::sql {
namespace {

// Passes the rows of a chunk that are not deleted. Several threads take row groups of one file.
class PositionFilter : public duckdb::DeleteFilter {
 public:
  explicit PositionFilter(std::shared_ptr<const datafile::PositionBitmap> deleted)
      : deleted_(std::move(deleted)) {}

  duckdb::idx_t Filter(duckdb::row_t start_row_index, duckdb::idx_t count,
                       duckdb::SelectionVector& result) override {
    result.Initialize(count);
    const auto deleted =
        deleted_->Within(start_row_index, start_row_index + static_cast<int64_t>(count));
    auto next = deleted.begin();
    duckdb::idx_t kept = 0;
    for (duckdb::idx_t i = 0; i < count; ++i) {
      if (next != deleted.end() && *next == start_row_index + static_cast<int64_t>(i)) {
        ++next;
      } else {
        result.set_index(kept++, i);
      }
    }
    return kept;
  }

 private:
  std::shared_ptr<const datafile::PositionBitmap> deleted_;
};

}  // namespace

duckdb::unique_ptr<duckdb::DeleteFilter> MakeDeleteFilter(
    std::shared_ptr<const datafile::PositionBitmap> deleted) {
  duckdb::unique_ptr<duckdb::DeleteFilter> filter;
  if (deleted != nullptr) filter = duckdb::make_uniq<PositionFilter>(std::move(deleted));
  return filter;
}

}  // namespace firn::sql
