// SPDX-License-Identifier: Apache-2.0
//
// The bytes of a file go through at most two stages: decompression, by Arrow's codecs, and from
// UTF-16 to UTF-8. Both take pieces of any size.

#include "firn/ingest/decoded_file_io.h"

#include <functional>
#include <optional>
#include <utility>

#include <arrow/util/compression.h>

#include "firn/base/utf8.h"
#include "firn/datafile/arrow_wall.h"

namespace firn::ingest {
namespace {

constexpr int64_t kBlockBytes = int64_t{1} << 20;

enum class Encoding { kNone, kGzip, kZstd, kBzip2 };

Encoding EncodingOf(std::string_view head) {
  if (head.starts_with("\x1f\x8b")) return Encoding::kGzip;
  if (head.starts_with("\x28\xb5\x2f\xfd")) return Encoding::kZstd;
  const bool bzip2 = head.size() > 3 && head.starts_with("BZh") && head[3] >= '1' && head[3] <= '9';
  return bzip2 ? Encoding::kBzip2 : Encoding::kNone;
}

enum class Width { kUtf8, kUtf16Little, kUtf16Big };

Width WidthOf(std::string_view head) {
  if (head.starts_with("\xff\xfe")) return Width::kUtf16Little;
  return head.starts_with("\xfe\xff") ? Width::kUtf16Big : Width::kUtf8;
}

// From UTF-16 to UTF-8. A surrogate without its other half becomes U+FFFD.
class Utf16Reader {
 public:
  explicit Utf16Reader(bool big) : big_(big) {}

  void Read(std::string_view bytes, std::string& out) {
    for (const char byte : bytes) {
      if (!half_) {
        half_ = static_cast<unsigned char>(byte);
        continue;
      }
      const auto second = static_cast<unsigned char>(byte);
      const unsigned unit = big_ ? unsigned{*half_} << 8 | second : unsigned{second} << 8 | *half_;
      half_.reset();
      AddUnit(unit, out);
    }
  }

  /// Errors: `kCorrupt` where the text ends in the middle of a unit.
  Status Finish(std::string& out) {
    if (half_) return Corrupt("the UTF-16 text has an odd number of bytes");
    if (high_) AppendUtf8(kReplacement, out);
    return Ok();
  }

 private:
  static constexpr unsigned kReplacement = 0xfffd;
  static constexpr unsigned kMark = 0xfeff;

  void AddUnit(unsigned unit, std::string& out) {
    const bool low = unit >= 0xdc00 && unit < 0xe000;
    if (high_ && low) {
      AppendUtf8(0x10000 + ((*std::exchange(high_, std::nullopt) - 0xd800) << 10) + (unit - 0xdc00),
                 out);
      return;
    }
    if (std::exchange(high_, std::nullopt)) AppendUtf8(kReplacement, out);
    if (unit >= 0xd800 && unit < 0xdc00) {
      high_ = unit;
    } else if (!std::exchange(begun_, true) && unit == kMark) {
      return;
    } else {
      AppendUtf8(low ? kReplacement : unit, out);
    }
  }

  bool big_;
  bool begun_ = false;
  std::optional<unsigned char> half_;
  std::optional<unsigned> high_;
};

// Takes plain bytes, UTF-8 or UTF-16, as they come.
class TextMaker {
 public:
  explicit TextMaker(DecodedText& text) : text_(text) {}

  Status Add(std::string_view bytes) {
    if (begun_) return Put(bytes);
    head_.append(bytes);
    return head_.size() < 2 ? Ok() : Begin();
  }

  Status Finish() {
    if (!begun_) FIRN_TRY(Begin());
    out_.clear();
    if (utf16_) FIRN_TRY(utf16_->Finish(out_));
    FIRN_TRY(text_.Append(out_));
    return text_.Finish();
  }

  int64_t text_bytes() const { return text_.size_bytes(); }

 private:
  Status Begin() {
    begun_ = true;
    const Width width = WidthOf(head_);
    if (width != Width::kUtf8) utf16_.emplace(width == Width::kUtf16Big);
    return Put(head_);
  }

  Status Put(std::string_view bytes) {
    if (!utf16_) return text_.Append(bytes);
    out_.clear();
    utf16_->Read(bytes, out_);
    return text_.Append(out_);
  }

