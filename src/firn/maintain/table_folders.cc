// SPDX-License-Identifier: Apache-2.0

#include "firn/maintain/table_folders.h"

#include <algorithm>
#include <utility>

#include "firn/io/location.h"

namespace firn::maintain {
namespace {

constexpr std::string_view kFolderProperties[] = {"write.data.path", "write.metadata.path",
                                                  "write.object-storage.path",
                                                  "write.folder-storage.path"};

// Number of segments, to compare folders that lie in each other.
size_t DepthOf(const std::string& folder) {
  const std::string path = io::LooseLocationKey(folder);  // "s3://b////t" is no deeper than "/t".
  return static_cast<size_t>(std::count(path.begin(), path.end(), '/'));
}

bool IsSameOrWithin(std::string_view folder, std::string_view location) {
  return io::IsWithin(folder, io::JoinLocation(location, "x"));
}

}  // namespace

std::vector<std::string> FoldersOf(const table::TableMetadata& metadata) {
  std::vector<std::string> folders = {io::NormalizeLocation(metadata.location)};
  for (const std::string_view key : kFolderProperties) {
    const std::string folder = metadata.Property(key, "");
    if (!folder.empty()) folders.push_back(io::NormalizeLocation(folder));
  }
  return folders;
}

TableFolders::TableFolders(const table::TableMetadata& metadata, std::string_view warehouse,
                           std::vector<std::string> others)
    : others_(std::move(others)) {
  std::vector<std::string> own = FoldersOf(metadata);
  std::sort(own.begin(), own.end(),
            [](const auto& a, const auto& b) { return DepthOf(a) < DepthOf(b); });
  for (std::string& folder : own) {
    const bool covered =
        std::any_of(folders_.begin(), folders_.end(),
                    [&folder](const std::string& outer) { return IsSameOrWithin(outer, folder); });
    if (!covered && io::IsWithin(warehouse, folder)) folders_.push_back(std::move(folder));
  }
}

bool TableFolders::Owns(std::string_view location) const {
  const auto around = [location](const std::vector<std::string>& folders) {
    size_t deepest = 0;
    for (const std::string& folder : folders) {
      if (io::IsWithin(folder, location)) deepest = std::max(deepest, DepthOf(folder));
    }
    return deepest;
  };
  const size_t ours = around(folders_);
  return ours > 0 && ours > around(others_);
}

std::string TableFolders::SharedFolder() const {
  for (const std::string& other : others_) {
    for (const std::string& folder : folders_) {
      if (IsSameOrWithin(folder, other)) return other;
    }
  }
  return {};
}

}  // namespace firn::maintain
