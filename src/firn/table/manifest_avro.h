// SPDX-License-Identifier: Apache-2.0
#pragma once

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

}  // namespace firn::table
