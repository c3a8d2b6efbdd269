// SPDX-License-Identifier: Apache-2.0
//
// Reading manifests, and what entries inherit from the manifest list (spec, "Sequence Number
// Inheritance", "First Row ID Inheritance"): a null sequence number means the manifest's, for
// entries it added; manifests of version 1 have 0 throughout.

#include <charconv>

#include "firn/avro/file_reader.h"
#include "firn/io/file_io.h"
#include "firn/table/manifest_avro.h"

namespace firn::table {
namespace {

const avro::Field* FindDataFile(const avro::Schema& schema) {
  for (const avro::Field& field : schema.fields) {
    if (field.id == 2 || (field.id == avro::kNoId && field.name == "data_file")) return &field;
  }
  return nullptr;
}

Status InheritSequenceNumbers(const ManifestFile& manifest, ManifestEntry& entry) {
  const bool inherits = entry.status == EntryStatus::kAdded || manifest.sequence_number.value == 0;
  if (!inherits && (!entry.sequence_number || !entry.file_sequence_number)) {
    // Writers of early version 2 left the file's number out; the data's is the closest there is.
    if (!entry.sequence_number) return Corrupt("entry without a sequence number of its own");
    entry.file_sequence_number = entry.sequence_number;
  }
  if (!entry.sequence_number) entry.sequence_number = manifest.sequence_number;
  if (!entry.file_sequence_number) entry.file_sequence_number = manifest.sequence_number;
  return Ok();
}

}  // namespace

struct ManifestReader::State {
  State(avro::FileReader opened, ManifestFile file)
      : reader(std::move(opened)), manifest(std::move(file)) {}

  avro::FileReader reader;
  ManifestFile manifest;
  ManifestContext context;
  RecordPlan<ManifestEntry, ManifestContext> plan;
  std::optional<int64_t> next_row_id;
};

ManifestReader::ManifestReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
ManifestReader::~ManifestReader() = default;
ManifestReader::ManifestReader(ManifestReader&&) noexcept = default;

Result<ManifestReader> ManifestReader::Open(io::FileIO& io, const ManifestFile& manifest,
                                            const PartitionSpec& spec) {
  const auto open = [&]() -> Result<ManifestReader> {
    FIRN_ASSIGN(auto file, io.Open(manifest.path));
    FIRN_ASSIGN(auto reader, avro::FileReader::Open(std::move(file)));
    auto state = std::make_unique<State>(std::move(reader), manifest);
    state->context.spec = spec;
    state->next_row_id = manifest.first_row_id;
    const avro::Schema& schema = state->reader.schema();
    FIRN_ASSIGN(state->plan, (PlanRecord<ManifestEntry, ManifestContext>(EntryFields(), schema)));
    const avro::Field* data_file = FindDataFile(schema);
    FIRN_ASSERT(data_file != nullptr);  // PlanRecord asks for it.
    FIRN_ASSIGN(state->context.data_file_plan,
                (PlanRecord<DataFile, ManifestContext>(DataFileFields(), *data_file->schema)));
    return ManifestReader(std::move(state));
  };
  auto opened = open();
  if (!opened) return std::move(opened).error().Within("manifest " + manifest.path);
  return opened;
}

Result<std::optional<ManifestEntry>> ManifestReader::Next() {
  const auto next = [this]() -> Result<std::optional<ManifestEntry>> {
    State& state = *state_;
    FIRN_ASSIGN(const bool more, state.reader.Next());
    if (!more) return std::optional<ManifestEntry>();
    ManifestEntry entry;
    FIRN_TRY((DecodeRecord<ManifestEntry, ManifestContext>(
        state.plan, state.reader.schema(), state.context, state.reader.decoder(), entry)));
    entry.file.spec_id = state.context.spec.id;
    if (!entry.snapshot_id) entry.snapshot_id = state.manifest.added_snapshot_id;
    FIRN_TRY(InheritSequenceNumbers(state.manifest, entry));
    if (state.next_row_id && entry.is_live() && !entry.file.first_row_id &&
        entry.file.content == FileContent::kData) {
      entry.file.first_row_id = state.next_row_id;
      *state.next_row_id += entry.file.record_count;
    }
    return std::optional<ManifestEntry>(std::move(entry));
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
