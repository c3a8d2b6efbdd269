// SPDX-License-Identifier: Apache-2.0

#include "firn/io/arrow_fs/object_store.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "firn/io/arrow_fs/arrow_file_io.h"
#include "firn/io/arrow_fs/object_location.h"
#include "firn/io/arrow_fs/open_store.h"

namespace firn::io {
namespace {

constexpr std::string_view kKnownProperties[] = {
    "s3.endpoint",          "s3.region",        "s3.access-key-id",
    "s3.secret-access-key", "s3.session-token", "s3.path-style-access",
    "gcs.service.host",     "gcs.project-id",   "gcs.oauth2.token",
    "adls.account-name",    "adls.account-key", "adls.sas-token",
    "adls.endpoint",
};

}  // namespace

struct ObjectStoreFileIO::Stores {
  mutable std::mutex mutex;
  std::map<std::string, std::unique_ptr<ArrowFileIO>> open;  // By `StoreKey`.
};

Status CheckStoreProperties(const StoreProperties& properties) {
  for (const auto& [key, value] : properties) {
    if (std::find(std::begin(kKnownProperties), std::end(kKnownProperties), key) ==
        std::end(kKnownProperties)) {
      return InvalidArgument("unknown property of object stores", key);
    }
  }
  return Ok();
}

ObjectStoreFileIO::ObjectStoreFileIO(FileIO& local, StoreProperties properties)
    : local_(local), properties_(std::move(properties)), stores_(std::make_unique<Stores>()) {}

ObjectStoreFileIO::~ObjectStoreFileIO() = default;

Result<FileIO*> ObjectStoreFileIO::For(std::string_view location) {
  if (!IsObjectLocation(location)) return &local_;
  FIRN_ASSIGN(const ObjectLocation at, ParseObjectLocation(location));
  const std::scoped_lock lock(stores_->mutex);
  std::unique_ptr<ArrowFileIO>& store = stores_->open[StoreKey(at)];
  if (store == nullptr) {
    FIRN_TRY(CheckStoreProperties(properties_));
    FIRN_ASSIGN(auto files, OpenStore(at, properties_));
    store = std::make_unique<ArrowFileIO>(std::move(files));
  }
  return static_cast<FileIO*>(store.get());
}

Result<std::unique_ptr<InputFile>> ObjectStoreFileIO::Open(std::string_view location) {
  FIRN_ASSIGN(FileIO* const files, For(location));
  return files->Open(location);
}

Result<std::unique_ptr<OutputFile>> ObjectStoreFileIO::Create(std::string_view location) {
  FIRN_ASSIGN(FileIO* const files, For(location));
  return files->Create(location);
}

Result<bool> ObjectStoreFileIO::Exists(std::string_view location) {
  FIRN_ASSIGN(FileIO* const files, For(location));
  return files->Exists(location);
}

Status ObjectStoreFileIO::Delete(std::string_view location) {
  FIRN_ASSIGN(FileIO* const files, For(location));
  return files->Delete(location);
}

Result<std::vector<FileInfo>> ObjectStoreFileIO::List(std::string_view prefix) {
  FIRN_ASSIGN(FileIO* const files, For(prefix));
  return files->List(prefix);
}

Status ObjectStoreFileIO::SyncFolder(std::string_view folder) {
  FIRN_ASSIGN(FileIO* const files, For(folder));
  return files->SyncFolder(folder);
}

Status ObjectStoreFileIO::CloseAll(std::span<OutputFile* const> files) {
  FileIO* place = nullptr;
  for (const OutputFile* file : files) {
    FIRN_ASSIGN(FileIO* const own, For(file->location()));
    if (place != nullptr && own != place) return FileIO::CloseAll(files);
    place = own;
  }
  return place == nullptr ? Ok() : place->CloseAll(files);
}

StoreCalls ObjectStoreFileIO::calls() const {
  const std::scoped_lock lock(stores_->mutex);
  StoreCalls all;
  for (const auto& [key, store] : stores_->open) {
    if (store == nullptr) continue;
    const StoreCalls one = store->calls();
    all.heads += one.heads;
    all.gets += one.gets;
    all.puts += one.puts;
    all.deletes += one.deletes;
    all.lists += one.lists;
    all.bytes_read += one.bytes_read;
    all.bytes_written += one.bytes_written;
  }
  return all;
}

}  // namespace firn::io
