// SPDX-License-Identifier: Apache-2.0

#include "firn/io/write_batch.h"

#include <algorithm>
#include <utility>

#include "firn/io/location.h"

namespace firn::io {
namespace {

constexpr size_t kFilesMax = 64;
constexpr int64_t kBytesMax = int64_t{64} << 20;

}  // namespace

// A file of the batch: all but its end goes to the file within.
class WriteBatch::File : public OutputFile {
 public:
  File(WriteBatch& batch, std::unique_ptr<OutputFile> inner)
      : batch_(batch), inner_(std::move(inner)), location_(inner_->location()) {}

  Status Write(std::string_view bytes) override {
    FIRN_TRY(CheckOpen());
    return inner_->Write(bytes);
  }
  int64_t position() const override { return inner_ == nullptr ? size_bytes_ : inner_->position(); }
  const std::string& location() const override { return location_; }
  Status Close() override {
    FIRN_TRY(CheckOpen());
    size_bytes_ = inner_->position();
    return batch_.PutAside(std::move(inner_));
  }
  void Abort() override {
    if (inner_ != nullptr) inner_->Abort();
  }
  Status Sync() override {
    FIRN_TRY(CheckOpen());
    return inner_->Sync();
  }
  Status Publish() override {
    FIRN_TRY(CheckOpen());
    return inner_->Publish();
  }
  void Finish() override {
    if (inner_ != nullptr) inner_->Finish();
  }

 private:
  Status CheckOpen() const {
    return inner_ != nullptr ? Ok() : Status(Io("file is not open for writing", location_));
  }

  WriteBatch& batch_;
  std::unique_ptr<OutputFile> inner_;
  std::string location_;
  int64_t size_bytes_ = 0;
};

Status WriteBatch::Flush() {
  const std::scoped_lock lock(mutex_);
  return FlushLocked();
}

Status WriteBatch::FlushLocked() {
  if (!failed_) return failed_;
  const Pending files = std::exchange(pending_, {});
  pending_bytes_ = 0;
  std::vector<OutputFile*> pointers;
  for (const auto& file : files) {
    pointers.push_back(file.get());
  }
  if (!pointers.empty()) failed_ = inner_.CloseAll(pointers);
  return failed_;
}

Status WriteBatch::PutAside(std::unique_ptr<OutputFile> file) {
  const std::scoped_lock lock(mutex_);
  pending_bytes_ += file->position();
  pending_.push_back(std::move(file));
  return pending_.size() < kFilesMax && pending_bytes_ < kBytesMax ? Ok() : FlushLocked();
}

WriteBatch::Pending::iterator WriteBatch::FindLocked(std::string_view location) {
  return std::find_if(pending_.begin(), pending_.end(), [location](const auto& file) {
    return SameLocation(file->location(), location);
  });
}

Result<std::unique_ptr<InputFile>> WriteBatch::Open(std::string_view location) {
  {
    const std::scoped_lock lock(mutex_);
    if (FindLocked(location) != pending_.end()) FIRN_TRY(FlushLocked());
  }
  return inner_.Open(location);
}

Result<std::unique_ptr<OutputFile>> WriteBatch::Create(std::string_view location) {
  {
    const std::scoped_lock lock(mutex_);
    if (FindLocked(location) != pending_.end()) return AlreadyExists("file exists", location);
  }
  FIRN_ASSIGN(auto file, inner_.Create(location));
  return std::make_unique<File>(*this, std::move(file));
}

Result<bool> WriteBatch::Exists(std::string_view location) {
  {
    const std::scoped_lock lock(mutex_);
    if (FindLocked(location) != pending_.end()) return true;
  }
  return inner_.Exists(location);
}

Status WriteBatch::Delete(std::string_view location) {
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = FindLocked(location); found != pending_.end()) {
      pending_bytes_ -= (*found)->position();
      (*found)->Abort();
      pending_.erase(found);
      return Ok();
    }
  }
  return inner_.Delete(location);
}

Result<std::vector<FileInfo>> WriteBatch::List(std::string_view prefix) {
  FIRN_TRY(Flush());
  return inner_.List(prefix);
}

Status WriteBatch::SyncFolder(std::string_view folder) {
  return inner_.SyncFolder(folder);
}

Status WriteBatch::CloseAll(std::span<OutputFile* const> files) {
  for (OutputFile* file : files) {
    FIRN_TRY(file->Close());
  }
  return Ok();
}

}  // namespace firn::io
