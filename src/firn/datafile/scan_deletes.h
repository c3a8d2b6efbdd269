// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/datafile/equality_deletes.h"
#include "firn/datafile/name_mapping.h"
#include "firn/datafile/position_bitmap.h"
#include "firn/datafile/position_deletes.h"
#include "firn/io/file_io.h"
#include "firn/table/metadata.h"
#include "firn/table/scan.h"

namespace firn::datafile {

/// How much a scan keeps of its deletes.
struct ScanDeletesOptions {
  /// What is kept for later tasks is dropped, and read again when it is needed, when it grows past
  /// this. One task may need more: its own deletes are held together.
  int64_t memory_bytes = int64_t{1} << 30;
};

/// The deleted rows of the data files of one scan, whatever says so: deletion vectors, position
/// delete files and equality delete files. Which of them apply to a file is for `table` to say
/// (`table::DeleteIndex`). Delete files that speak of many data files are read once. Thread-safe.
class ScanDeletes {
 public:
  /// `metadata` is the table's, for its schemas, specs and name mapping; `files` outlives this.
  /// Errors: `kCorrupt` for a broken name mapping.
  static Result<std::unique_ptr<ScanDeletes>> Make(io::FileIO& files,
                                                   const table::TableMetadata& metadata,
                                                   ScanDeletesOptions options = {});

  /// The positions of the rows of `task.file` that its deletes take out; null if there are none.
  /// `filter_schema` is what `task.residual` was bound to: rows that it rules out by statistics may
  /// be left out.
  /// Errors: `kUnsupported` for delete files in other formats than Parquet and Puffin and for keys
  /// that are lists or maps; `kCorrupt`, naming the file, for broken ones and for a deletion vector
  /// of another file; those of `FileIO::Open`.
  Result<std::shared_ptr<const PositionBitmap>> For(const table::FileScanTask& task,
                                                    const table::Schema& filter_schema);

  /// The spec `file` was written with, and the name mapping of the table.
  ReadOptions OptionsFor(const table::DataFile& file) const;

 private:
  // Read by the first who asks for it, while others wait.
  template <typename T>
  struct Slot {
    std::mutex mutex;
    std::shared_ptr<T> value;
  };
  template <typename T>
  using Slots = std::map<std::string, std::shared_ptr<Slot<T>>>;

  explicit ScanDeletes(io::FileIO& files) : files_(files) {}

  template <typename T, typename Load>
  Result<std::shared_ptr<T>> Get(Slots<T>& slots, const std::string& key, Load load);
  Status AddPositions(const table::FileScanTask& task, const table::DataFile& deletes,
                      PositionBitmap& deleted);
  Result<std::shared_ptr<const PositionsByFile>> PositionsIn(const table::DataFile& deletes);
  Status AddEqual(const table::FileScanTask& task, const table::Schema& filter_schema,
                  PositionBitmap& deleted);
  void KeepToBudget();

  io::FileIO& files_;
  ScanDeletesOptions options_;
  std::vector<table::Schema> schemas_;  // The current one first, then the newest first.
  std::vector<table::PartitionSpec> specs_;
  std::shared_ptr<const NameMapping> name_mapping_;
  std::mutex mutex_;                        // Of the two below.
  Slots<const PositionsByFile> positions_;  // By location of the delete file.
  Slots<EqualityDeletes> equality_;         // By equality ids.
  std::atomic<int64_t> positions_bytes_ = 0;
};

}  // namespace firn::datafile
