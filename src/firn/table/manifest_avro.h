// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firn/avro/file_reader.h"
#include "firn/table/manifest.h"
#include "firn/table/record_codec.h"

namespace firn::table {

struct ManifestContext;

using DataFileField = RecordField<DataFile, ManifestContext>;
using EntryField = RecordField<ManifestEntry, ManifestContext>;

/// What the fields of a manifest need to know: how partition tuples look, and, when reading, how
/// the file's own data_file record is to be read.
struct ManifestContext {
  int format_version = 2;
  PartitionSpec spec;
  Type partition_type;  ///< For writing.
  RecordPlan<DataFile, ManifestContext> data_file_plan;
};

/// The rows for data files and manifest entries (spec, "Manifests").
RecordFields<DataFile, ManifestContext> DataFileFields();
RecordFields<ManifestEntry, ManifestContext> EntryFields();

/// Reads what `FormatName` writes, in any case. Errors: `kUnsupported`.
Result<FileFormat> ParseFormat(std::string_view name);

/// Reads the entries of a manifest as they are written: nothing is inherited. Not thread-safe.
class EntryDecoder {
 public:
  /// Opens a manifest written under `spec`. Errors: `kNotFound`; `kCorrupt`; `kIo`.
  static Result<EntryDecoder> Open(io::FileIO& io, const ManifestFile& manifest,
                                   const PartitionSpec& spec);
  /// The next entry, deleted ones too; unset at the end.
  Result<std::optional<ManifestEntry>> Next();
  /// Goes on with the first entry of the Avro block that begins at `offset`.
  void Seek(int64_t offset) { reader_.Seek(offset); }

 private:
  explicit EntryDecoder(avro::FileReader reader) : reader_(std::move(reader)) {}

  avro::FileReader reader_;
  ManifestContext context_;
  RecordPlan<ManifestEntry, ManifestContext> plan_;
};

/// Gives an entry the sequence numbers it inherits (spec, "Sequence Number Inheritance").
/// Errors: `kCorrupt` where an entry that is not new has none of its own.
Status InheritSequenceNumbers(const ManifestFile& manifest, EntryStatus status,
                              std::optional<SequenceNumber>& data,
                              std::optional<SequenceNumber>& file);

}  // namespace firn::table
