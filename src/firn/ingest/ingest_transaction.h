// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/catalog/catalog.h"
#include "firn/ingest/ingest_run.h"
#include "firn/ingest/parse_crew.h"
#include "firn/io/write_batch.h"
#include "firn/table/data_file.h"

namespace firn::datafile {
class TableWriter;
}  // namespace firn::datafile

namespace firn::ingest {

/// Rows, rejects and positions on their way into one catalog commit, with whose metadata their
/// files become durable. Not thread-safe.
///
/// The commit asserts that `bronze.source_files` is where `positions` was read. When somebody else
/// moved it, the positions are read again: if none of the sources in here was touched, the same
/// files are committed on top; else another ingest was first with some of them, and nothing of this
/// transaction is kept.
class IngestTransaction {
 public:
  /// `positions` is what the tasks were decided from; `Commit` brings it up to date.
  IngestTransaction(const IngestContext& context, const IngestOptions& options,
                    PositionSet& positions);
  /// Removes what was written unless it was committed (or may have been).
  ~IngestTransaction();
  IngestTransaction(const IngestTransaction&) = delete;
  IngestTransaction& operator=(const IngestTransaction&) = delete;

  /// Takes in what was read of a file; pieces of one file come in order.
  Status Add(const FileTask& task, const ParsedPiece& piece);

  /// Source bytes taken in so far.
  int64_t bytes() const { return bytes_; }
  int64_t rows() const { return rows_; }
  int64_t rejected() const { return rejected_; }

  /// Makes all of it visible. False when it lost against another ingest: read the positions anew,
  /// decide anew. Ends the transaction either way.
  Result<bool> Commit();

  /// Whether another ingest moved positions since they were read: then whatever else was decided
  /// from them is to be decided anew, also after a commit that landed.
  bool saw_others() const { return saw_others_; }

 private:
  using Writer = std::unique_ptr<datafile::TableWriter>;

  Result<catalog::LoadedTable> FindTarget() const;
  Result<catalog::LoadedTable> LoadTarget();
  Status WriteRows(const SourceBatch& batch);
  Status WriteRejects(const FileTask& task, const std::vector<Reject>& rejects);
  Result<Writer> OpenWriter(const catalog::LoadedTable& into);
  Status WritePositions();
  Status CloseWriters();
  Result<bool> CommitOnce();
  Result<bool> IsUntouched(const PositionSet& now) const;
  void Abort();
  void DeleteFiles(const std::vector<table::DataFile>& files);

  const IngestContext& context_;
  const IngestOptions& options_;
  PositionSet& positions_;
  io::WriteBatch files_;                   // Before the writers, which end before it does.
  std::map<std::string, Position> moved_;  // By source; where each file stands now.
  Writer rows_writer_, rejects_writer_;
  std::vector<table::DataFile> row_files_, reject_files_, position_files_;
  int64_t bytes_ = 0, rows_ = 0, rejected_ = 0;
  bool saw_others_ = false;
  bool settled_ = false;  // The files in here are no longer ours to delete.
};

}  // namespace firn::ingest
