// SPDX-License-Identifier: Apache-2.0
//
// Lake files for DuckDB's readers, through `io::FileIO`. Private to the room.
#pragma once

#include <string>
#include <string_view>

#include "duckdb.hpp"
#include "duckdb/common/file_system.hpp"
#include "firn/table/data_file.h"

namespace firn::io {
class FileIO;
}

namespace firn::sql {

/// The path under which DuckDB opens the lake file at `location`.
std::string LakePath(std::string_view location);

/// The location behind a path made by `LakePath`.
std::string LocationOf(std::string_view lake_path);

/// How DuckDB is to open a data file: its path and, where it is encrypted, with what.
duckdb::OpenFileInfo LakeFileInfo(const table::DataFile& file);

/// Serves reads of paths that `LakePath` made. Writing is refused. `io` must outlive it.
class LakeFileSystem : public duckdb::FileSystem {
 public:
  explicit LakeFileSystem(io::FileIO& io) : io_(io) {}

  duckdb::unique_ptr<duckdb::FileHandle> OpenFile(
      const duckdb::string& path, duckdb::FileOpenFlags flags,
      duckdb::optional_ptr<duckdb::FileOpener> opener) override;
  void Read(duckdb::FileHandle& handle, void* buffer, int64_t nr_bytes,
            duckdb::idx_t location) override;
  int64_t Read(duckdb::FileHandle& handle, void* buffer, int64_t nr_bytes) override;
  int64_t GetFileSize(duckdb::FileHandle& handle) override;
  duckdb::timestamp_t GetLastModifiedTime(duckdb::FileHandle& handle) override;
  duckdb::string GetVersionTag(duckdb::FileHandle& handle) override;
  duckdb::FileType GetFileType(duckdb::FileHandle& handle) override;
  bool FileExists(const duckdb::string& path,
                  duckdb::optional_ptr<duckdb::FileOpener> opener) override;
  bool CanHandleFile(const duckdb::string& path) override;
  void Seek(duckdb::FileHandle& handle, duckdb::idx_t location) override;
  duckdb::idx_t SeekPosition(duckdb::FileHandle& handle) override;
  bool CanSeek() override { return true; }
  bool OnDiskFile(duckdb::FileHandle& handle) override;
  std::string GetName() const override { return "FirnLake"; }

 protected:
  /// Opens an encrypted file as the plain one that it would be.
  duckdb::unique_ptr<duckdb::FileHandle> OpenFileExtended(
      const duckdb::OpenFileInfo& info, duckdb::FileOpenFlags flags,
      duckdb::optional_ptr<duckdb::FileOpener> opener) override;
  bool SupportsOpenFileExtended() const override { return true; }

 private:
  io::FileIO& io_;
};

}  // namespace firn::sql
