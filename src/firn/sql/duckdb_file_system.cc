// SPDX-License-Identifier: Apache-2.0

#include "firn/sql/duckdb_file_system.h"

#include <optional>
#include <span>
#include <string>
#include <utility>

#include "firn/datafile/plain_parquet.h"
#include "firn/io/file_io.h"
#include "firn/sql/duckdb_wall.h"

namespace firn::sql {
namespace {

constexpr std::string_view kPrefix = "firn-lake:";
constexpr const char* kKeyMetadata = "key_metadata";

class LakeFileHandle : public duckdb::FileHandle {
 public:
  LakeFileHandle(duckdb::FileSystem& system, const duckdb::string& name,
                 duckdb::FileOpenFlags open_flags, std::unique_ptr<io::InputFile> opened)
      : FileHandle(system, name, open_flags), file(std::move(opened)) {}
  void Close() override { file.reset(); }

  std::unique_ptr<io::InputFile> file;
  int64_t position = 0;
};

LakeFileHandle& Lake(duckdb::FileHandle& handle) {
  return handle.Cast<LakeFileHandle>();
}

int64_t ReadAt(LakeFileHandle& handle, void* buffer, int64_t length, int64_t offset) {
  return OrThrow(handle.file->ReadInto(
      offset, std::span(static_cast<char*>(buffer), static_cast<size_t>(length))));
}

std::optional<std::string> KeyMetadataOf(const duckdb::OpenFileInfo& info) {
  if (!info.extended_info) return std::nullopt;
  const auto found = info.extended_info->options.find(kKeyMetadata);
  if (found == info.extended_info->options.end()) return std::nullopt;
  return duckdb::StringValue::Get(found->second);
}

}  // namespace

std::string LakePath(std::string_view location) {
  return std::string(kPrefix).append(location);
}

std::string LocationOf(std::string_view lake_path) {
  return std::string(lake_path.starts_with(kPrefix) ? lake_path.substr(kPrefix.size()) : lake_path);
}

duckdb::OpenFileInfo LakeFileInfo(const table::DataFile& file) {
  duckdb::OpenFileInfo info(LakePath(file.file_path));
  if (!file.key_metadata) return info;
  info.extended_info = duckdb::make_shared_ptr<duckdb::ExtendedOpenFileInfo>();
  info.extended_info->options[kKeyMetadata] = duckdb::Value::BLOB_RAW(*file.key_metadata);
  return info;
}

duckdb::unique_ptr<duckdb::FileHandle> LakeFileSystem::OpenFile(
    const duckdb::string& path, duckdb::FileOpenFlags flags,
    duckdb::optional_ptr<duckdb::FileOpener> opener) {
  return OpenFileExtended(duckdb::OpenFileInfo(path), flags, opener);
}

duckdb::unique_ptr<duckdb::FileHandle> LakeFileSystem::OpenFileExtended(
    const duckdb::OpenFileInfo& info, duckdb::FileOpenFlags flags,
    duckdb::optional_ptr<duckdb::FileOpener> opener) {
  static_cast<void>(opener);
  if (flags.OpenForWriting()) ThrowReadOnly("writing data files from SQL");
  const std::string location = LocationOf(info.path);
  const auto key = KeyMetadataOf(info);
  auto opened = key ? datafile::OpenPlainParquet(io_, location, *key) : io_.Open(location);
  return duckdb::make_uniq<LakeFileHandle>(*this, info.path, flags, OrThrow(std::move(opened)));
}

void LakeFileSystem::Read(duckdb::FileHandle& handle, void* buffer, int64_t nr_bytes,
                          duckdb::idx_t location) {
  const int64_t got = ReadAt(Lake(handle), buffer, nr_bytes, static_cast<int64_t>(location));
  if (got == nr_bytes) return;
  ThrowInDuckDb(Corrupt("file ends early", LocationOf(handle.path), handle.GetFileSize()));
}

int64_t LakeFileSystem::Read(duckdb::FileHandle& handle, void* buffer, int64_t nr_bytes) {
  LakeFileHandle& lake = Lake(handle);
  const int64_t got = ReadAt(lake, buffer, nr_bytes, lake.position);
  lake.position += got;
  return got;
}

int64_t LakeFileSystem::GetFileSize(duckdb::FileHandle& handle) {
  return Lake(handle).file->size_bytes();
}

// Data files are never rewritten, so one constant version is the truth.
duckdb::timestamp_t LakeFileSystem::GetLastModifiedTime(duckdb::FileHandle& handle) {
  static_cast<void>(handle);
  return duckdb::timestamp_t(0);
}

duckdb::string LakeFileSystem::GetVersionTag(duckdb::FileHandle& handle) {
  return handle.path;
}

duckdb::FileType LakeFileSystem::GetFileType(duckdb::FileHandle& handle) {
  static_cast<void>(handle);
  return duckdb::FileType::FILE_TYPE_REGULAR;
}

bool LakeFileSystem::FileExists(const duckdb::string& path,
                                duckdb::optional_ptr<duckdb::FileOpener> opener) {
  static_cast<void>(opener);
  return OrThrow(io_.Exists(LocationOf(path)));
}

bool LakeFileSystem::CanHandleFile(const duckdb::string& path) {
  return std::string_view(path).starts_with(kPrefix);
}

void LakeFileSystem::Seek(duckdb::FileHandle& handle, duckdb::idx_t location) {
  Lake(handle).position = static_cast<int64_t>(location);
}

duckdb::idx_t LakeFileSystem::SeekPosition(duckdb::FileHandle& handle) {
  return static_cast<duckdb::idx_t>(Lake(handle).position);
}

bool LakeFileSystem::OnDiskFile(duckdb::FileHandle& handle) {
  return LocationOf(handle.path).starts_with("file:");
}

}  // namespace firn::sql
