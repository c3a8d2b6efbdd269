// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/datafile/reader.h"
#include "firn/datafile/row_matcher.h"
#include "firn/datafile/scan_deletes.h"
#include "firn/io/file_io.h"
#include "firn/table/changelog.h"
#include "firn/table/metadata.h"

namespace firn::datafile {

/// How a changelog is read.
struct ChangelogReadOptions {
  int64_t batch_rows = 64 * 1024;           ///< At most so many rows in a batch,
  int64_t batch_bytes = int64_t{16} << 20;  ///< and about so many bytes.
  /// What matching the rows of one snapshot may take. Past it the snapshot's files are read several
  /// times, for a part of their rows each.
  int64_t memory_bytes = int64_t{256} << 20;
  std::vector<std::string> columns;  ///< Of `ChangelogSchema`, in this order; empty = all.
};

/// The columns of a changelog: those of the table, then `table::ChangelogColumns`.
/// Errors: `kInvalidArgument` when the table has a column of such a name itself.
Result<table::Schema> ChangelogSchema(const table::Schema& schema);

/// Reads what changed row by row, snapshot by snapshot; of each, first the rows that went. A row
/// that a snapshot took out of one file and put into another unchanged is no change: rows are the
/// same by their row ids where all files that they come from have such (spec, "Row Lineage"), and
/// only then updates are told from deletes and inserts; else by all their values.
class ChangelogReader : public BatchReader {
 public:
  /// `metadata` is the table's; `files` outlives the reader.
  /// Errors: those of `ChangelogSchema`; `kNotFound` for unknown columns; those of `ReadFile` and
  /// of `ScanDeletes::For` come from `Next`.
  static Result<std::unique_ptr<ChangelogReader>> Open(io::FileIO& files,
                                                       const table::TableMetadata& metadata,
                                                       table::ChangelogPlan plan,
                                                       ChangelogReadOptions options = {});

  const std::shared_ptr<arrow::Schema>& schema() const override { return layout_; }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override;

 private:
  using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

  // Rows of a data file that went or came.
  struct Side {
    const table::ChangelogTask* task = nullptr;
    bool inserted = false;
    std::shared_ptr<const PositionBitmap> only, deleted;  // As `ReadOptions` has them.
    int64_t rows = 0;
  };
  // How the rows that went are found among those that came.
  enum class Match : uint8_t { kNone, kByRowId, kByValues };

  ChangelogReader(io::FileIO& files, table::ChangelogPlan plan, ChangelogReadOptions options);

  Status Choose(const table::Schema& schema);
  Status BeginSnapshot();
  Status AddSides(const table::ChangelogTask& task);
  void AddSide(Side side);
  Status BeginPass();
  Status AddKeys(const Side& side);
  Result<std::unique_ptr<BatchReader>> OpenSide(const Side& side, const table::Schema& projection);
  Result<std::vector<Hash128>> KeysOf(const arrow::RecordBatch& rows) const;
  bool InPart(const Hash128& key) const;
  Result<BatchPtr> ChangesOf(const BatchPtr& rows);
  Result<BatchPtr> Label(const BatchPtr& rows, const std::vector<table::ChangeType>& types) const;

  io::FileIO& files_;
  table::ChangelogPlan plan_;
  ChangelogReadOptions options_;
  std::unique_ptr<ScanDeletes> deletes_;
  std::shared_ptr<arrow::Schema> layout_;
  // What is read: the columns asked for, and what rows are matched by.
  table::Schema wanted_, wanted_and_lineage_, lineage_;
  size_t next_task_ = 0, next_snapshot_ = 0;
  // The snapshot at hand.
  std::vector<Side> gone_, come_;
  Match match_ = Match::kNone;
  uint64_t parts_ = 1, passes_ = 0, next_pass_ = 0;
  uint64_t part_ = 0;  // The one at hand; rows are of a part by their keys.
  RowMatcher matcher_;
  size_t next_side_ = 0, end_side_ = 0;
  const Side* side_ = nullptr;
  std::unique_ptr<BatchReader> rows_;
};

}  // namespace firn::datafile
