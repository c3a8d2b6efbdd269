// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/env.h"
#include "firn/base/result.h"
#include "firn/datafile/scan_deletes.h"
#include "firn/io/file_io.h"
#include "firn/pipeline/staged_rows.h"
#include "firn/table/data_file.h"
#include "firn/table/metadata.h"
#include "firn/table/scan.h"

namespace firn::pipeline {

/// What a merge adds to a table and takes out of it, in files.
struct MergeResult {
  std::vector<table::DataFile> new_rows;  ///< Files of the rows given.
  std::vector<table::DataFile> carried;   ///< Files of rows that shared a file with rows replaced.
  std::vector<std::string> removed_paths;
  int64_t rows_written = 0;
  int64_t rows_removed = 0;  ///< Stored rows that are gone or replaced.
  int64_t rows_carried = 0;
  int64_t files_looked_into = 0;  ///< Of which keys were read; the rest was ruled out by bounds.

  bool empty() const { return new_rows.empty() && removed_paths.empty(); }
};

/// What a merge works on.
struct MergeTarget {
  std::string table_name;  ///< For the names of files.
  std::shared_ptr<const table::TableMetadata> metadata;
  KeyRule rule;
  std::vector<std::string> scope;  ///< Columns of the groups that `RemoveGroups` names.
};

/// Writes rows into a table by key, copy on write: files that hold a row to be replaced are written
/// again without it and without the rows that delete files take out of them; all others stay, with
/// their delete files. Row lineage is carried over. Nothing is committed. Not thread-safe.
///
/// Which files: those whose column bounds allow a key (or group) at hand; of these the key columns
/// are read; of those with a match everything is.
class MergeWriter {
 public:
  /// `files` and `env` outlive the writer.
  static Result<std::unique_ptr<MergeWriter>> Open(MergeTarget target, io::FileIO& files, Env& env,
                                                   const datafile::WriterDefaults& writing = {});
  ~MergeWriter();

  /// Takes rows to put in.
  Status Write(const std::shared_ptr<arrow::RecordBatch>& rows);
  /// Takes groups (values of the scope columns) all of whose stored rows go.
  Status RemoveGroups(const arrow::RecordBatch& groups);
  /// All stored rows go.
  void RemoveAll() { remove_all_ = true; }

  /// Finds and rewrites the files concerned.
  Result<MergeResult> Finish();
  /// Removes everything written.
  void Abort();

 private:
  // The least and greatest value at hand of one column.
  struct Range {
    bool has_null = false, has_text = false, has_number = false;
    std::string least_text, greatest_text;
    int64_t least = 0, greatest = 0;
    void Add(const KeyValue& value);
  };
  using Ranges = std::vector<Range>;

  MergeWriter(MergeTarget target, io::FileIO& files, Env& env, datafile::WriterOptions options,
              std::unique_ptr<datafile::ScanDeletes> deletes);

  static Status AddToRanges(const arrow::RecordBatch& rows, const std::vector<std::string>& columns,
                            Ranges& ranges);
  bool MayHold(const table::DataFile& file, const std::vector<std::string>& columns,
               const Ranges& ranges) const;
  using Positions = std::shared_ptr<const datafile::PositionBitmap>;
  Result<Positions> DeletedIn(const table::FileScanTask& task);
  datafile::ReadOptions OptionsFor(const table::FileScanTask& task, Positions deleted) const;
  Result<std::vector<int64_t>> MatchesIn(const table::FileScanTask& task, Positions deleted);
  Status Carry(const table::FileScanTask& task, const Positions& deleted,
               const std::vector<int64_t>& removed, MergeResult& result);
  Status LookInto(const table::FileScanTask& task, MergeResult& result);
  Status FindMatches(MergeResult& result);
  Result<table::Schema> KeyProjection() const;
  Result<table::Schema> CarriedColumns() const;

  MergeTarget target_;
  io::FileIO& files_;
  Env& env_;
  datafile::WriterOptions options_;
  std::unique_ptr<datafile::ScanDeletes> deletes_;
  StagedRows staged_;
  Ranges key_ranges_, scope_ranges_;
  std::unordered_set<RowKey, RowKeyHash> groups_;
  bool remove_all_ = false;
  std::unique_ptr<datafile::TableWriter> carrier_;
  std::vector<table::DataFile> carried_;
};

}  // namespace firn::pipeline
