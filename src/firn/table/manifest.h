// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firn/base/result.h"
#include "firn/table/data_file.h"
#include "firn/table/ids.h"

namespace firn::io {
class FileIO;
}

namespace firn::table {

enum class EntryStatus : uint8_t { kExisting = 0, kAdded = 1, kDeleted = 2 };
enum class ManifestContent : uint8_t { kData = 0, kDeletes = 1 };

/// A line of a manifest: a file and what happened to it (spec, "Manifest Entry Fields").
struct ManifestEntry {
  EntryStatus status = EntryStatus::kAdded;
  std::optional<SnapshotId> snapshot_id;
  std::optional<SequenceNumber> sequence_number;  ///< Of the data; unset = inherit.
  std::optional<SequenceNumber> file_sequence_number;
  DataFile file;

  friend bool operator==(const ManifestEntry&, const ManifestEntry&) = default;
  bool is_live() const { return status != EntryStatus::kDeleted; }
};

/// The range of one partition field over a manifest. Unset bounds mean that all values are null
/// or NaN.
struct FieldSummary {
  bool contains_null = true;
  std::optional<bool> contains_nan;
  std::optional<std::string> lower_bound, upper_bound;

  friend bool operator==(const FieldSummary&, const FieldSummary&) = default;
};

/// A line of a manifest list (spec, "Manifest Lists"). Counts may be unset in format version 1.
struct ManifestFile {
  std::string path;
  int64_t length_bytes = 0;
  SpecId spec_id{};
  ManifestContent content = ManifestContent::kData;
  SequenceNumber sequence_number{};
  SequenceNumber min_sequence_number{};
  SnapshotId added_snapshot_id{};
  std::optional<int64_t> added_files_count, existing_files_count, deleted_files_count;
  std::optional<int64_t> added_rows_count, existing_rows_count, deleted_rows_count;
  std::vector<FieldSummary> partitions;  ///< One per field of the spec, or empty = unknown.
  std::optional<std::string> key_metadata;
  std::optional<int64_t> first_row_id;  ///< v3

  friend bool operator==(const ManifestFile&, const ManifestFile&) = default;
  bool has_added_files() const { return !added_files_count || *added_files_count > 0; }
  bool has_existing_files() const { return !existing_files_count || *existing_files_count > 0; }
  bool has_deleted_files() const { return !deleted_files_count || *deleted_files_count > 0; }
};

/// Reads a manifest entry by entry, one Avro block in memory at a time. Not thread-safe.
class ManifestReader {
 public:
  ~ManifestReader();
  ManifestReader(ManifestReader&&) noexcept;

  /// Opens a manifest written under `spec`. Entries inherit snapshot id and sequence numbers from
  /// `manifest` (spec, "Sequence Number Inheritance").
  /// Errors: `kNotFound`; `kCorrupt`; `kIo`.
  static Result<ManifestReader> Open(io::FileIO& io, const ManifestFile& manifest,
                                     const PartitionSpec& spec);
  /// The next entry, deleted ones too; unset at the end. Errors: `kCorrupt`, naming the file.
  Result<std::optional<ManifestEntry>> Next();

 private:
  struct State;
  explicit ManifestReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// All entries of a manifest.
Result<std::vector<ManifestEntry>> ReadManifest(io::FileIO& io, const ManifestFile& manifest,
                                                const PartitionSpec& spec);

/// Describes a manifest that no manifest list describes (format version 1 may name manifests in the
/// snapshot itself). Counts and summaries are unset.
Result<ManifestFile> DescribeManifest(io::FileIO& io, const std::string& location,
                                      SnapshotId snapshot_id);

/// What a manifest is written for.
struct ManifestWriteOptions {
  int format_version = 2;
  ManifestContent content = ManifestContent::kData;
  SnapshotId snapshot_id{};  ///< Of the commit; becomes the manifest's added_snapshot_id.
  PartitionSpec spec;
  Schema schema;
};

/// In a manifest that is not yet in a list: the number of the commit that lands.
inline constexpr SequenceNumber kInheritedSequenceNumber{-1};

/// Writes `entries` to a new manifest at `location`, durable on return.
///
/// Added entries leave their sequence numbers open, to be inherited from the commit that lands;
/// existing and deleted ones must carry theirs. The result's own sequence number is
/// `kInheritedSequenceNumber` until the manifest list of the commit is written.
/// Errors: `kInvalidArgument` for an entry that breaks this or has a tuple not of `spec`.
Result<ManifestFile> WriteManifest(io::FileIO& io, const std::string& location,
                                   const ManifestWriteOptions& options,
                                   const std::vector<ManifestEntry>& entries);

/// Reads a manifest list; v1 entries get sequence number 0.
Result<std::vector<ManifestFile>> ReadManifestList(io::FileIO& io, const std::string& location);

/// What a manifest list is written for.
struct ManifestListWriteOptions {
  int format_version = 2;
  SnapshotId snapshot_id{};
  std::optional<SnapshotId> parent_snapshot_id;
  SequenceNumber sequence_number{};     ///< Manifests added by `snapshot_id` inherit it.
  std::optional<int64_t> first_row_id;  ///< v3
};

/// Writes a manifest list to `location`, durable on return, and returns its lines as written.
Result<std::vector<ManifestFile>> WriteManifestList(io::FileIO& io, const std::string& location,
                                                    const ManifestListWriteOptions& options,
                                                    std::vector<ManifestFile> manifests);

}  // namespace firn::table
