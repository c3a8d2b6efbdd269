// SPDX-License-Identifier: Apache-2.0
//
//   4 bytes   "AGS1"
//   4 bytes   how many bytes of text a block holds, little-endian; 1 MiB everywhere
//   blocks    12 bytes nonce, the encrypted text, 16 bytes tag
//
// A block is authenticated together with the prefix of its file and its number, so none can stand
// in another's place. An empty text is one empty block.

#include "firn/io/encrypted_stream.h"

#include <algorithm>
#include <cstring>
#include <mutex>

#include "firn/base/aes_gcm.h"
#include "firn/base/bytes.h"

namespace firn::io {
namespace {

constexpr std::string_view kMagic = "AGS1";
constexpr int64_t kHeaderBytes = 8;
constexpr auto kOverheadBytes = static_cast<int64_t>(kGcmOverheadBytes);
constexpr int64_t kSealedBlockBytes = kStreamBlockBytes + kOverheadBytes;

std::string BlockAad(const std::string& prefix, int64_t block) {
  std::string aad = prefix;
  AppendLittleEndian(aad, static_cast<int32_t>(block));
  return aad;
}

// The places of a stream's blocks, from its length alone.
class Layout {
 public:
  static Result<Layout> Of(int64_t stream_bytes) {
    const int64_t sealed = stream_bytes - kHeaderBytes;
    const int64_t last = sealed % kSealedBlockBytes;
    if (sealed < kOverheadBytes || (last != 0 && last < kOverheadBytes)) {
      return Corrupt("no encrypted stream has this length", stream_bytes);
    }
    Layout layout;
    layout.blocks_ = sealed / kSealedBlockBytes + (last != 0 ? 1 : 0);
    if (layout.blocks_ > INT32_MAX) return Unsupported("encrypted stream of too many blocks");
    layout.plain_bytes_ = sealed - layout.blocks_ * kOverheadBytes;
    return layout;
  }

  int64_t plain_bytes() const { return plain_bytes_; }
  int64_t OffsetOf(int64_t block) const { return kHeaderBytes + block * kSealedBlockBytes; }
  int64_t PlainBytesOf(int64_t block) const {
    return std::min(kStreamBlockBytes, plain_bytes_ - block * kStreamBlockBytes);
  }

 private:
  int64_t blocks_ = 0;
  int64_t plain_bytes_ = 0;
};

class EncryptedInputFile : public InputFile {
 public:
  EncryptedInputFile(std::unique_ptr<InputFile> stream, AesGcm cipher, std::string aad_prefix,
                     Layout layout, std::string location)
      : stream_(std::move(stream)),
        cipher_(std::move(cipher)),
        aad_prefix_(std::move(aad_prefix)),
        layout_(layout),
        location_(std::move(location)) {}

  int64_t size_bytes() const override { return layout_.plain_bytes(); }

  Result<int64_t> ReadInto(int64_t offset, std::span<char> out) const override {
    if (offset < 0) return InvalidArgument("negative read", offset);
    int64_t done = 0;
    const int64_t left = std::max<int64_t>(0, layout_.plain_bytes() - offset);
    const int64_t wanted = std::min(static_cast<int64_t>(out.size()), left);
    while (done < wanted) {
      FIRN_ASSIGN(const int64_t copied,
                  CopyFromBlock(offset + done, out.subspan(static_cast<size_t>(done),
                                                           static_cast<size_t>(wanted - done))));
      done += copied;
    }
    return done;
  }

 private:
  using Block = std::shared_ptr<const std::string>;

  Result<int64_t> CopyFromBlock(int64_t position, std::span<char> out) const {
    const int64_t number = position / kStreamBlockBytes;
    FIRN_ASSIGN(const Block block, BlockAt(number));
    const auto from = static_cast<size_t>(position % kStreamBlockBytes);
    const size_t count = std::min(out.size(), block->size() - from);
    std::memcpy(out.data(), block->data() + from, count);
    return static_cast<int64_t>(count);
  }

  Result<Block> BlockAt(int64_t number) const {
    {
      const std::scoped_lock lock(mutex_);
      if (kept_number_ == number) return kept_;
    }
    auto read = ReadBlock(number);
    if (!read) {
      return std::move(read).error().Within(location_ + ", block " + std::to_string(number));
    }
    const std::scoped_lock lock(mutex_);
    kept_number_ = number;
    kept_ = *read;
    return *read;
  }

  Result<Block> ReadBlock(int64_t number) const {
    const int64_t plain = layout_.PlainBytesOf(number);
    FIRN_ASSIGN(const std::string sealed,
                stream_->Read(layout_.OffsetOf(number), plain + kOverheadBytes));
    if (static_cast<int64_t>(sealed.size()) != plain + kOverheadBytes) {
      return Corrupt("the encrypted file is cut");
    }
    FIRN_ASSIGN(std::string text, cipher_.Open(BlockAad(aad_prefix_, number), sealed));
    return std::make_shared<const std::string>(std::move(text));
  }

