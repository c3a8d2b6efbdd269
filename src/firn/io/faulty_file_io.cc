// SPDX-License-Identifier: Apache-2.0

#include "firn/io/faulty_file_io.h"

#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

namespace firn::io {

// Decides for each operation, in the order they come, whether it fails.
class FaultyFileIO::Faults {
 public:
  explicit Faults(FaultPlan plan) : plan_(std::move(plan)) {}

  Status Next(std::string_view what, std::string_view location, bool needs_space) {
    const bool counted = Counts(what);
    if (!counted && !broken()) return Ok();
    const int64_t number = counted ? ++operations_ : operations_.load();
    if (plan_.fail_at == 0 || number < plan_.fail_at) return Ok();
    if (number == plan_.fail_at && plan_.at_fault) plan_.at_fault();
    switch (plan_.kind) {
      case FaultKind::kDiskFull:
        if (!needs_space) return Ok();
        return ResourceExhausted("no space left (planned)", what, location);
      case FaultKind::kCrash:
        return Io("process is dead (planned)", what, location);
      case FaultKind::kFail:
      case FaultKind::kShortWrite:
        break;
    }
    if (number > plan_.fail_at || !counted) return Ok();
    return Io("operation failed (planned)", what, location);
  }

  bool reached() const { return plan_.fail_at > 0 && operations_ >= plan_.fail_at; }
  // Whether a fault that stays has begun.
  bool broken() const {
    return reached() && (plan_.kind == FaultKind::kCrash || plan_.kind == FaultKind::kDiskFull);
  }
  bool crashed() const { return reached() && plan_.kind == FaultKind::kCrash; }
  FaultKind kind() const { return plan_.kind; }
  int64_t operations() const { return operations_; }

  // Holds a file of the dead process, so that what it left half done stays as it is.
  void Keep(std::unique_ptr<OutputFile> file) {
    const std::scoped_lock lock(mutex_);
    dead_.push_back(std::move(file));
  }

 private:
  bool Counts(std::string_view what) const {
    if (plan_.changes_only && !ChangesDisk(what)) return false;
    return plan_.operation.empty() || plan_.operation == what;
  }

  static bool ChangesDisk(std::string_view what) {
    return what != "open" && what != "read" && what != "exists" && what != "list";
  }

  FaultPlan plan_;
  std::atomic<int64_t> operations_ = 0;
  std::mutex mutex_;
  std::vector<std::unique_ptr<OutputFile>> dead_;
};

namespace {

template <typename Faults>
class FaultyInputFile : public InputFile {
 public:
  FaultyInputFile(std::unique_ptr<InputFile> inner, std::shared_ptr<Faults> faults,
                  std::string location)
      : inner_(std::move(inner)), faults_(std::move(faults)), location_(std::move(location)) {}

  int64_t size_bytes() const override { return inner_->size_bytes(); }
  Result<int64_t> ReadInto(int64_t offset, std::span<char> out) const override {
    FIRN_TRY(faults_->Next("read", location_, false));
    return inner_->ReadInto(offset, out);
  }

 private:
  std::unique_ptr<InputFile> inner_;
  std::shared_ptr<Faults> faults_;
  std::string location_;
};

template <typename Faults>
class FaultyOutputFile : public OutputFile {
 public:
  FaultyOutputFile(FileIO& io, std::unique_ptr<OutputFile> inner, std::shared_ptr<Faults> faults)
      : io_(io), inner_(std::move(inner)), faults_(std::move(faults)) {}
  ~FaultyOutputFile() override {
    if (faults_->crashed()) faults_->Keep(std::move(inner_));
  }

  Status Write(std::string_view bytes) override {
    FIRN_TRY(Alive());
    Status next = faults_->Next("write", location(), true);
    if (!next) {
      failed_ = true;
      if (faults_->kind() == FaultKind::kShortWrite) {
        inner_->Write(bytes.substr(0, bytes.size() / 2)).Ignore("the operation fails anyway");
      }
      return next;
    }
    return inner_->Write(bytes);
  }
  int64_t position() const override { return inner_->position(); }
  const std::string& location() const override { return inner_->location(); }

  Status Close() override {
    OutputFile* const self = this;
    return io_.CloseAll(std::span(&self, 1));
  }
  Status Sync() override {
    FIRN_TRY(Alive());
    FIRN_TRY(Step("sync", true));
    return inner_->Sync();
  }
  Status Publish() override {
    FIRN_TRY(Alive());
    FIRN_TRY(Step("publish", true));
    return inner_->Publish();
  }
  void Finish() override { inner_->Finish(); }
  void Abort() override {
    if (!faults_->crashed()) inner_->Abort();
  }

 private:
  Status Alive() const {
    return failed_ ? Status(Io("file is not open for writing", location())) : Ok();
  }
  Status Step(std::string_view what, bool needs_space) {
    Status next = faults_->Next(what, location(), needs_space);
    failed_ = !next;
    return next;
  }

  FileIO& io_;
  std::unique_ptr<OutputFile> inner_;
  std::shared_ptr<Faults> faults_;
  bool failed_ = false;
};

}  // namespace

FaultyFileIO::FaultyFileIO(FileIO& inner, FaultPlan plan)
    : inner_(inner), faults_(std::make_shared<Faults>(std::move(plan))) {}

Result<std::unique_ptr<InputFile>> FaultyFileIO::Open(std::string_view location) {
  FIRN_TRY(faults_->Next("open", location, false));
  FIRN_ASSIGN(auto file, inner_.Open(location));
  return std::make_unique<FaultyInputFile<Faults>>(std::move(file), faults_, std::string(location));
}

Result<std::unique_ptr<OutputFile>> FaultyFileIO::Create(std::string_view location) {
  FIRN_TRY(faults_->Next("create", location, true));
  FIRN_ASSIGN(auto file, inner_.Create(location));
  return std::make_unique<FaultyOutputFile<Faults>>(*this, std::move(file), faults_);
}

Result<bool> FaultyFileIO::Exists(std::string_view location) {
  FIRN_TRY(faults_->Next("exists", location, false));
  return inner_.Exists(location);
}

Status FaultyFileIO::Delete(std::string_view location) {
  FIRN_TRY(faults_->Next("delete", location, false));
  return inner_.Delete(location);
}

Result<std::vector<FileInfo>> FaultyFileIO::List(std::string_view prefix) {
  FIRN_TRY(faults_->Next("list", prefix, false));
  return inner_.List(prefix);
}

Status FaultyFileIO::SyncFolder(std::string_view folder) {
  FIRN_TRY(faults_->Next("sync folder", folder, true));
  return inner_.SyncFolder(folder);
}

int64_t FaultyFileIO::operations() const {
  return faults_->operations();
}

bool FaultyFileIO::fault_reached() const {
  return faults_->reached();
}

}  // namespace firn::io
