// SPDX-License-Identifier: Apache-2.0
//
// Manifests are written once and kept, because they say nothing of the commit that lands: their
// entries inherit its sequence number through the manifest list (spec, "Sequence Number
// Inheritance", "Commit Conflict Resolution and Retry").

#include "firn/table/snapshot_workspace.h"

#include <algorithm>

#include "firn/base/saturate.h"
#include "firn/io/file_io.h"
#include "firn/io/location.h"
#include "firn/table/encryption.h"
#include "firn/table/partition_avro.h"
#include "firn/table/partition_set.h"

namespace firn::table {
namespace {

constexpr size_t kEntriesOfManifestMax = 10'000;

ManifestEntry ExistingEntry(ManifestEntry entry) {
  entry.status = EntryStatus::kExisting;
  return entry;
}

// What a kept manifest is good for. Row ids that its source got meanwhile must be in it (spec,
// "First Row ID Inheritance"), so a source without them is another source.
std::string KeyOf(const ManifestFile& source, std::string_view reason) {
  std::string key = source.path;
  key += source.first_row_id ? "\n" + std::to_string(*source.first_row_id) : "\nno row ids";
  key += '\n';
  key += reason;
  return key;
}

// A file that enters the table gets its row ids from the commit (spec, "First Row ID Assignment").
DataFile WithoutRowIds(DataFile file) {
  file.first_row_id.reset();
  return file;
}

// What an encrypted table names is encrypted: a plain file is refused, whoever wrote it.
Status CheckAllEncrypted(const std::vector<ManifestEntry>& entries) {
  for (const ManifestEntry& entry : entries) {
    if (entry.status != EntryStatus::kAdded || entry.file.key_metadata) continue;
    return InvalidArgument("a file that is not encrypted, for an encrypted table",
                           entry.file.file_path)
        .WithHint("read its rows and write them into the table");
  }
  return Ok();
}

}  // namespace

std::string SnapshotWorkspace::MetadataLocation(const std::string& name) const {
  const std::string folder =
      base_.Property("write.metadata.path", io::JoinLocation(base_.location, "metadata"));
  return io::JoinLocation(folder, name);
}

std::string SnapshotWorkspace::NewManifestList() {
  std::string location =
      MetadataLocation("snap-" + kept_.snapshot_id->ToString() + "-" +
                       std::to_string(kept_.attempts) + "-" + kept_.unique + ".avro");
  written_.push_back(location);
  files_of_attempt_.push_back(location);
  return location;
}

Result<const PartitionSpec*> SnapshotWorkspace::SpecOf(SpecId id) const {
  const PartitionSpec* spec = base_.FindSpec(id);
  if (spec == nullptr) return InvalidArgument("table has no such partition spec", id);
  return spec;
}

Result<std::vector<ManifestEntry>> SnapshotWorkspace::EntriesOf(
    const ManifestFile& manifest) const {
  const PartitionSpec* spec = base_.FindSpec(manifest.spec_id);
  if (spec == nullptr) return Corrupt("manifest of an unknown partition spec", manifest.spec_id);
  FIRN_ASSIGN(auto entries, ReadManifest(context_.io, manifest, *spec));
  // Entries may be written again, into a manifest that has the types of today.
  const Type type = PartitionType(*spec, base_.schema());
  for (ManifestEntry& entry : entries) {
    WidenPartition(type, entry.file.partition);
  }
  return entries;
}

Result<ManifestFile> SnapshotWorkspace::Write(SpecId spec_id, ManifestContent content,
                                              const std::vector<ManifestEntry>& entries) {
  FIRN_ASSIGN(const PartitionSpec* spec, SpecOf(spec_id));
  if (!IsWritable(*spec)) {
    return Unsupported("no manifest is written of a partition spec with an unknown transform",
                       spec->ToString())
        .WithHint("a newer release may know the transform");
  }
  const ManifestWriteOptions options{base_.format_version, content, snapshot_id(), *spec,
                                     base_.schema()};
  const std::string location =
      MetadataLocation(kept_.unique + "-m" + std::to_string(kept_.manifests++) + ".avro");
  written_.push_back(location);
  FIRN_ASSIGN(const auto encryption, EncryptionOf(base_.properties));
  if (encryption) FIRN_TRY(CheckAllEncrypted(entries));
  NewFile file(context_.io, encryption);
  FIRN_ASSIGN(ManifestFile manifest, WriteManifest(file.io(), location, options, entries));
  if (const auto key = file.key()) {
    manifest.length_bytes = *key->file_length;
    manifest.key_metadata = EncodeKeyMetadata(*key);
  }
  return manifest;
}

Result<ManifestFile> SnapshotWorkspace::WriteKept(SpecId spec, ManifestContent content,
                                                  const std::vector<ManifestEntry>& entries) {
  FIRN_ASSIGN(ManifestFile manifest, Write(spec, content, entries));
  kept_.files.push_back(manifest.path);
  return manifest;
}

Result<std::vector<ManifestFile>> SnapshotWorkspace::WriteAdded(
    ManifestContent content, const std::vector<DataFile>& files,
    std::optional<SequenceNumber> sequence_number) {
  if (const auto known = kept_.added.find(content); known != kept_.added.end()) {
    return known->second;
  }
  std::map<SpecId, std::vector<ManifestEntry>> by_spec;
  for (const DataFile& file : files) {
    by_spec[file.spec_id].push_back(
        {EntryStatus::kAdded, snapshot_id(), sequence_number, std::nullopt, WithoutRowIds(file)});
  }
  std::vector<ManifestFile> manifests;
  for (const auto& [spec, entries] : by_spec) {
    for (size_t begin = 0; begin < entries.size(); begin += kEntriesOfManifestMax) {
      const auto from = entries.begin() + static_cast<std::ptrdiff_t>(begin);
      const size_t count = std::min(kEntriesOfManifestMax, entries.size() - begin);
      FIRN_ASSIGN(ManifestFile manifest,
                  WriteKept(spec, content, {from, from + static_cast<std::ptrdiff_t>(count)}));
      manifests.push_back(std::move(manifest));
    }
  }
  kept_.added.emplace(content, manifests);
  return manifests;
}

Result<std::vector<ManifestEntry>> SnapshotWorkspace::Filter(
    ManifestFile& manifest, std::string_view reason,
    const std::function<bool(const ManifestEntry&)>& remove) {
  const std::string key = KeyOf(manifest, reason);
  if (const auto known = kept_.filtered.find(key); known != kept_.filtered.end()) {
    if (known->second.replacement) manifest = *known->second.replacement;
    return known->second.removed;
  }
  FIRN_ASSIGN(std::vector<ManifestEntry> entries, EntriesOf(manifest));
  SnapshotFiles::Filtered filtered;
  std::vector<ManifestEntry> rest;
  for (ManifestEntry& entry : entries) {
    if (!entry.is_live()) continue;
    if (remove(entry)) {
      entry.status = EntryStatus::kDeleted;
      entry.snapshot_id = snapshot_id();
      filtered.removed.push_back(entry);
      rest.push_back(std::move(entry));
    } else {
      rest.push_back(ExistingEntry(std::move(entry)));
    }
  }
  if (!filtered.removed.empty()) {
    FIRN_ASSIGN(filtered.replacement, WriteKept(manifest.spec_id, manifest.content, rest));
    manifest = *filtered.replacement;
  }
  return kept_.filtered.emplace(key, std::move(filtered)).first->second.removed;
}

Result<ManifestFile> SnapshotWorkspace::Merge(const std::vector<ManifestFile>& manifests) {
  std::vector<ManifestEntry> merged;
  for (const ManifestFile& manifest : manifests) {
    FIRN_ASSIGN(std::vector<ManifestEntry> entries, EntriesOf(manifest));
    for (ManifestEntry& entry : entries) {
      if (entry.is_live()) merged.push_back(ExistingEntry(std::move(entry)));
    }
  }
  FIRN_ASSIGN(ManifestFile manifest,
              Write(manifests.front().spec_id, manifests.front().content, merged));
  files_of_attempt_.push_back(manifest.path);
  return manifest;
}

Result<std::vector<ManifestFile>> SnapshotWorkspace::Rewrite(
    const std::vector<ManifestFile>& sources, std::string_view reason,
    const std::function<Result<std::vector<std::vector<ManifestEntry>>>()>& portions) {
  std::string key;
  for (const ManifestFile& source : sources) {
    key += KeyOf(source, reason) + "\n";
  }
  if (const auto known = kept_.rewritten.find(key); known != kept_.rewritten.end()) {
    return known->second;
  }
  FIRN_ASSIGN(auto sorted, portions());
  std::vector<ManifestFile> manifests;
  for (std::vector<ManifestEntry>& portion : sorted) {
    for (ManifestEntry& entry : portion) {
      entry = ExistingEntry(std::move(entry));
    }
    const ManifestFile& source = sources.front();
    FIRN_ASSIGN(ManifestFile manifest, WriteKept(source.spec_id, source.content, portion));
    manifests.push_back(std::move(manifest));
  }
  return kept_.rewritten.emplace(key, std::move(manifests)).first->second;
}

Status SnapshotWorkspace::CompleteCounts(ManifestFile& manifest) {
  if (manifest.added_files_count && manifest.existing_files_count && manifest.deleted_files_count &&
      manifest.added_rows_count && manifest.existing_rows_count && manifest.deleted_rows_count) {
    return Ok();
  }
  FIRN_ASSIGN(const auto entries, EntriesOf(manifest));
  int64_t files[3] = {0, 0, 0};
  int64_t rows[3] = {0, 0, 0};
  for (const ManifestEntry& entry : entries) {
    const auto status = static_cast<size_t>(entry.status);
    files[status] += 1;
    rows[status] = AddSaturated(rows[status], entry.file.record_count);
  }
  manifest.existing_files_count = files[0];
  manifest.added_files_count = files[1];
  manifest.deleted_files_count = files[2];
  manifest.existing_rows_count = rows[0];
  manifest.added_rows_count = rows[1];
  manifest.deleted_rows_count = rows[2];
  return Ok();
}

}  // namespace firn::table