  DecodedText& text_;
  bool begun_ = false;
  std::string head_, out_;
  std::optional<Utf16Reader> utf16_;
};

// Feeds a file block by block.
Status ForEachBlock(const io::InputFile& file,
                    const std::function<Status(std::string_view)>& take) {
  for (int64_t at = 0; at < file.size_bytes();) {
    FIRN_ASSIGN(const std::string block, file.Read(at, kBlockBytes));
    if (block.empty()) return Io("the file became shorter while it was read", at);
    FIRN_TRY(take(block));
    at += static_cast<int64_t>(block.size());
  }
  return Ok();
}

// Decompresses one stream after the other: files may be joined.
class Inflater {
 public:
  Inflater(std::unique_ptr<arrow::util::Codec> codec, const DecodeLimits& limits, TextMaker& maker)
      : codec_(std::move(codec)),
        limits_(limits),
        maker_(maker),
        out_(static_cast<size_t>(kBlockBytes), '\0') {}

  Status Take(std::string_view block) {
    taken_ += static_cast<int64_t>(block.size());
    bool pending = false;  // The decompressor holds text that had no room.
    while (!block.empty() || pending) {
      if (stream_ == nullptr || stream_->IsFinished()) {
        if (block.empty()) return Ok();
        FIRN_ASSIGN(stream_, datafile::FromArrow(codec_->MakeDecompressor()));
      }
      FIRN_ASSIGN(const size_t read, Step(block, pending));
      block.remove_prefix(read);
    }
    return Ok();
  }

  Status Finish() const {
    if (stream_ != nullptr && stream_->IsFinished()) return Ok();
    return Corrupt("the compressed file ends too early, after bytes of text", maker_.text_bytes())
        .WithHint("copy or download it again");
  }

 private:
  // Decompresses once, from the front of `block`; says how much of that it took.
  Result<size_t> Step(std::string_view block, bool& pending) {
    const auto done = stream_->Decompress(
        static_cast<int64_t>(block.size()), reinterpret_cast<const uint8_t*>(block.data()),
        static_cast<int64_t>(out_.size()), reinterpret_cast<uint8_t*>(out_.data()));
    if (!done.ok()) return Damaged(done.status().message());
    if (done->bytes_read == 0 && done->bytes_written == 0 && !block.empty()) {
      return Damaged("it does not go on");
    }
    pending = done->bytes_written == static_cast<int64_t>(out_.size());
    FIRN_TRY(
        maker_.Add(std::string_view(out_).substr(0, static_cast<size_t>(done->bytes_written))));
    FIRN_TRY(CheckRatio());
    return static_cast<size_t>(done->bytes_read);
  }

  Error Damaged(const std::string& reason) const {
    return Corrupt("the compressed file is damaged after bytes of text", maker_.text_bytes(),
                   reason);
  }

  Status CheckRatio() const {
    const int64_t text_bytes = maker_.text_bytes();
    if (text_bytes < limits_.ratio_from_bytes || text_bytes / taken_ < limits_.ratio_max) {
      return Ok();
    }
    return ResourceExhausted("the file grows more than so many times in decompression",
                             limits_.ratio_max)
        .WithHint("if it is what it should be, decompress it first");
  }

  std::unique_ptr<arrow::util::Codec> codec_;
  const DecodeLimits& limits_;
  TextMaker& maker_;
  std::shared_ptr<arrow::util::Decompressor> stream_;
  std::string out_;
  int64_t taken_ = 0;
};

arrow::Compression::type CodecFor(Encoding encoding) {
  if (encoding == Encoding::kGzip) return arrow::Compression::GZIP;
  return encoding == Encoding::kZstd ? arrow::Compression::ZSTD : arrow::Compression::BZ2;
}

Status Decode(const io::InputFile& file, Encoding encoding, const DecodeLimits& limits,
              TextMaker& maker) {
  if (encoding == Encoding::kNone) {
    return ForEachBlock(file, [&](std::string_view block) { return maker.Add(block); });
  }
  FIRN_ASSIGN(auto codec, datafile::FromArrow(arrow::util::Codec::Create(CodecFor(encoding))));
  Inflater inflater(std::move(codec), limits, maker);
  FIRN_TRY(ForEachBlock(file, [&](std::string_view block) { return inflater.Take(block); }));
  return inflater.Finish();
}

}  // namespace

Result<std::unique_ptr<io::InputFile>> DecodedFileIO::Open(std::string_view location) {
  FIRN_ASSIGN(auto file, SourceFileIO::Open(location));
  FIRN_ASSIGN(const std::string head, file->Read(0, 4));
  const Encoding encoding = EncodingOf(head);
  if (encoding == Encoding::kNone && WidthOf(head) == Width::kUtf8) return file;
  auto text = std::make_unique<DecodedText>(folder_, limits_.text_bytes_max);
  TextMaker maker(*text);
  FIRN_TRY(Decode(*file, encoding, limits_, maker));
  FIRN_TRY(maker.Finish());
  return std::unique_ptr<io::InputFile>(std::move(text));
}

bool IsDecoded(const io::InputFile& file) {
  return dynamic_cast<const DecodedText*>(&file) != nullptr;
}

}  // namespace firn::ingest
