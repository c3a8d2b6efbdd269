// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/env.h"
#include "firn/base/result.h"
#include "firn/datafile/table_writer.h"
#include "firn/datafile/writer_options.h"
#include "firn/io/file_io.h"
#include "firn/pipeline/row_key.h"
#include "firn/table/data_file.h"
#include "firn/table/metadata.h"

namespace firn::pipeline {

/// How rows of one key are told apart and which of several stays.
struct KeyRule {
  std::vector<std::string> keys;        ///< Empty: rows have no key, all stay.
  std::vector<std::string> precedence;  ///< "revision desc", ...; of equals the one that came last.
  bool refuse_duplicates = false;       ///< Two rows with one key are an error instead.
  int64_t buffer_bytes = int64_t{4} << 20;  ///< Rows that wait in memory for a better one.
};

/// Rows on their way into a table: written to data files as they come, one per key.
///
/// A row that beats one already in a file begins a new round of files; at the end the files of
/// rounds with beaten rows are written again without them, so memory holds keys but no rows beyond
/// the buffer. Not thread-safe.
class StagedRows {
 public:
  StagedRows(std::shared_ptr<const table::TableMetadata> metadata, std::string table_name,
             io::FileIO& files, Env& env, datafile::WriterOptions options, KeyRule rule);
  ~StagedRows();
  StagedRows(const StagedRows&) = delete;
  StagedRows& operator=(const StagedRows&) = delete;

  /// Takes rows. Errors: `kInvalidArgument` for a second row of a key where that is refused.
  Status Write(const std::shared_ptr<arrow::RecordBatch>& rows);

  /// Tells of a row that the table has already: true when the row of that key among the staged
  /// ones (if any) beats it. When the stored row wins, the staged one is dropped.
  bool Beats(const RowKey& key, const std::string& stored_precedence);

  /// Ends all files. Afterwards `Beats` may be asked until `Settle`.
  Status Close();
  /// Rewrites the files of rounds that hold beaten rows; returns what is left.
  Result<std::vector<table::DataFile>> Settle();
  /// Removes all files written so far.
  void Abort();

  RowKey KeyOf(const KeyColumns& columns, const arrow::RecordBatch& batch, int64_t row);
  bool has_keys() const { return !rule_.keys.empty(); }
  int64_t rows_written() const { return rows_written_; }
  const KeyRule& rule() const { return rule_; }

 private:
  struct Entry {
    std::string precedence;
    uint32_t epoch = 0;  // The buffer it was in; `kLost` once a stored row beat it.
    uint32_t slot = 0;   // Its place in that buffer.
  };
  struct Buffered {
    std::shared_ptr<arrow::RecordBatch> rows;
    std::vector<bool> kept;
    uint32_t first_slot = 0;
  };

  Status Index(Buffered& buffered);
  Status Place(const RowKey& key, std::string precedence, uint32_t slot, Buffered& buffered);
  void DropSlot(uint32_t slot, Buffered& current);
  Status Flush();
  Status WriteKept();
  Status EndRound();
  Status WriteRound(size_t round, std::vector<table::DataFile>& out);

  std::shared_ptr<const table::TableMetadata> metadata_;
  std::string table_name_;
  io::FileIO& files_;
  Env& env_;
  datafile::WriterOptions options_;
  KeyRule rule_;
  uint64_t seed_0_, seed_1_;

  std::unordered_map<RowKey, Entry, RowKeyHash> entries_;
  std::vector<Buffered> buffer_;
  int64_t buffer_bytes_ = 0;
  uint32_t next_slot_ = 0;
  bool round_ends_ = false;             // A row in the buffer beats one in the open files.
  std::vector<size_t> round_of_epoch_;  // Index: epoch.
  std::set<size_t> beaten_rounds_;
  std::unique_ptr<datafile::TableWriter> writer_;
  std::vector<std::vector<table::DataFile>> rounds_;  // Closed ones; the open one is the next.
  int64_t rows_written_ = 0;
  std::string scratch_;
};

/// Copies the rows of `file` that `keeps` says yes to into `writer`. Returns how many it left out.
Result<int64_t> CopyRows(io::FileIO& files, const table::TableMetadata& metadata,
                         const table::DataFile& file, datafile::TableWriter& writer,
                         const std::function<bool(const arrow::RecordBatch&, int64_t)>& keeps);

}  // namespace firn::pipeline
