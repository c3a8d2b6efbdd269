// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include <arrow/filesystem/filesystem.h>

#include "firn/io/arrow_fs/object_location.h"
#include "firn/io/arrow_fs/object_store.h"
#include "firn/io/file_io.h"

namespace firn::io {

/// Objects of one store, through Arrow's file system for it.
///
/// Writing. Up to `kSpoolBytes` are gathered and put in one request as the file is published; what
/// is longer is uploaded in parts as it grows, at most some parts in memory. Objects appear whole
/// when they are published (Azure shows an empty one before, while a long file grows). "Nobody
/// replaces a file" is checked by asking first, which is no promise against a writer in the same
/// moment: Arrow offers no conditional put. Firn's names hold random ids, so nobody writes the same
/// one twice, and the catalog alone decides which metadata file counts.
///
/// Reading. Opening asks for the size; each read is one request for its range. The last
/// `kTailBytes` are fetched together once one of them is asked for: what a Parquet footer takes.
class ArrowFileIO : public FileIO {
 public:
  static constexpr int64_t kSpoolBytes = int64_t{8} << 20;
  static constexpr int64_t kTailBytes = int64_t{64} << 10;

  explicit ArrowFileIO(std::shared_ptr<arrow::fs::FileSystem> files);
  ~ArrowFileIO() override;

  Result<std::unique_ptr<InputFile>> Open(std::string_view location) override;
  Result<std::unique_ptr<OutputFile>> Create(std::string_view location) override;
  Result<bool> Exists(std::string_view location) override;
  Status Delete(std::string_view location) override;
  Result<std::vector<FileInfo>> List(std::string_view prefix) override;
  /// Nothing to do: an object that was put is durable, and there are no folders.
  Status SyncFolder(std::string_view folder) override;
  /// Publishes several at once.
  Status CloseAll(std::span<OutputFile* const> files) override;

  StoreCalls calls() const;

  struct Store;  ///< What files that are open share.

 private:
  std::shared_ptr<Store> store_;
};

}  // namespace firn::io