  const std::unique_ptr<InputFile> stream_;
  const AesGcm cipher_;
  const std::string aad_prefix_;
  const Layout layout_;
  const std::string location_;
  mutable std::mutex mutex_;
  mutable int64_t kept_number_ = -1;
  mutable Block kept_;
};

class EncryptedOutputFile : public OutputFile {
 public:
  EncryptedOutputFile(std::unique_ptr<OutputFile> stream, AesGcm cipher, std::string aad_prefix,
                      std::shared_ptr<std::atomic<int64_t>> stream_bytes)
      : stream_(std::move(stream)),
        cipher_(std::move(cipher)),
        aad_prefix_(std::move(aad_prefix)),
        stream_bytes_(std::move(stream_bytes)) {}

  Status Write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto room = static_cast<size_t>(kStreamBlockBytes) - block_.size();
      const std::string_view fits = bytes.substr(0, room);
      block_.append(fits);
      bytes.remove_prefix(fits.size());
      if (block_.size() == static_cast<size_t>(kStreamBlockBytes)) FIRN_TRY(WriteBlock());
    }
    return Ok();
  }
  int64_t position() const override {
    return next_block_ * kStreamBlockBytes - missing_bytes_ + static_cast<int64_t>(block_.size());
  }
  const std::string& location() const override { return stream_->location(); }

  Status Close() override {
    FIRN_TRY(WriteEnd());
    return stream_->Close();
  }
  Status Sync() override {
    FIRN_TRY(WriteEnd());
    return stream_->Sync();
  }
  Status Publish() override { return stream_->Publish(); }
  void Finish() override { stream_->Finish(); }
  void Abort() override { stream_->Abort(); }

 private:
  Status WriteBlock() {
    if (next_block_ == INT32_MAX) return ResourceExhausted("a file of too many blocks", location());
    std::string sealed;
    if (next_block_ == 0) {
      sealed.append(kMagic);
      AppendLittleEndian(sealed, static_cast<int32_t>(kStreamBlockBytes));
    }
    cipher_.Seal(BlockAad(aad_prefix_, next_block_), block_, sealed);
    missing_bytes_ = kStreamBlockBytes - static_cast<int64_t>(block_.size());
    ++next_block_;
    block_.clear();
    return stream_->Write(sealed);
  }

  Status WriteEnd() {
    if (ended_) return Ok();
    ended_ = true;
    if (stream_bytes_ != nullptr) *stream_bytes_ = StreamBytes(position());
    return block_.empty() && next_block_ > 0 ? Ok() : WriteBlock();
  }

  const std::unique_ptr<OutputFile> stream_;
  const AesGcm cipher_;
  const std::string aad_prefix_;
  const std::shared_ptr<std::atomic<int64_t>> stream_bytes_;
  std::string block_;
  int64_t next_block_ = 0;
  int64_t missing_bytes_ = 0;  // Of the last block written.
  bool ended_ = false;
};

Status CheckHeader(const InputFile& stream) {
  FIRN_ASSIGN(const std::string header, stream.Read(0, kHeaderBytes));
  if (static_cast<int64_t>(header.size()) != kHeaderBytes || !header.starts_with(kMagic)) {
    return Corrupt("not an encrypted stream: it does not begin with AGS1");
  }
  const auto block = ReadLittleEndian<int32_t>(std::string_view(header).substr(kMagic.size()));
  if (block != kStreamBlockBytes) return Unsupported("encrypted stream with blocks of", block);
  return Ok();
}

}  // namespace

int64_t StreamBytes(int64_t plain_bytes) {
  const int64_t blocks =
      std::max<int64_t>(1, (plain_bytes + kStreamBlockBytes - 1) / kStreamBlockBytes);
  return kHeaderBytes + plain_bytes + blocks * kOverheadBytes;
}

Result<std::unique_ptr<InputFile>> OpenEncrypted(std::unique_ptr<InputFile> stream,
                                                 const StreamKey& key, int64_t stream_bytes,
                                                 std::string location) {
  const auto open = [&]() -> Result<std::unique_ptr<InputFile>> {
    if (stream->size_bytes() < stream_bytes) {
      return Corrupt("the encrypted file is cut, bytes", stream->size_bytes(), stream_bytes);
    }
    FIRN_ASSIGN(const Layout layout, Layout::Of(stream_bytes));
    FIRN_TRY(CheckHeader(*stream));
    FIRN_ASSIGN(AesGcm cipher, AesGcm::Make(key.key));
    return std::make_unique<EncryptedInputFile>(std::move(stream), std::move(cipher),
                                                key.aad_prefix, layout, location);
  };
  auto opened = open();
  if (!opened) return std::move(opened).error().Within(location);
  return opened;
}

Result<std::unique_ptr<OutputFile>> WriteEncrypted(
    std::unique_ptr<OutputFile> stream, const StreamKey& key,
    std::shared_ptr<std::atomic<int64_t>> stream_bytes) {
  FIRN_ASSIGN(AesGcm cipher, AesGcm::Make(key.key));
  return std::make_unique<EncryptedOutputFile>(std::move(stream), std::move(cipher), key.aad_prefix,
                                               std::move(stream_bytes));
}

Result<std::unique_ptr<InputFile>> EncryptedFileIO::Open(std::string_view location) {
  FIRN_ASSIGN(auto stream, inner_.Open(location));
  return OpenEncrypted(std::move(stream), key_, *stream_bytes_, std::string(location));
}

Result<std::unique_ptr<OutputFile>> EncryptedFileIO::Create(std::string_view location) {
  FIRN_ASSIGN(auto stream, inner_.Create(location));
  return WriteEncrypted(std::move(stream), key_, stream_bytes_);
}

}  // namespace firn::io
