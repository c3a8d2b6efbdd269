// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "firn/base/result.h"
#include "firn/datafile/position_bitmap.h"
#include "firn/datafile/reader.h"
#include "firn/io/file_io.h"
#include "firn/table/data_file.h"
#include "firn/table/schema.h"

namespace firn::datafile {

/// Renders the key columns of rows as bytes that are equal for equal keys: nulls equal nulls, NaN
/// equals NaN, and 0.0 is not -0.0, as in Java's implementation; maps are equal entry by entry.
class RowKeyEncoder {
 public:
  /// Keys are all columns of `batch` but the last `skipped` ones.
  /// Errors: `kUnsupported` for types that no table has.
  static Result<RowKeyEncoder> Make(const arrow::RecordBatch& batch, int skipped);

  /// The key of a row; valid until the next call.
  std::string_view Encode(int64_t row);

 private:
  struct Column;

  static Result<std::shared_ptr<const Column>> MakeColumn(
      const std::shared_ptr<arrow::Array>& array);
  static void Append(const Column& column, int64_t row, std::string& key);

  std::vector<std::shared_ptr<const Column>> columns_;
  std::string key_;
};

/// A set of keys, each with the ordinals of the delete files that hold it. Every key is kept once.
class KeyTable {
 public:
  /// Notes that the file of this ordinal holds `key`. Files are added one after the other.
  void Add(std::string_view key, uint32_t file);
  /// Tells whether one of the `wanted` files (by ordinal) holds `key`.
  bool Holds(std::string_view key, const std::vector<bool>& wanted) const;

  size_t size() const { return entries_.size(); }
  int64_t size_bytes() const;

 private:
  struct Entry {
    size_t hash = 0;
    size_t begin = 0;  // Of the key in `bytes_`.
    uint32_t length = 0;
    uint32_t newest = 0;  // Link to the last file that holds it.
  };
  struct Link {
    uint32_t file = 0;
    uint32_t older = 0;  // kNone at the end.
  };

  static constexpr uint32_t kNone = UINT32_MAX;

  size_t SlotOf(std::string_view key, size_t hash) const;
  void Grow();

  std::string bytes_;
  std::vector<Entry> entries_;
  std::vector<Link> links_;
  std::vector<uint32_t> slots_;  // Open addressing; entry + 1, 0 = free.
};

/// The equality deletes of one scan that share a set of equality ids (spec, "Equality Delete
/// Files"). Each delete file is read once. Thread-safe.
class EqualityDeletes {
 public:
  /// `schemas` are the table's, the current one first: a key column may have been dropped since.
  /// `files` outlives this. Errors: `kCorrupt` for ids no schema knows; `kUnsupported` for keys
  /// inside lists and maps.
  static Result<std::unique_ptr<EqualityDeletes>> Make(io::FileIO& files,
                                                       std::span<const table::Schema> schemas,
                                                       std::vector<table::FieldId> ids);

  /// Adds to `deleted` the positions of the rows of `data_file` that `deletes` take out. All of
  /// `deletes` have these equality ids and apply to the file. Rows `options` leave out may be left
  /// out of `deleted`.
  /// Errors: those of `ReadFile`; `kCorrupt` for a delete file that lacks a key column;
  /// `kResourceExhausted` for keys of more than 4 GiB.
  Status Find(const table::DataFile& data_file, const ReadOptions& options,
              std::span<const table::DataFile* const> deletes, PositionBitmap& deleted);

  /// About how much memory the keys take.
  int64_t size_bytes() const;

 private:
  EqualityDeletes(io::FileIO& files, table::Schema in_data, table::Schema in_deletes)
      : files_(files), in_data_(std::move(in_data)), in_deletes_(std::move(in_deletes)) {}

  /// The ordinals of `deletes`, as a mask; reads those that are new.
  Result<std::vector<bool>> Load(std::span<const table::DataFile* const> deletes,
                                 const ReadOptions& options);
  Status ReadKeys(const table::DataFile& deletes, const ReadOptions& options, uint32_t ordinal);

  io::FileIO& files_;
  table::Schema in_data_;     // The key columns and _pos.
  table::Schema in_deletes_;  // The key columns, which must be there.
  mutable std::shared_mutex mutex_;
  KeyTable keys_;
  std::map<std::string, uint32_t> ordinals_;  // By location of the delete file; once it is read.
  uint32_t next_ordinal_ = 0;
};

}  // namespace firn::datafile
