// SPDX-License-Identifier: Apache-2.0
//
// Object container files (Avro 1.12 specification, "Object Container Files"): "Obj" and 1, a map of
// metadata, a 16-byte sync marker; then blocks of <count> <size in bytes> <objects> <marker>.

#include "firn/avro/file_reader.h"

#include <algorithm>
#include <utility>

namespace firn::avro {
namespace {

constexpr std::string_view kMagic("Obj\1", 4);
constexpr size_t kSyncBytes = 16;
constexpr int64_t kWindowBytes = int64_t{4} << 20;
constexpr int64_t kHeaderGuessBytes = int64_t{64} << 10;
constexpr int64_t kCountsBytesMax = 20;  // Two varints.

}  // namespace

Result<FileReader> FileReader::Open(std::unique_ptr<io::InputFile> file, FileLimits limits) {
  FileReader reader(std::move(file), limits);
  FIRN_TRY(reader.ReadHeader());
  return reader;
}

const std::string* FileReader::Metadata(std::string_view key) const {
  const auto found = metadata_.find(key);
  return found == metadata_.end() ? nullptr : &found->second;
}

Result<std::string_view> FileReader::View(int64_t offset, int64_t length) {
  const int64_t available = file_->size_bytes() - offset;
  length = std::min(length, available);
  const auto window_size = static_cast<int64_t>(window_.size());
  if (offset < window_offset_ || offset + length > window_offset_ + window_size) {
    FIRN_ASSIGN(window_, file_->Read(offset, std::min(std::max(length, kWindowBytes), available)));
    window_offset_ = offset;
  }
  if (static_cast<int64_t>(window_.size()) < offset - window_offset_ + length) {
    return Corrupt("Avro file is shorter than it was");
  }
  return std::string_view(window_).substr(static_cast<size_t>(offset - window_offset_),
                                          static_cast<size_t>(length));
}

Status FileReader::ReadHeader() {
  const int64_t size = file_->size_bytes();
  for (int64_t guess = kHeaderGuessBytes;; guess *= 8) {
    FIRN_ASSIGN(const std::string_view bytes, View(0, guess));
    Decoder header(bytes);
    size_t used_bytes = 0;
    Status parsed = ParseHeader(header, used_bytes, bytes.size());
    if (parsed.ok()) {
      offset_ = static_cast<int64_t>(used_bytes);
      break;
    }
    // A header that goes beyond the guess looks cut.
    if (guess >= size || !bytes.starts_with(kMagic)) return parsed;
    if (guess >= limits_.header_bytes_max) return ResourceExhausted("Avro header too large", guess);
    metadata_.clear();
  }
  const std::string* text = Metadata("avro.schema");
  if (text == nullptr) return Corrupt("Avro file without a schema");
  FIRN_ASSIGN(schema_, ParseSchemaOnce(*text));
  return Ok();
}

Status FileReader::ParseHeader(Decoder& header, size_t& used_bytes, size_t total_bytes) {
  FIRN_ASSIGN(const std::string_view magic, header.ReadFixed(kMagic.size()));
  if (magic != kMagic) return Corrupt("not an Avro file");
  FIRN_TRY(header.ReadItems([&]() -> Status {
    FIRN_ASSIGN(const std::string_view key, header.ReadBytes());
    FIRN_ASSIGN(const std::string_view value, header.ReadBytes());
    metadata_.insert_or_assign(std::string(key), std::string(value));
    return Ok();
  }));
  FIRN_ASSIGN(const std::string_view sync, header.ReadFixed(kSyncBytes));
  sync_ = sync;
  used_bytes = total_bytes - header.remaining_bytes();
  return Ok();
}

Result<bool> FileReader::Next() {
  while (objects_left_ == 0) {
    if (!decoder_.at_end()) return Corrupt("Avro block has bytes after its last object");
    if (offset_ == file_->size_bytes()) return false;
    FIRN_TRY(ReadBlock());
  }
  --objects_left_;
  return true;
}

Result<std::optional<Block>> FileReader::NextBlock() {
  if (offset_ == file_->size_bytes()) return std::optional<Block>();
  const int64_t offset = offset_;
  FIRN_TRY(ReadBlock());
  return std::optional(Block{offset, std::exchange(objects_left_, 0), block_});
}

void FileReader::Seek(int64_t offset) {
  offset_ = offset;
  objects_left_ = 0;
  decoder_ = Decoder(std::string_view());
}

Status FileReader::ReadBlock() {
  FIRN_ASSIGN(const std::string_view head, View(offset_, kCountsBytesMax));
  Decoder counts(head);
  FIRN_ASSIGN(const int64_t count, counts.ReadLong());
  FIRN_ASSIGN(const int64_t size, counts.ReadLong());
  offset_ += static_cast<int64_t>(head.size() - counts.remaining_bytes());
  const int64_t left = file_->size_bytes() - offset_ - static_cast<int64_t>(kSyncBytes);
  if (count < 0 || size < 0 || size > left) return Corrupt("Avro block is cut or damaged", offset_);
  if (size > limits_.block_bytes_max) return ResourceExhausted("Avro block too large", size);
  FIRN_ASSIGN(const std::string_view bytes, View(offset_, size + static_cast<int64_t>(kSyncBytes)));
  const auto packed = bytes.substr(0, static_cast<size_t>(size));
  if (bytes.substr(static_cast<size_t>(size)) != sync_) {
    return Corrupt("Avro block does not end with the sync marker", offset_);
  }
  FIRN_ASSIGN(block_, Decompress(packed));
  // No object of Iceberg's takes less than a byte.
  if (count > static_cast<int64_t>(block_.size())) {
    return Corrupt("Avro block lacks objects", count);
  }
  decoder_ = Decoder(block_);
  objects_left_ = count;
  offset_ += size + static_cast<int64_t>(kSyncBytes);
  return Ok();
}

Result<std::string_view> FileReader::Decompress(std::string_view packed) {
  const std::string* codec = Metadata("avro.codec");
  if (codec != nullptr && *codec == "deflate") return inflater_.Inflate(packed);
  std::string bytes;
  if (codec == nullptr || codec->empty() || *codec == "null") {
    bytes = packed;
  } else if (*codec == "zstandard") {
    FIRN_ASSIGN(bytes, ZstdDecompress(packed, static_cast<size_t>(limits_.block_bytes_max)));
  } else {
    return Unsupported("Avro codec", *codec);
  }
  unpacked_ = std::make_unique<const std::string>(std::move(bytes));
  return std::string_view(*unpacked_);
}

}  // namespace firn::avro
