// SPDX-License-Identifier: Apache-2.0

#include "firn/table/delete_files.h"

#include <algorithm>

#include "firn/io/location.h"
#include "firn/table/delete_index.h"

namespace firn::table {
namespace {

Status CheckVector(const DataFile& file) {
  if (file.referenced_data_file && file.content_offset && file.content_size_bytes) return Ok();
  return InvalidArgument("deletion vector without its data file, offset or size", file.file_path);
}

Status CheckDeleteFile(const DataFile& file, int format_version) {
  if (file.content == FileContent::kData) {
    return InvalidArgument("not a delete file", file.file_path);
  }
  if (file.content == FileContent::kEqualityDeletes) {
    if (!file.equality_ids.empty()) return Ok();
    return InvalidArgument("equality deletes without columns", file.file_path);
  }
  if (!IsDeletionVector(file)) {
    if (format_version < 3) return Ok();
    return InvalidArgument("position deletes of version 3 are deletion vectors", file.file_path);
  }
  if (format_version >= 3) return CheckVector(file);
  return InvalidArgument("deletion vectors need format version 3", file.file_path);
}

bool SamePartition(const DataFile& deletes, const DataFile& data, const TableMetadata& base) {
  PartitionSet of_data(base);
  of_data.Add(data);
  return of_data.Contains(deletes);
}

}  // namespace

Status CheckDeleteFiles(const std::vector<DataFile>& deletes, int format_version) {
  for (const DataFile& file : deletes) {
    FIRN_TRY(CheckDeleteFile(file, format_version));
  }
  return Ok();
}

bool AllByEquality(const std::vector<DataFile>& deletes) {
  return std::all_of(deletes.begin(), deletes.end(), [](const DataFile& file) {
    return file.content == FileContent::kEqualityDeletes;
  });
}

Result<DeleteTargets> DeleteTargets::Of(const std::vector<DataFile>& deletes,
                                        const std::vector<DataFile>& added,
                                        const TableMetadata& base) {
  std::map<std::string, const DataFile*> new_files;
  for (const DataFile& file : added) {
    new_files.emplace(io::NormalizeLocation(file.file_path), &file);
  }
  DeleteTargets targets(base);
  for (const DataFile& file : deletes) {
    const auto only = OnlyDataFileOf(file);
    if (!only) continue;
    const std::string path = io::NormalizeLocation(*only);
    if (IsDeletionVector(file)) {
      if (!targets.with_vectors_.insert(path).second) {
        return InvalidArgument("two deletion vectors of one data file", *only);
      }
      targets.vectors_.push_back(file);
    }
    if (const auto fresh = new_files.find(path); fresh == new_files.end()) {
      targets.paths_.insert(path);
      targets.within_.Add(file);
      targets.deletes_of_[path].push_back(file);
    } else if (!SamePartition(file, *fresh->second, base)) {
      return InvalidArgument("deletes lie under another spec or partition than their file", *only);
    }
  }
  return targets;
}

Result<std::vector<ManifestEntry>> DeleteTargets::Find(const FileChanger& changer) const {
  FIRN_ASSIGN(const auto found, changer.FindData(paths_, within_));
  std::vector<ManifestEntry> entries;
  for (const auto& [path, deletes] : deletes_of_) {
    const auto target = found.find(path);
    PartitionSet near(within_.metadata());
    if (target != found.end()) near.Add(target->second.file);
    for (const DataFile& file : deletes) {
      if (near.Contains(file)) continue;
      return InvalidArgument(
          "deletes of a file that is not in the table under their spec and "
          "partition",
          path);
    }
    entries.push_back(target->second);
  }
  return entries;
}

}  // namespace firn::table
