// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/piped_file_io.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <unistd.h>

#include "firn/base/digest.h"
#include "firn/ingest/spool.h"
#include "firn/io/location.h"

namespace firn::ingest {
namespace {

constexpr size_t kBlockBytes = size_t{1} << 20;
constexpr int64_t kBytesMax = int64_t{1} << 40;
constexpr size_t kNameDigits = 32;

// One opening of the bytes, which outlive all of them.
class PipedFile : public io::InputFile {
 public:
  explicit PipedFile(std::shared_ptr<const Spool> bytes) : bytes_(std::move(bytes)) {}

  int64_t size_bytes() const override { return bytes_->size_bytes(); }
  Result<int64_t> ReadInto(int64_t offset, std::span<char> out) const override {
    return bytes_->ReadInto(offset, out);
  }

 private:
  std::shared_ptr<const Spool> bytes_;
};

}  // namespace

PipedFileIO::PipedFileIO(io::FileIO& inner, std::shared_ptr<const Spool> bytes, FoundFile file)
    : SourceFileIO(inner), bytes_(std::move(bytes)), file_(std::move(file)) {}

Result<std::unique_ptr<PipedFileIO>> PipedFileIO::Read(int descriptor, io::FileIO& inner,
                                                       std::string folder) {
  auto bytes = std::make_shared<Spool>(std::move(folder), kBytesMax);
  Sha256Stream digest;
  std::string block(kBlockBytes, '\0');
  while (true) {
    const ssize_t got = read(descriptor, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Io("cannot read standard input", std::string(std::strerror(errno)));
    if (got == 0) break;
    const std::string_view piece(block.data(), static_cast<size_t>(got));
    digest.Update(piece);
    FIRN_TRY(bytes->Append(piece));
  }
  FIRN_TRY(bytes->Finish());
  FoundFile file;
  file.path = "stdin:" + digest.FinishHex().substr(0, kNameDigits);
  file.size_bytes = bytes->size_bytes();
  return std::unique_ptr<PipedFileIO>(new PipedFileIO(inner, std::move(bytes), std::move(file)));
}

Result<std::unique_ptr<io::InputFile>> PipedFileIO::Open(std::string_view location) {
  if (location != io::FileLocation(file_.path)) return SourceFileIO::Open(location);
  return std::unique_ptr<io::InputFile>(std::make_unique<PipedFile>(bytes_));
}

}  // namespace firn::ingest
