// SPDX-License-Identifier: Apache-2.0
//
// One class for the three stores: what differs is how an upload is given up. S3 forgets the parts
// of an upload that is aborted; Arrow ends those of the other stores, so what appears is deleted.

#include "firn/io/arrow_fs/arrow_file_io.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

#include "firn/io/arrow_fs/store_wall.h"
#include "firn/io/location.h"

namespace firn::io {
namespace {

constexpr size_t kPublishersMax = 8;
// Arrow uploads parts behind our back and would gather them without end where the store is slower
// than the writer; after so many bytes we wait for it.
constexpr int64_t kUnsentBytesMax = int64_t{32} << 20;

TimeMs ModifiedAt(const arrow::fs::FileInfo& info) {
  const auto since = info.mtime().time_since_epoch();
  return TimeMs{std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

}  // namespace

struct ArrowFileIO::Store {
  std::shared_ptr<arrow::fs::FileSystem> files;
  std::atomic<int64_t> heads = 0, gets = 0, puts = 0, deletes = 0, lists = 0;
  std::atomic<int64_t> bytes_read = 0, bytes_written = 0;

  /// The object at a location; unset where there is none.
  Result<std::optional<arrow::fs::FileInfo>> Find(const ObjectLocation& at,
                                                  std::string_view location) {
    ++heads;
    FIRN_ASSIGN(auto info, AskStore([&] { return files->GetFileInfo(at.Path()); }, location));
    if (info.type() != arrow::fs::FileType::File) return std::optional<arrow::fs::FileInfo>();
    return std::optional(std::move(info));
  }

  Status Delete(const ObjectLocation& at, std::string_view location) {
    ++deletes;
    return AskStore([&] { return files->DeleteFile(at.Path()); }, location, Effect::kDelete);
  }
};

namespace {

using Store = ArrowFileIO::Store;

class ObjectInput : public InputFile {
 public:
  ObjectInput(std::shared_ptr<Store> store, std::shared_ptr<arrow::io::RandomAccessFile> file,
              std::string location, int64_t size_bytes)
      : store_(std::move(store)),
        file_(std::move(file)),
        location_(std::move(location)),
        size_bytes_(size_bytes) {}

  int64_t size_bytes() const override { return size_bytes_; }

  Result<int64_t> ReadInto(int64_t offset, std::span<char> out) const override {
    if (offset < 0) return InvalidArgument("negative offset", offset);
    const int64_t left = std::max<int64_t>(size_bytes_ - offset, 0);
    out = out.first(static_cast<size_t>(std::min(left, static_cast<int64_t>(out.size()))));
    if (out.empty()) return int64_t{0};
    const int64_t tail_at = std::max<int64_t>(size_bytes_ - ArrowFileIO::kTailBytes, 0);
    if (offset < tail_at) return Fetch(offset, out);
    FIRN_TRY(FetchTail(tail_at));
    std::copy_n(tail_->data() + (offset - tail_at), out.size(), out.data());
    return static_cast<int64_t>(out.size());
  }

 private:
  Result<int64_t> Fetch(int64_t offset, std::span<char> out) const {
    ++store_->gets;
    const auto size = static_cast<int64_t>(out.size());
    FIRN_ASSIGN(const int64_t read,
                AskStore([&] { return file_->ReadAt(offset, size, out.data()); }, location_));
    store_->bytes_read += read;
    if (read == size) return read;
    return Io("object ended before its size", location_, offset + read);
  }

  Status FetchTail(int64_t tail_at) const {
    const std::scoped_lock lock(tail_mutex_);
    if (tail_) return Ok();
    std::string bytes(static_cast<size_t>(size_bytes_ - tail_at), '\0');
    FIRN_TRY(Fetch(tail_at, bytes));
    tail_ = std::move(bytes);
    return Ok();
  }

  std::shared_ptr<Store> store_;
  std::shared_ptr<arrow::io::RandomAccessFile> file_;
  std::string location_;
  int64_t size_bytes_;
  mutable std::mutex tail_mutex_;
  mutable std::optional<std::string> tail_;  // Never changes once it is set.
};

class ObjectOutput : public OutputFile {
 public:
  ObjectOutput(std::shared_ptr<Store> store, ObjectLocation at, std::string location)
      : store_(std::move(store)), at_(std::move(at)), location_(std::move(location)) {}
  ~ObjectOutput() override { Abort(); }

  int64_t position() const override { return position_; }
  const std::string& location() const override { return location_; }

  Status Write(std::string_view bytes) override {
    FIRN_TRY(CheckOpen());
    position_ += static_cast<int64_t>(bytes.size());
    if (upload_ == nullptr &&
        static_cast<int64_t>(spool_.size() + bytes.size()) <= ArrowFileIO::kSpoolBytes) {
      spool_.append(bytes);
      return Ok();
    }
    return AbortedUnlessOk(Upload(bytes));
  }

  Status Close() override {
    FIRN_TRY(Sync());
    FIRN_TRY(Publish());
    Finish();
    return Ok();
  }

  Status Sync() override {
    FIRN_TRY(CheckOpen());
    if (upload_ == nullptr) return Ok();
    return AbortedUnlessOk(Flush());
  }

  Status Publish() override {
    FIRN_TRY(CheckOpen());
    FIRN_TRY(AbortedUnlessOk(Put()));
    store_->bytes_written += position_;
    state_ = State::kPublished;
    return Ok();
  }

  void Finish() override { state_ = State::kEnded; }

  void Abort() override {
    if (state_ == State::kEnded) return;
    if (state_ == State::kPublished) {
      store_->Delete(at_, location_).Ignore("an orphan that maintenance finds");
    } else if (upload_ != nullptr) {
      GiveUpUpload();
    }
    spool_ = {};
    state_ = State::kEnded;
  }

 private:
  enum class State : uint8_t { kOpen, kPublished, kEnded };

  Status CheckOpen() const {
    return state_ == State::kOpen ? Ok() : Status(Io("file is not open for writing", location_));
  }

  Status AbortedUnlessOk(Status status) {
    if (!status) Abort();
    return status;
  }

  // Adds to the upload, beginning it with what was gathered before.
  Status Upload(std::string_view bytes) {
    if (upload_ == nullptr) {
      FIRN_ASSIGN(const auto present, store_->Find(at_, location_));
      if (present) return AlreadyExists("file exists", location_);
      ++store_->puts;
      const auto begin = [&] { return store_->files->OpenOutputStream(at_.Path(), nullptr); };
      FIRN_ASSIGN(upload_, AskStore(begin, location_, Effect::kCreate));
      const std::string gathered = std::exchange(spool_, {});
      FIRN_TRY(WriteOut(gathered));
    }
    return WriteOut(bytes);
  }

  Status WriteOut(std::string_view bytes) {
    const auto size = static_cast<int64_t>(bytes.size());
    const auto write = [&] { return upload_->Write(bytes.data(), size); };
    FIRN_TRY(AskStore(write, location_, Effect::kCreate));
    unsent_ += size;
    if (unsent_ < kUnsentBytesMax) return Ok();
    unsent_ = 0;
    return Flush();
  }

  Status Flush() {
    return AskStore([&] { return upload_->Flush(); }, location_, Effect::kCreate);
  }

  Status Put() {
    Status put = Upload({});
    if (put) put = AskStore([&] { return upload_->Close(); }, location_, Effect::kCreate);
    if (put || !HasArrived(put.error())) return put;
    return Ok();
  }

  // After a lost answer: nobody else writes this name, so an object of our length is ours.
  bool HasArrived(const Error& error) {
    if (error.kind != ErrorKind::kTimeout && error.kind != ErrorKind::kUnavailable) return false;
    const auto found = store_->Find(at_, location_);
    return found && *found && (*found)->size() == position_;
  }

  void GiveUpUpload() {
    AskStore([&] { return upload_->Abort(); }, location_)
        .Ignore("an orphan that maintenance finds");
    upload_.reset();
    if (store_->files->type_name() == "s3") return;
    store_->Delete(at_, location_).Ignore("there may be nothing to delete");
  }

  std::shared_ptr<Store> store_;
  ObjectLocation at_;
  std::string location_;
  std::string spool_;
  std::shared_ptr<arrow::io::OutputStream> upload_;
  int64_t position_ = 0;
  int64_t unsent_ = 0;
  State state_ = State::kOpen;
};

// Publishes every `step`-th file from `first` on.
void PublishSome(std::span<OutputFile* const> files, size_t first, size_t step,
                 std::vector<Status>& statuses) {
  for (size_t at = first; at < files.size(); at += step)
    statuses[at] = files[at]->Publish();
}

Status PublishTogether(std::span<OutputFile* const> files) {
  std::vector<Status> statuses(files.size());
  const size_t publishers = std::min(files.size(), kPublishersMax);
  std::vector<std::thread> crew;
  for (size_t member = 1; member < publishers; ++member) {
    crew.emplace_back(PublishSome, files, member, publishers, std::ref(statuses));
  }
  if (publishers > 0) PublishSome(files, 0, publishers, statuses);
  for (std::thread& member : crew)
    member.join();
  for (Status& status : statuses) {
    if (!status) return std::move(status);
  }
  return Ok();
}

}  // namespace

ArrowFileIO::ArrowFileIO(std::shared_ptr<arrow::fs::FileSystem> files)
    : store_(std::make_shared<Store>()) {
  store_->files = std::move(files);
}

ArrowFileIO::~ArrowFileIO() = default;

Result<std::unique_ptr<InputFile>> ArrowFileIO::Open(std::string_view location) {
  FIRN_ASSIGN(const ObjectLocation at, ParseObjectLocation(location));
  ++store_->heads;
  FIRN_ASSIGN(auto file,
              AskStore([&] { return store_->files->OpenInputFile(at.Path()); }, location));
  FIRN_ASSIGN(const int64_t size, AskStore([&] { return file->GetSize(); }, location));
  return std::make_unique<ObjectInput>(store_, std::move(file), std::string(location), size);
}

Result<std::unique_ptr<OutputFile>> ArrowFileIO::Create(std::string_view location) {
  FIRN_ASSIGN(ObjectLocation at, ParseObjectLocation(location));
  if (at.key.empty()) return InvalidArgument("location names no object", location);
  FIRN_ASSIGN(const auto present, store_->Find(at, location));
  if (present) return AlreadyExists("file exists", location);
  return std::make_unique<ObjectOutput>(store_, std::move(at), std::string(location));
}

Result<bool> ArrowFileIO::Exists(std::string_view location) {
  FIRN_ASSIGN(const ObjectLocation at, ParseObjectLocation(location));
  FIRN_ASSIGN(const auto found, store_->Find(at, location));
  return found.has_value();
}

Status ArrowFileIO::Delete(std::string_view location) {
  FIRN_ASSIGN(const ObjectLocation at, ParseObjectLocation(location));
  if (at.key.empty()) return InvalidArgument("location names no object", location);
  return store_->Delete(at, location);
}

Result<std::vector<FileInfo>> ArrowFileIO::List(std::string_view prefix) {
  FIRN_ASSIGN(const ObjectLocation at, ParseObjectLocation(prefix));
  arrow::fs::FileSelector everything;
  everything.base_dir = at.Path();
  everything.allow_not_found = true;
  everything.recursive = true;
  ++store_->lists;
  FIRN_ASSIGN(const auto infos,
              AskStore([&] { return store_->files->GetFileInfo(everything); }, prefix));
  std::vector<FileInfo> found;
  for (const arrow::fs::FileInfo& info : infos) {
    if (info.type() != arrow::fs::FileType::File) continue;
    const bool hidden = FileNameOf(info.path()).starts_with('.');
    found.push_back({at.LocationOf(info.path()), info.size(), ModifiedAt(info), hidden});
  }
  std::sort(found.begin(), found.end(),
            [](const FileInfo& a, const FileInfo& b) { return a.location < b.location; });
  return found;
}

Status ArrowFileIO::SyncFolder(std::string_view) {
  return Ok();
}

Status ArrowFileIO::CloseAll(std::span<OutputFile* const> files) {
  Status status = Ok();
  for (OutputFile* file : files) {
    if (status) status = file->Sync();
  }
  if (status) status = PublishTogether(files);
  for (OutputFile* file : files) {
    if (status) {
      file->Finish();
    } else {
      file->Abort();
    }
  }
  return status;
}

StoreCalls ArrowFileIO::calls() const {
  return {store_->heads, store_->gets,       store_->puts,         store_->deletes,
          store_->lists, store_->bytes_read, store_->bytes_written};
}

}  // namespace firn::io
