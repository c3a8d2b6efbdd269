// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "firn/io/file_io.h"

namespace firn::io {

/// What was asked of object stores. A long upload counts as one put.
struct StoreCalls {
  int64_t heads = 0;  ///< Sizes and existence asked for.
  int64_t gets = 0;
  int64_t puts = 0;
  int64_t deletes = 0;
  int64_t lists = 0;
  int64_t bytes_read = 0;
  int64_t bytes_written = 0;
};

/// How to reach object stores, by the names of Iceberg's FileIO properties. What is not set comes
/// from the environment, as each store's own tools do it.
///   s3.endpoint, s3.region, s3.access-key-id, s3.secret-access-key, s3.session-token,
///   s3.path-style-access
///   gcs.service.host, gcs.project-id, gcs.oauth2.token
///   adls.account-name, adls.account-key, adls.sas-token, adls.endpoint
using StoreProperties = std::map<std::string, std::string>;

/// Errors: `kInvalidArgument` for a key that is none of these.
Status CheckStoreProperties(const StoreProperties& properties);

/// Files by location, wherever that is: object stores by their schemes, everything else through
/// `local`. A store is opened, and its library loaded, by the first file in it, so a program that
/// uses none pays nothing. Thread-safe.
class ObjectStoreFileIO : public FileIO {
 public:
  /// `local` outlives this object.
  ObjectStoreFileIO(FileIO& local, StoreProperties properties);
  ~ObjectStoreFileIO() override;

  Result<std::unique_ptr<InputFile>> Open(std::string_view location) override;
  Result<std::unique_ptr<OutputFile>> Create(std::string_view location) override;
  Result<bool> Exists(std::string_view location) override;
  Status Delete(std::string_view location) override;
  Result<std::vector<FileInfo>> List(std::string_view prefix) override;
  Status SyncFolder(std::string_view folder) override;
  /// Files of one place are closed together, place by place.
  Status CloseAll(std::span<OutputFile* const> files) override;

  /// What was asked of all object stores so far.
  StoreCalls calls() const;

 private:
  struct Stores;
  Result<FileIO*> For(std::string_view location);

  FileIO& local_;
  StoreProperties properties_;
  std::unique_ptr<Stores> stores_;
};

}  // namespace firn::io
