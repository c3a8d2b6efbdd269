// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/env.h"
#include "firn/base/result.h"
#include "firn/datafile/file_names.h"
#include "firn/datafile/position_bitmap.h"
#include "firn/io/file_io.h"
#include "firn/table/data_file.h"
#include "firn/table/encryption.h"
#include "firn/table/metadata.h"

namespace firn::datafile {

/// What a `DeleteWriter` wrote: the two lists of one row delta.
struct WrittenDeletes {
  std::vector<table::DataFile> added;
  /// Earlier delete files whose rows are all in `added`: to be removed by the same commit.
  std::vector<table::DataFile> replaced;
};

/// Writes which rows of data files are deleted, as the table's format version has it: deletion
/// vectors, all in one Puffin file (v3), or position delete files, one per data file or, with
/// `write.delete.granularity=partition`, one per partition (v2).
///
/// Nothing is visible before `Close`, and nothing remains without it. Not thread-safe.
class DeleteWriter {
 public:
  /// `files` and `env` outlive the writer. Errors: `kUnsupported` for v1 tables, which have no
  /// deletes; `kInvalidArgument` for an unknown granularity.
  static Result<std::unique_ptr<DeleteWriter>> Open(const table::TableMetadata& metadata,
                                                    std::string_view table_name, io::FileIO& files,
                                                    Env& env);
  ~DeleteWriter();
  DeleteWriter(const DeleteWriter&) = delete;
  DeleteWriter& operator=(const DeleteWriter&) = delete;

  /// Deletes the rows at `positions` of a data file; several calls for one file add up.
  /// `earlier` are the delete files that apply to it already (`table::FileScanTask::deletes`): a
  /// deletion vector takes in their positions, since a file has only one (spec, "Deletion
  /// Vectors"); a position delete file takes in those that speak of this file alone.
  /// Errors: `kInvalidArgument` for a position behind the file's last; those of reading `earlier`.
  Status Delete(const table::DataFile& data_file, const PositionBitmap& positions,
                std::span<const table::DataFile> earlier = {});

  /// Ends the files, makes them durable and visible, and describes them for a commit. Without
  /// deletes there is no file.
  Result<WrittenDeletes> Close();

  /// Gives up: nothing remains.
  void Abort();

 private:
  struct Target {
    table::DataFile file;  // Without its metrics.
    PositionBitmap positions;
  };

  DeleteWriter(io::FileIO& files, FileNames names) : files_(files), names_(std::move(names)) {}

  Status Absorb(const table::DataFile& deletes, Target& target);
  Status WriteVectors(WrittenDeletes& written);
  Status WritePositions(WrittenDeletes& written);
  Status WritePositionFile(std::span<const Target* const> targets, WrittenDeletes& written);
  std::string PartitionPathOf(const table::DataFile& file) const;

  io::FileIO& files_;
  FileNames names_;
  bool vectors_ = false;        // v3.
  bool per_partition_ = false;  // Else a delete file per data file; v2.
  std::optional<table::Encryption> encryption_;
  std::vector<table::PartitionSpec> specs_;
  std::map<std::string, Target> targets_;  // By location, as the manifest entry has it.
  std::map<std::string, table::DataFile> replaced_;
  std::vector<std::unique_ptr<io::OutputFile>> open_;
  bool ended_ = false;
};

}  // namespace firn::datafile
