// SPDX-License-Identifier: Apache-2.0

#include "firn/table/file_changer.h"

#include <algorithm>

#include "firn/io/location.h"
#include "firn/table/delete_index.h"

namespace firn::table {
namespace {

bool Lives(const ManifestFile& manifest) {
  return manifest.has_added_files() || manifest.has_existing_files();
}

// Vectors of several data files may share a Puffin file, so the offset is part of the name.
std::string DeleteKey(const DataFile& file) {
  const std::string offset = file.content_offset ? std::to_string(*file.content_offset) : "";
  return io::NormalizeLocation(file.file_path) + "\n" + offset;
}

}  // namespace

// Which deletes go, and why.
class FileChanger::Obsolete {
 public:
  Obsolete(const DeleteRemoval& removal, const std::vector<ManifestEntry>& removed_data,
           SequenceNumber oldest_data, const TableMetadata& base)
      : emptied_(removal.partitions),
        oldest_data_(oldest_data),
        data_removed_(!removed_data.empty()),
        near_(base) {
    for (const DataFile& file : removal.files) {
      asked_.insert(DeleteKey(file));
      near_.Add(file);
    }
    for (const DataFile& vector : removal.vectors) {
      vectors_.emplace(io::NormalizeLocation(*vector.referenced_data_file), vector.record_count);
      near_.Add(vector);
    }
    for (const ManifestEntry& entry : removed_data) {
      gone_.insert(io::NormalizeLocation(entry.file.file_path));
      near_.Add(entry.file);
    }
  }

  bool MayBeIn(const ManifestFile& manifest) const {
    return near_.MightBeIn(manifest) ||
           (data_removed_ && manifest.min_sequence_number <= oldest_data_) ||
           (emptied_ != nullptr && emptied_->MightBeIn(manifest));
  }

  bool Includes(const ManifestEntry& entry) const {
    if (asked_.contains(DeleteKey(entry.file))) return true;
    if (IsDangling(entry) || (emptied_ != nullptr && emptied_->Contains(entry.file))) return true;
    const auto only = OnlyDataFileOf(entry.file);
    if (!only) return false;
    const std::string path = io::NormalizeLocation(*only);
    return gone_.contains(path) || vectors_.contains(path);
  }

  // A vector holds all rows of those it replaces, so it cannot have fewer.
  Status CheckAbsorbed(const ManifestEntry& entry) const {
    const auto only = OnlyDataFileOf(entry.file);
    if (!only) return Ok();
    const auto vector = vectors_.find(io::NormalizeLocation(*only));
    if (vector == vectors_.end() || vector->second >= entry.file.record_count) return Ok();
    return InvalidArgument("deletion vector has fewer rows than the deletes it replaces, of file",
                           *only, vector->second, entry.file.record_count);
  }

  Status CheckAllFound(const std::vector<ManifestEntry>& removed) const {
    std::set<std::string> missing = asked_;
    for (const ManifestEntry& entry : removed) {
      missing.erase(DeleteKey(entry.file));
    }
    if (missing.empty()) return Ok();
    return Conflict("a delete file to be replaced is no longer in the table",
                    missing.begin()->substr(0, missing.begin()->find('\n')));
  }

  // Equal for equal answers of `Includes`.
  std::string Reason() const {
    std::string all = oldest_data_.ToString();
    for (const auto& paths : {asked_, gone_}) {
      for (const std::string& path : paths) {
        all += "\n" + path;
      }
      all += "\n";
    }
    for (const auto& [path, rows] : vectors_) {
      all += "\n" + path;
    }
    return all;
  }

 private:
  // Nothing is left that is old enough (spec, "Scan Planning").
  bool IsDangling(const ManifestEntry& entry) const {
    if (!data_removed_) return false;
    return entry.file.content == FileContent::kEqualityDeletes
               ? *entry.sequence_number <= oldest_data_
               : *entry.sequence_number < oldest_data_;
  }

