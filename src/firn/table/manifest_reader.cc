// SPDX-License-Identifier: Apache-2.0
//
// Reading manifests, and what entries inherit from the manifest list (spec, "Sequence Number
// Inheritance", "First Row ID Inheritance"): a null sequence number means the manifest's, for
// entries it added; manifests of version 1 have 0 throughout.

#include <charconv>

#include "firn/avro/file_reader.h"
#include "firn/base/saturate.h"
#include "firn/io/file_io.h"
#include "firn/table/encryption.h"
#include "firn/table/manifest_avro.h"

namespace firn::table {
namespace {

const avro::Field* FindDataFile(const avro::Schema& schema) {
  for (const avro::Field& field : schema.fields) {
    if (field.id == 2 || (field.id == avro::kNoId && field.name == "data_file")) return &field;
  }
  return nullptr;
}

}  // namespace

Status InheritSequenceNumbers(const ManifestFile& manifest, EntryStatus status,
                              std::optional<SequenceNumber>& data,
                              std::optional<SequenceNumber>& file) {
  const bool inherits = status == EntryStatus::kAdded || manifest.sequence_number.value == 0;
  if (!inherits && !data) return Corrupt("entry without a sequence number of its own");
  // Writers of early version 2 left the file's number out; the data's is the closest there is.
  if (!inherits && !file) file = data;
  if (!data) data = manifest.sequence_number;
  if (!file) file = manifest.sequence_number;
  return Ok();
}

Result<EntryDecoder> EntryDecoder::Open(io::FileIO& io, const ManifestFile& manifest,
                                        const PartitionSpec& spec) {
  FIRN_ASSIGN(auto file, OpenManifest(io, manifest));
  FIRN_ASSIGN(auto reader, avro::FileReader::Open(std::move(file)));
  EntryDecoder decoder(std::move(reader));
  decoder.context_.spec = spec;
  const avro::Schema& schema = decoder.reader_.schema();
  FIRN_ASSIGN(decoder.plan_, (PlanRecord<ManifestEntry, ManifestContext>(EntryFields(), schema)));
  const avro::Field* data_file = FindDataFile(schema);
  FIRN_ASSERT(data_file != nullptr);  // PlanRecord asks for it.
  FIRN_ASSIGN(decoder.context_.data_file_plan,
              (PlanRecord<DataFile, ManifestContext>(DataFileFields(), *data_file->schema)));
  return decoder;
}

Result<std::optional<ManifestEntry>> EntryDecoder::Next() {
  FIRN_ASSIGN(const bool more, reader_.Next());
  if (!more) return std::optional<ManifestEntry>();
  ManifestEntry entry;
  FIRN_TRY((DecodeRecord<ManifestEntry, ManifestContext>(plan_, reader_.schema(), context_,
                                                         reader_.decoder(), entry)));
  entry.file.spec_id = context_.spec.id;
  return std::optional<ManifestEntry>(std::move(entry));
}

struct ManifestReader::State {
  EntryDecoder decoder;
  ManifestFile manifest;
  std::optional<int64_t> next_row_id;
};

ManifestReader::ManifestReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ManifestReader::~ManifestReader() = default;
ManifestReader::ManifestReader(ManifestReader&&) noexcept = default;

Result<ManifestReader> ManifestReader::Open(io::FileIO& io, const ManifestFile& manifest,
                                            const PartitionSpec& spec) {
  auto decoder = EntryDecoder::Open(io, manifest, spec);
  if (!decoder) return std::move(decoder).error().Within("manifest " + manifest.path);
  return ManifestReader(
      std::make_unique<State>(State{*std::move(decoder), manifest, manifest.first_row_id}));
}

Result<std::optional<ManifestEntry>> ManifestReader::Next() {
  const auto next = [this]() -> Result<std::optional<ManifestEntry>> {
    State& state = *state_;
    FIRN_ASSIGN(auto entry, state.decoder.Next());
    if (!entry) return entry;
    if (!entry->snapshot_id) entry->snapshot_id = state.manifest.added_snapshot_id;
    FIRN_TRY(InheritSequenceNumbers(state.manifest, entry->status, entry->sequence_number,
                                    entry->file_sequence_number));
    if (state.next_row_id && entry->is_live() && !entry->file.first_row_id &&
        entry->file.content == FileContent::kData) {
      entry->file.first_row_id = state.next_row_id;
      *state.next_row_id = AddSaturated(*state.next_row_id, entry->file.record_count);
    }
    return entry;
  };
  auto read = next();
  if (!read) return std::move(read).error().Within("manifest " + state_->manifest.path);
  return read;
}

Result<ManifestFile> DescribeManifest(io::FileIO& io, const std::string& location,
                                      SnapshotId snapshot_id) {
  FIRN_ASSIGN(auto file, io.Open(location));
  ManifestFile manifest;
  manifest.path = location;
  manifest.length_bytes = file->size_bytes();
  manifest.added_snapshot_id = snapshot_id;
  FIRN_ASSIGN(const auto reader, avro::FileReader::Open(std::move(file)));
  if (const std::string* spec = reader.Metadata("partition-spec-id")) {
    const auto [end, error] =
        std::from_chars(spec->data(), spec->data() + spec->size(), manifest.spec_id.value);
    if (error != std::errc()) return Corrupt("partition-spec-id of manifest " + location, *spec);
  }
  return manifest;
}

Result<std::vector<ManifestEntry>> ReadManifest(io::FileIO& io, const ManifestFile& manifest,
                                                const PartitionSpec& spec) {
  FIRN_ASSIGN(ManifestReader reader, ManifestReader::Open(io, manifest, spec));
  std::vector<ManifestEntry> entries;
  while (true) {
    FIRN_ASSIGN(auto entry, reader.Next());
    if (!entry) return entries;
    entries.push_back(*std::move(entry));
  }
}

}  // namespace firn::table
