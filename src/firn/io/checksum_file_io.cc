// SPDX-License-Identifier: Apache-2.0

#include "firn/io/checksum_file_io.h"

#include <iterator>
#include <utility>

#include "firn/base/digest.h"
#include "firn/io/location.h"

namespace firn::io {
namespace {

constexpr size_t kChunkBytes = size_t{1} << 20;

class ChecksumOutputFile : public OutputFile {
 public:
  ChecksumOutputFile(FileIO& io, ChecksumLog& log, std::unique_ptr<OutputFile> inner)
      : io_(io), log_(log), inner_(std::move(inner)) {}

  Status Write(std::string_view bytes) override {
    FIRN_TRY(inner_->Write(bytes));
    crc32_ = Crc32(bytes, crc32_);
    return Ok();
  }
  int64_t position() const override { return inner_->position(); }
  const std::string& location() const override { return inner_->location(); }

  Status Close() override {
    OutputFile* const self = this;
    return io_.CloseAll(std::span(&self, 1));
  }
  Status Sync() override { return inner_->Sync(); }
  Status Publish() override { return inner_->Publish(); }
  void Abort() override { inner_->Abort(); }
  void Finish() override {
    inner_->Finish();
    log_.Written({NormalizeLocation(location()), position(), crc32_});
  }

 private:
  FileIO& io_;
  ChecksumLog& log_;
  std::unique_ptr<OutputFile> inner_;
  uint32_t crc32_ = 0;
};

template <typename T>
void AppendTo(std::vector<T>& to, std::vector<T> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

void ChecksumLog::Written(FileChecksum file) {
  const std::scoped_lock lock(mutex_);
  changes_.written.push_back(std::move(file));
}

void ChecksumLog::Deleted(std::string location) {
  const std::scoped_lock lock(mutex_);
  const auto gone = [&location](const FileChecksum& file) { return file.location == location; };
  // A file that nobody has stored yet needs no trace; locations are never used twice.
  if (std::erase_if(changes_.written, gone) == 0) changes_.deleted.push_back(std::move(location));
}

ChecksumLog::Changes ChecksumLog::Take() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(changes_, {});
}

void ChecksumLog::GiveBack(Changes changes) {
  const std::scoped_lock lock(mutex_);
  AppendTo(changes_.written, std::move(changes.written));
  AppendTo(changes_.deleted, std::move(changes.deleted));
}

ChecksumFileIO::ChecksumFileIO(FileIO& inner, ChecksumLog& log) : inner_(inner), log_(log) {}

Result<std::unique_ptr<InputFile>> ChecksumFileIO::Open(std::string_view location) {
  return inner_.Open(location);
}

Result<std::unique_ptr<OutputFile>> ChecksumFileIO::Create(std::string_view location) {
  FIRN_ASSIGN(auto file, inner_.Create(location));
  return std::make_unique<ChecksumOutputFile>(*this, log_, std::move(file));
}

Result<bool> ChecksumFileIO::Exists(std::string_view location) {
  return inner_.Exists(location);
}

Status ChecksumFileIO::Delete(std::string_view location) {
  FIRN_TRY(inner_.Delete(location));
  log_.Deleted(NormalizeLocation(location));
  return Ok();
}

Result<std::vector<FileInfo>> ChecksumFileIO::List(std::string_view prefix) {
  return inner_.List(prefix);
}

Status ChecksumFileIO::SyncFolder(std::string_view folder) {
  return inner_.SyncFolder(folder);
}

// The inner one decides how syncs overlap; it calls the stages of our files.
Status ChecksumFileIO::CloseAll(std::span<OutputFile* const> files) {
  return inner_.CloseAll(files);
}

Result<FileChecksum> ChecksumOf(FileIO& io, std::string_view location) {
  FIRN_ASSIGN(const auto file, io.Open(location));
  FileChecksum found{NormalizeLocation(location), 0, 0};
  std::string chunk(kChunkBytes, '\0');
  for (;;) {
    FIRN_ASSIGN(const int64_t count, file->ReadInto(found.size_bytes, chunk));
    if (count == 0) return found;
    found.crc32 = Crc32(std::string_view(chunk).substr(0, static_cast<size_t>(count)), found.crc32);
    found.size_bytes += count;
  }
}

}  // namespace firn::io
