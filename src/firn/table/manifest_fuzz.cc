// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a manifest and as a manifest list.

#include "firn/io/memory_file_io.h"
#include "firn/table/manifest.h"

namespace firn {

void FuzzOne(std::string_view bytes) {
  io::MemoryFileIO io;
  io.Replace("file:///fuzz", std::string(bytes));
  table::ManifestFile manifest;
  manifest.path = "file:///fuzz";
  manifest.sequence_number = table::SequenceNumber(1);
  const table::PartitionSpec spec{
      table::SpecId(0), {{table::FieldId(1), table::FieldId(1000), "p", table::Transform::Day()}}};
  table::ReadManifest(io, manifest, spec).value_or(std::vector<table::ManifestEntry>());
  table::ReadManifestList(io, manifest.path).value_or(std::vector<table::ManifestFile>());
}

}  // namespace firn
