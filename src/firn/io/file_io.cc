// SPDX-License-Identifier: Apache-2.0

#include "firn/io/file_io.h"

#include <set>

#include "firn/io/location.h"

namespace firn::io {
namespace {

Status PublishAndSyncFolders(FileIO& files_io, std::span<OutputFile* const> files) {
  std::set<std::string> folders;
  for (OutputFile* file : files) {
    FIRN_TRY(file->Publish());
    folders.insert(ParentLocation(file->location()));
  }
  for (const std::string& folder : folders)
    FIRN_TRY(files_io.SyncFolder(folder));
  return Ok();
}

void AbortAll(std::span<OutputFile* const> files) {
  for (OutputFile* file : files)
    file->Abort();
}

}  // namespace

Result<std::string> InputFile::Read(int64_t offset, int64_t length) const {
  if (offset < 0 || length < 0) return InvalidArgument("negative read", offset, length);
  const int64_t left = offset < size_bytes() ? size_bytes() - offset : 0;
  std::string bytes(static_cast<size_t>(length < left ? length : left), '\0');
  FIRN_ASSIGN(const int64_t read, ReadInto(offset, bytes));
  bytes.resize(static_cast<size_t>(read));
  return bytes;
}

Status PublishAll(FileIO& files_io, std::span<OutputFile* const> files) {
  Status status = PublishAndSyncFolders(files_io, files);
  if (!status) {
    AbortAll(files);
    return status;
  }
  for (OutputFile* file : files)
    file->Finish();
  return Ok();
}

Status FileIO::CloseAll(std::span<OutputFile* const> files) {
  for (OutputFile* file : files) {
    if (Status synced = file->Sync(); !synced) {
      AbortAll(files);
      return synced;
    }
  }
  return PublishAll(*this, files);
}

Result<std::string> FileIO::ReadAll(std::string_view location, int64_t max_bytes) {
  FIRN_ASSIGN(const auto file, Open(location));
  if (file->size_bytes() > max_bytes) {
    return ResourceExhausted("file is too large", location, file->size_bytes(), max_bytes);
  }
  FIRN_ASSIGN(std::string bytes, file->Read(0, file->size_bytes()));
  if (static_cast<int64_t>(bytes.size()) != file->size_bytes()) {
    return Io("file shrank while it was read", location);
  }
  return bytes;
}

Status FileIO::WriteAll(std::string_view location, std::string_view bytes) {
  FIRN_ASSIGN(const auto file, Create(location));
  FIRN_TRY(file->Write(bytes));
  return file->Close();
}

}  // namespace firn::io
