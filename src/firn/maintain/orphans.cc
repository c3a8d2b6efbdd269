// SPDX-License-Identifier: Apache-2.0

#include "firn/maintain/orphans.h"

#include <algorithm>
#include <set>
#include <utility>

#include "firn/io/location.h"
#include "firn/table/manifest.h"
#include "firn/table/metadata_json.h"
#include "firn/table/scan.h"

namespace firn::maintain {
namespace {

constexpr int64_t kMetadataFileBytesMax = int64_t{512} << 20;
constexpr size_t kUlidLength = 26;

bool IsMissing(const Error& error) {
  return error.kind == ErrorKind::kNotFound;
}

// ".<name>.<ulid>.tmp", as `io::LocalFileIO` names what it has not finished.
bool IsUnfinishedOfOurs(std::string_view name) {
  constexpr std::string_view kEnd = ".tmp";
  if (!name.starts_with('.') || !name.ends_with(kEnd)) return false;
  name.remove_suffix(kEnd.size());
  const size_t dot = name.rfind('.');
  const std::string_view ulid = name.substr(dot + 1);
  return dot > 0 && ulid.size() == kUlidLength && std::all_of(ulid.begin(), ulid.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
         });
}

// A file or folder that other programs keep out of tables by its name. Partition folders may begin
// so as well: "_id=7".
bool IsHiddenOfOthers(const TableFolders& folders, const std::string& location) {
  std::string_view rest = location;
  for (const std::string& folder : folders.folders()) {
    if (io::IsWithin(folder, location)) rest = rest.substr(std::min(folder.size(), rest.size()));
  }
  while (!rest.empty()) {
    const size_t slash = std::min(rest.find('/'), rest.size());
    const std::string_view segment = rest.substr(0, slash);
    const bool hidden = segment.starts_with('_') || segment.starts_with('.');
    const bool last = slash == rest.size();
    if (hidden && segment.find('=') == std::string_view::npos &&
        !(last && IsUnfinishedOfOurs(segment))) {
      return true;
    }
    rest.remove_prefix(last ? slash : slash + 1);
  }
  return false;
}

FileKind KindOf(std::string_view location) {
  const std::string_view name = io::FileNameOf(location);
  if (name.ends_with(".metadata.json") || name.ends_with(".metadata.json.gz")) {
    return FileKind::kMetadata;
  }
  if (name.starts_with("snap-") && name.ends_with(".avro")) return FileKind::kManifestList;
  if (name.ends_with("stats") || name.ends_with(".puffin")) return FileKind::kStatistics;
  if (name.ends_with(".parquet") || name.ends_with(".orc")) return FileKind::kContent;
  return FileKind::kOther;
}

}  // namespace

Status References::Add(const std::string& metadata_location, const table::TableMetadata& metadata) {
  files_.Insert(metadata_location);
  FIRN_TRY(AddSnapshots(metadata, true));
  for (const table::MetadataLogEntry& entry : metadata.metadata_log) {
    files_.Insert(entry.metadata_file);
    FIRN_TRY(AddEarlier(entry.metadata_file));
  }
  return Ok();
}

Status References::AddEarlier(const std::string& metadata_location) {
  if (metadata_files_.contains(metadata_location)) return Ok();
  const auto bytes = io_.ReadAll(metadata_location, kMetadataFileBytesMax);
  if (!bytes && IsMissing(bytes.error())) return Ok();
  if (!bytes) return bytes.error();
  auto earlier = table::ParseMetadata(*bytes);
  if (!earlier) return std::move(earlier).error().Within(metadata_location);
  FIRN_TRY(AddSnapshots(*earlier, false));
  metadata_files_.insert(metadata_location);
  return Ok();
}

Status References::AddSnapshots(const table::TableMetadata& metadata, bool must_exist) {
  for (const table::Snapshot& snapshot : metadata.snapshots) {
    if (snapshots_.contains(snapshot.id)) continue;
    FIRN_TRY(AddSnapshot(metadata, snapshot, must_exist));
    snapshots_.insert(snapshot.id);
  }
  for (const auto* statistics : {&metadata.statistics, &metadata.partition_statistics}) {
    for (const table::StatisticsFile& file : *statistics) {
      const Json* path = file.json.Find("statistics-path");
      if (path != nullptr && path->as_string() != nullptr) files_.Insert(*path->as_string());
    }
  }
  return Ok();
}

Status References::AddSnapshot(const table::TableMetadata& metadata,
                               const table::Snapshot& snapshot, bool must_exist) {
  if (!snapshot.manifest_list.empty()) files_.Insert(snapshot.manifest_list);
  auto manifests = table::ManifestsOf(metadata, snapshot, io_);
  if (!manifests && !must_exist && IsMissing(manifests.error())) return Ok();
  if (!manifests) return std::move(manifests).error();
  for (const table::ManifestFile& manifest : *manifests) {
    files_.Insert(manifest.path);
    if (manifests_.contains(manifest.path)) continue;
    FIRN_TRY(AddManifest(metadata, manifest, must_exist));
    manifests_.insert(manifest.path);
  }
  return Ok();
}

Status References::AddManifest(const table::TableMetadata& metadata,
                               const table::ManifestFile& manifest, bool must_exist) {
  if (!manifest.has_added_files() && !manifest.has_existing_files()) return Ok();
  const table::PartitionSpec* spec = metadata.FindSpec(manifest.spec_id);
  if (spec == nullptr) return Corrupt("manifest of an unknown partition spec", manifest.path);
  auto reader = table::ManifestReader::Open(io_, manifest, *spec);
  if (!reader && !must_exist && IsMissing(reader.error())) return Ok();
  if (!reader) return std::move(reader).error();
  while (true) {
    FIRN_ASSIGN(const auto entry, reader->Next());
    if (!entry) return Ok();
    if (entry->is_live()) files_.Insert(entry->file.file_path);
  }
}

OrphanPlan PlanOrphans(const std::vector<io::FileInfo>& listed, const FileSet& referenced,
                       const TableFolders& folders, TimeMs older_than) {
  OrphanPlan plan;
  for (const io::FileInfo& file : listed) {
    if (referenced.Contains(file.location) || !folders.Owns(file.location)) continue;
    if (io::FileNameOf(file.location) == "version-hint.text") continue;
    if (IsHiddenOfOthers(folders, file.location)) continue;
    if (file.modified >= older_than) {
      ++plan.too_young;
      continue;
    }
    plan.files.push_back({file.location, KindOf(file.location), file.size_bytes});
  }
  return plan;
}

}  // namespace firn::maintain
