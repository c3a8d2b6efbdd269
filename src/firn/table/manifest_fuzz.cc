// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a manifest, entry by entry and in columns, and as a manifest list. The two readers
// of manifests must agree on the live data files wherever both take the bytes.

#include <cstdio>
#include <cstdlib>

#include "firn/io/memory_file_io.h"
#include "firn/table/manifest.h"
#include "firn/table/manifest_columns.h"

namespace firn {
namespace {

using table::FieldId;
using table::NestedField;

void Expect(bool same, const char* what) {
  if (same) return;
  std::fprintf(stderr, "the readers of manifests disagree on %s\n", what);
  std::abort();
}

void Compare(const std::vector<table::ManifestEntry>& entries,
             const table::ManifestColumns& columns) {
  size_t row = 0;
  for (const table::ManifestEntry& entry : entries) {
    if (!entry.is_live()) continue;
    Expect(row < columns.size(), "their number");
    const table::DataFile file = columns.FileAt(row);
    Expect(file.file_path == entry.file.file_path, "a path");
    Expect(file.record_count == entry.file.record_count, "a count");
    Expect(file.partition == entry.file.partition, "a tuple");
    Expect(file.split_offsets == entry.file.split_offsets, "split offsets");
    Expect(columns.sequence_number(row) == entry.sequence_number, "a sequence number");
    ++row;
  }
  Expect(row == columns.size(), "their number");
}

}  // namespace

void FuzzOne(std::string_view bytes) {
  io::MemoryFileIO io;
  io.Replace("file:///fuzz", std::string(bytes));
  table::ManifestFile manifest;
  manifest.path = "file:///fuzz";
  manifest.sequence_number = table::SequenceNumber(1);
  const table::PartitionSpec spec{table::SpecId(0),
                                  {{FieldId(1), FieldId(1000), "p", table::Transform::Day()}}};
  const auto entries = table::ReadManifest(io, manifest, spec);
  const auto columns =
      table::ManifestColumns::Read(io, manifest, spec,
                                   {NestedField::Optional(1, "a", table::Type::Long()),
                                    NestedField::Optional(2, "b", table::Type::String())});
  if (entries && columns) Compare(*entries, **columns);
  table::ReadManifestList(io, manifest.path).value_or(std::vector<table::ManifestFile>());
}

}  // namespace firn
