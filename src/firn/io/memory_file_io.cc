// SPDX-License-Identifier: Apache-2.0

#include "firn/io/memory_file_io.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "firn/io/location.h"

namespace firn::io {

struct MemoryFileIO::Store {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<const std::string>> files;  // By normalised location.

  Status Insert(const std::string& location, std::string bytes) {
    const std::scoped_lock lock(mutex);
    auto file = std::make_shared<const std::string>(std::move(bytes));
    if (!files.try_emplace(NormalizeLocation(location), std::move(file)).second) {
      return AlreadyExists("file exists", location);
    }
    return Ok();
  }

  bool Erase(std::string_view location) {
    const std::scoped_lock lock(mutex);
    return files.erase(NormalizeLocation(location)) > 0;
  }
};

namespace {

class MemoryInputFile : public InputFile {
 public:
  explicit MemoryInputFile(std::shared_ptr<const std::string> bytes) : bytes_(std::move(bytes)) {}

  int64_t size_bytes() const override { return static_cast<int64_t>(bytes_->size()); }

  Result<int64_t> ReadInto(int64_t offset, std::span<char> out) const override {
    if (offset < 0) return InvalidArgument("negative offset", offset);
    const auto begin = std::min(static_cast<size_t>(offset), bytes_->size());
    const size_t count = std::min(out.size(), bytes_->size() - begin);
    std::copy_n(bytes_->data() + begin, count, out.data());
    return static_cast<int64_t>(count);
  }

 private:
  std::shared_ptr<const std::string> bytes_;
};

template <typename Store>
class MemoryOutputFile : public OutputFile {
 public:
  MemoryOutputFile(std::shared_ptr<Store> store, std::string location)
      : store_(std::move(store)), location_(std::move(location)) {}
  ~MemoryOutputFile() override { Abort(); }

  Status Write(std::string_view bytes) override {
    if (state_ != State::kOpen) return Io("file is not open for writing", location_);
    bytes_.append(bytes);
    position_ += static_cast<int64_t>(bytes.size());
    return Ok();
  }
  int64_t position() const override { return position_; }
  const std::string& location() const override { return location_; }

  Status Close() override {
    FIRN_TRY(Sync());
    FIRN_TRY(Publish());
    Finish();
    return Ok();
  }
  Status Sync() override {
    return state_ == State::kOpen ? Ok() : Status(Io("file is not open for writing", location_));
  }
  Status Publish() override {
    if (state_ != State::kOpen) return Io("file is not open for writing", location_);
    FIRN_TRY(store_->Insert(location_, std::move(bytes_)));
    state_ = State::kPublished;
    return Ok();
  }
  void Finish() override { state_ = State::kEnded; }

  void Abort() override {
    if (state_ == State::kPublished) store_->Erase(location_);
    state_ = State::kEnded;
  }

 private:
  enum class State { kOpen, kPublished, kEnded };

  std::shared_ptr<Store> store_;
  std::string location_;
  std::string bytes_;
  int64_t position_ = 0;
  State state_ = State::kOpen;
};

}  // namespace

MemoryFileIO::MemoryFileIO() : store_(std::make_shared<Store>()) {}

Result<std::unique_ptr<InputFile>> MemoryFileIO::Open(std::string_view location) {
  const std::scoped_lock lock(store_->mutex);
  const auto found = store_->files.find(NormalizeLocation(location));
  if (found == store_->files.end()) return NotFound("file not found", location);
  return std::make_unique<MemoryInputFile>(found->second);
}

Result<std::unique_ptr<OutputFile>> MemoryFileIO::Create(std::string_view location) {
  FIRN_ASSIGN(const bool exists, Exists(location));
  if (exists) return AlreadyExists("file exists", location);
  return std::make_unique<MemoryOutputFile<Store>>(store_, std::string(location));
}

Result<bool> MemoryFileIO::Exists(std::string_view location) {
  const std::scoped_lock lock(store_->mutex);
  return store_->files.contains(NormalizeLocation(location));
}

Status MemoryFileIO::Delete(std::string_view location) {
  if (!store_->Erase(location)) return NotFound("file not found", location);
  return Ok();
}

Result<std::vector<FileInfo>> MemoryFileIO::List(std::string_view prefix) {
  const std::scoped_lock lock(store_->mutex);
  const std::string folder = NormalizeLocation(prefix) + "/";
  std::vector<FileInfo> found;
  for (auto at = store_->files.lower_bound(folder); at != store_->files.end(); ++at) {
    if (!at->first.starts_with(folder)) break;
    const bool hidden = FileNameOf(at->first).starts_with('.');
    found.push_back({at->first, static_cast<int64_t>(at->second->size()), TimeMs{}, hidden});
  }
  return found;
}

Status MemoryFileIO::SyncFolder(std::string_view) {
  return Ok();
}

void MemoryFileIO::Replace(std::string_view location, std::string bytes) {
  const std::scoped_lock lock(store_->mutex);
  store_->files[NormalizeLocation(location)] =
      std::make_shared<const std::string>(std::move(bytes));
}

}  // namespace firn::io
