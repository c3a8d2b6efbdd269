// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firn/base/result.h"
#include "firn/table/facts_column.h"
#include "firn/table/manifest.h"
#include "firn/table/nested_field.h"

namespace firn::table {

/// The live entries of a manifest of data files, column by column: what planning a scan needs, and
/// no more. A file takes some 60 bytes and 17 for each column whose facts were asked for, where a
/// `ManifestEntry` with full metrics takes thousands. Immutable once read, so threads share it.
class ManifestColumns {
 public:
  /// Reads a manifest written under `spec`. Entries inherit from `manifest` as in `ManifestReader`.
  /// Of column metrics, only those of `columns` (id and type are looked at) are kept.
  /// Errors: `kNotFound`; `kIo`; `kCorrupt`; `kResourceExhausted` where it would take over 1 GiB.
  static Result<std::shared_ptr<const ManifestColumns>> Read(
      io::FileIO& io, const ManifestFile& manifest, const PartitionSpec& spec,
      const std::vector<NestedField>& columns);

  size_t size() const { return record_count_.size(); }
  size_t memory_bytes() const;
  /// Tells whether it was read from the manifest as `manifest` describes it.
  bool IsOf(const ManifestFile& manifest) const;
  /// The facts of a column; null where they were not asked for.
  const FactsColumn* FindColumn(FieldId id) const;
  const std::vector<FactsColumn>& columns() const { return columns_; }

  int64_t total_bytes() const { return total_bytes_; }  ///< Of all files.
  bool has_empty_files() const { return has_empty_files_; }
  int64_t record_count(size_t row) const { return record_count_[row]; }
  int64_t file_size_bytes(size_t row) const { return file_size_bytes_[row]; }
  SequenceNumber sequence_number(size_t row) const { return SequenceNumber(sequence_[row]); }
  /// The tuples that occur, each once, as written; `tuple` says which one a file has.
  const std::vector<PartitionData>& tuples() const { return tuples_; }
  size_t tuple(size_t row) const { return tuple_[row]; }
  /// A file without its column metrics.
  DataFile FileAt(size_t row) const;

  /// The block of the manifest in which a file is described; blocks are numbered from 0.
  size_t BlockOf(size_t row) const;
  int64_t block_offset(size_t block) const { return blocks_[block].offset; }
  /// How many entries come before a file's in its block, deleted ones included.
  int64_t PlaceInBlock(size_t row) const;

 private:
  class Builder;
  struct BlockStart {
    int64_t offset = 0;
    int64_t first_object = 0;
    size_t first_row = 0;
  };

  ManifestColumns() = default;

  // What entries inherited.
  std::string path_;
  SequenceNumber manifest_sequence_{};
  std::optional<int64_t> manifest_first_row_id_;
  SpecId spec_id_{};

  std::vector<BlockStart> blocks_;
  std::vector<uint32_t> object_;  // Of a row, counted over the manifest; empty = the row's number.
  std::vector<int64_t> sequence_, record_count_, file_size_bytes_;
  std::vector<int64_t> first_row_id_;  // -1 = none; empty = none anywhere.
  std::vector<uint8_t> format_;
  std::vector<int32_t> sort_order_;  // -1 = none; empty = none anywhere.
  std::vector<uint32_t> tuple_;
  std::vector<PartitionData> tuples_;
  std::string path_prefix_;  // Of all paths.
  std::string path_rest_;
  std::vector<uint32_t> path_end_;
  std::vector<int64_t> split_offsets_;
  std::vector<uint32_t> split_end_;
  std::map<size_t, std::string> key_metadata_;  // Few have one.
  std::vector<FactsColumn> columns_;
  int64_t total_bytes_ = 0;
  bool has_empty_files_ = false;
};

}  // namespace firn::table