  const PartitionSet* emptied_;
  SequenceNumber oldest_data_;
  bool data_removed_;
  PartitionSet near_;
  std::set<std::string> asked_, gone_;
  std::map<std::string, int64_t> vectors_;  // New ones: rows by data file.
};

FileChanger::FileChanger(const ParentSnapshot& parent, SnapshotWorkspace& workspace)
    : workspace_(workspace), manifests_(parent.manifests) {}

Status FileChanger::RemoveData(std::string_view reason,
                               const std::function<bool(const DataFile&)>& remove,
                               const PartitionSet* within) {
  for (ManifestFile& manifest : manifests_) {
    if (manifest.content != ManifestContent::kData || !Lives(manifest)) continue;
    if (within != nullptr && !within->MightBeIn(manifest)) continue;
    FIRN_ASSIGN(auto gone,
                workspace_.Filter(manifest, reason, [&remove](const ManifestEntry& entry) {
                  return remove(entry.file);
                }));
    std::move(gone.begin(), gone.end(), std::back_inserter(removed_data_));
  }
  for (const ManifestEntry& entry : removed_data_) {
    summary_.RemoveFile(entry.file);
  }
  return Ok();
}

Status FileChanger::Add(const std::vector<DataFile>& files,
                        std::optional<SequenceNumber> sequence_number) {
  for (const DataFile& file : files) {
    summary_.AddFile(file);
  }
  FIRN_ASSIGN(auto manifests,
              workspace_.WriteAdded(ManifestContent::kData, files, sequence_number));
  added_.insert(added_.end(), manifests.begin(), manifests.end());
  return Ok();
}

Status FileChanger::AddDeletes(const std::vector<DataFile>& files,
                               std::optional<SequenceNumber> sequence_number) {
  for (const DataFile& file : files) {
    summary_.AddFile(file);
  }
  FIRN_ASSIGN(auto manifests,
              workspace_.WriteAdded(ManifestContent::kDeletes, files, sequence_number));
  added_.insert(added_.end(), manifests.begin(), manifests.end());
  return Ok();
}

Status FileChanger::RemoveDeletes(const DeleteRemoval& removal) {
  const Obsolete obsolete(removal, removed_data_, OldestData(), workspace_.base());
  const std::string reason = obsolete.Reason();
  for (ManifestFile& manifest : manifests_) {
    if (manifest.content != ManifestContent::kDeletes || !Lives(manifest)) continue;
    if (!obsolete.MayBeIn(manifest)) continue;
    FIRN_ASSIGN(auto gone,
                workspace_.Filter(manifest, reason, [&obsolete](const ManifestEntry& entry) {
                  return obsolete.Includes(entry);
                }));
    std::move(gone.begin(), gone.end(), std::back_inserter(removed_deletes_));
  }
  for (const ManifestEntry& entry : removed_deletes_) {
    FIRN_TRY(obsolete.CheckAbsorbed(entry));
    summary_.RemoveFile(entry.file);
  }
  return obsolete.CheckAllFound(removed_deletes_);
}

Result<SnapshotContents> FileChanger::Finish(std::string_view operation) && {
  SnapshotContents contents;
  contents.operation = operation;
  contents.summary = std::move(summary_);
  contents.manifests = std::move(added_);
  contents.manifests.insert(contents.manifests.end(), manifests_.begin(), manifests_.end());
  return contents;
}

Result<std::map<std::string, ManifestEntry>> FileChanger::FindData(
    const std::set<std::string>& paths, const PartitionSet& within) const {
  std::map<std::string, ManifestEntry> found;
  for (const ManifestFile& manifest : manifests_) {
    if (found.size() == paths.size()) break;
    if (manifest.content != ManifestContent::kData || !Lives(manifest)) continue;
    if (!within.MightBeIn(manifest)) continue;
    FIRN_ASSIGN(auto entries, workspace_.EntriesOf(manifest));
    for (ManifestEntry& entry : entries) {
      if (!entry.is_live()) continue;
      std::string path = io::NormalizeLocation(entry.file.file_path);
      if (paths.contains(path)) found.emplace(std::move(path), std::move(entry));
    }
  }
  return found;
}

// The lowest sequence number among the data that is left, and what this snapshot adds.
SequenceNumber FileChanger::OldestData() const {
  SequenceNumber oldest(workspace_.base().last_sequence_number.value + 1);  // Of this commit.
  for (const auto* manifests : {&added_, &manifests_}) {
    for (const ManifestFile& manifest : *manifests) {
      if (manifest.content != ManifestContent::kData || !Lives(manifest)) continue;
      if (manifest.min_sequence_number == kInheritedSequenceNumber) continue;
      oldest = std::min(oldest, manifest.min_sequence_number);
    }
  }
  return oldest;
}

Result<std::set<std::string>> DistinctPaths(const std::vector<DataFile>& files) {
  std::set<std::string> paths;
  for (const DataFile& file : files) {
    if (!paths.insert(io::NormalizeLocation(file.file_path)).second) {
      return InvalidArgument("file is given twice", file.file_path);
    }
  }
  return paths;
}

Status CheckDataFiles(const std::vector<DataFile>& files) {
  for (const DataFile& file : files) {
    if (file.content != FileContent::kData) {
      return InvalidArgument("not a data file", file.file_path);
    }
  }
  FIRN_TRY(DistinctPaths(files));
  return Ok();
}

Status CheckAllFound(const std::set<std::string>& wanted, const std::vector<ManifestEntry>& found) {
  if (found.size() == wanted.size()) return Ok();
  std::set<std::string> missing = wanted;
  for (const ManifestEntry& entry : found) {
    missing.erase(io::NormalizeLocation(entry.file.file_path));
  }
  return Conflict("a file to be replaced is no longer in the table",
                  missing.empty() ? std::string("one that is there twice") : *missing.begin());
}

}  // namespace firn::table
