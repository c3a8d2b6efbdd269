// SPDX-License-Identifier: Apache-2.0
//
// The plain file has the chunks and bloom filters of the encrypted one at the same offsets. Plain
// pages are shorter than encrypted ones, so a chunk ends early, and zeros follow, which nobody
// reads: a chunk is read until it has given as many values as the footer says. The footer comes
// where the encrypted one was, and is a plain one.

#include "firn/datafile/plain_parquet.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <iterator>
#include <map>
#include <mutex>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include "firn/base/bytes.h"
#include "firn/datafile/arrow_file.h"
#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/page_directory.h"
#include "firn/datafile/parquet_decryption.h"
#include "firn/datafile/thrift_walk.h"
#include "firn/table/key_metadata.h"

namespace firn::datafile {
namespace {

constexpr std::string_view kPlainMagic = "PAR1";
constexpr std::string_view kEncryptedMagic = "PARE";
constexpr int64_t kEndBytes = 8;  // The length of the footer, and the magic bytes.
constexpr int64_t kFooterBytesMax = int64_t{512} << 20;
constexpr int64_t kKeptBytesMax = int64_t{64} << 20;

// A part of the file that is not plain as it stands.
struct Region {
  ChunkPlace place;
  bool is_filter = false;
};

using Pieces = std::shared_ptr<const std::vector<EncryptedPiece>>;
using Text = std::shared_ptr<const std::string>;

class PlainParquetFile : public io::InputFile {
 public:
  PlainParquetFile(std::shared_ptr<const io::InputFile> file, ModuleCipher cipher,
                   std::map<int64_t, Region> regions, int64_t footer_offset, std::string end,
                   std::string location)
      : file_(std::move(file)),
        cipher_(std::move(cipher)),
        regions_(std::move(regions)),
        footer_offset_(footer_offset),
        end_(std::move(end)),
        location_(std::move(location)) {}

  int64_t size_bytes() const override { return footer_offset_ + static_cast<int64_t>(end_.size()); }

  Result<int64_t> ReadInto(int64_t offset, std::span<char> out) const override {
    if (offset < 0) return InvalidArgument("negative read", offset);
    const int64_t left = std::max<int64_t>(0, size_bytes() - offset);
    const auto wanted = static_cast<size_t>(std::min(static_cast<int64_t>(out.size()), left));
    std::fill_n(out.begin(), wanted, '\0');
    out = out.first(wanted);
    Copy(kPlainMagic, 0, offset, out);
    Copy(end_, footer_offset_, offset, out);
    Status read = ReadRegions(offset, out);
    if (!read.ok()) return std::move(read).error().Within(location_);
    return static_cast<int64_t>(wanted);
  }

 private:
  // Copies what `text`, which is at `text_offset`, has of the bytes from `offset` on.
  static void Copy(std::string_view text, int64_t text_offset, int64_t offset,
                   std::span<char> out) {
    const int64_t first = std::max(text_offset, offset);
    const int64_t last = std::min(text_offset + static_cast<int64_t>(text.size()),
                                  offset + static_cast<int64_t>(out.size()));
    if (first >= last) return;
    std::memcpy(out.data() + (first - offset), text.data() + (first - text_offset),
                static_cast<size_t>(last - first));
  }

  Status ReadRegions(int64_t offset, std::span<char> out) const {
    auto at = regions_.upper_bound(offset);
    if (at != regions_.begin()) --at;
    const int64_t end = offset + static_cast<int64_t>(out.size());
    for (; at != regions_.end() && at->first < end; ++at) {
      const Region& region = at->second;
      if (region.place.offset + region.place.size_bytes <= offset) continue;
      FIRN_ASSIGN(const Pieces pieces, PiecesOf(region));
      for (auto piece = FirstAt(*pieces, offset - region.place.offset); piece != pieces->end();
           ++piece) {
        const int64_t begins = region.place.offset + piece->plain_offset;
        if (begins >= end) break;
        if (begins + piece->plain_bytes <= offset) continue;
        FIRN_ASSIGN(const Text text, TextOf(*piece));
        Copy(*text, begins, offset, out);
      }
    }
    return Ok();
  }

  // The piece that holds the byte at `offset` of the chunk, or comes first behind it.
  static std::vector<EncryptedPiece>::const_iterator FirstAt(
      const std::vector<EncryptedPiece>& pieces, int64_t offset) {
    const auto after = std::upper_bound(
        pieces.begin(), pieces.end(), offset,
        [](int64_t at, const EncryptedPiece& piece) { return at < piece.plain_offset; });
    return after == pieces.begin() ? after : std::prev(after);
  }

  Result<Pieces> PiecesOf(const Region& region) const {
    {
      const std::scoped_lock lock(mutex_);
      if (const auto known = pieces_.find(region.place.offset); known != pieces_.end())
        return known->second;
    }
    FIRN_ASSIGN(auto read, region.is_filter ? ReadFilter(region.place)
                                            : ReadPageDirectory(*file_, cipher_, region.place));
    const std::scoped_lock lock(mutex_);
    auto shared = std::make_shared<const std::vector<EncryptedPiece>>(std::move(read));
    return pieces_.insert_or_assign(region.place.offset, std::move(shared)).first->second;
  }

  // Header and blocks of a bloom filter.
  Result<std::vector<EncryptedPiece>> ReadFilter(const ChunkPlace& place) const {
    Module module{ModuleType::kBloomFilterHeader, place.row_group, place.column, 0};
    const int64_t end = place.offset + place.size_bytes;
    FIRN_ASSIGN(std::string plain, ReadModule(*file_, cipher_, module, place.offset, end));
    module.type = ModuleType::kBloomFilterBitset;
    const auto header = static_cast<int64_t>(plain.size() + ModuleCipher::kOverheadBytes);
    FIRN_ASSIGN(const size_t header_bytes, StructBytes(plain));
    plain.resize(header_bytes);  // Java's writer may pad it.
    FIRN_ASSIGN(const std::string blocks,
                ReadModule(*file_, cipher_, module, place.offset + header, end));
    plain += blocks;
    const auto size = static_cast<int64_t>(plain.size());
    return std::vector<EncryptedPiece>{{module, 0, 0, 0, size, std::move(plain)}};
  }

  Result<Text> TextOf(const EncryptedPiece& piece) const {
    if (!piece.plain.empty()) return Text(Text(), &piece.plain);
    {
      const std::scoped_lock lock(mutex_);
      const auto known = std::find_if(kept_.rbegin(), kept_.rend(), [&piece](const auto& kept) {
        return kept.first == piece.offset;
      });
      if (known != kept_.rend()) return known->second;
    }
    FIRN_ASSIGN(const std::string sealed, file_->Read(piece.offset, piece.sealed_bytes));
    if (static_cast<int64_t>(sealed.size()) != piece.sealed_bytes) return Corrupt("file is cut");
    FIRN_ASSIGN(std::string plain, cipher_.Open(piece.module, sealed));
    auto text = std::make_shared<const std::string>(std::move(plain));
    Keep(piece.offset, text);
    return text;
  }

  // Readers take a page in several reads, and pages of several columns in turn.
  void Keep(int64_t offset, Text text) const {
    const std::scoped_lock lock(mutex_);
    kept_bytes_ += static_cast<int64_t>(text->size());
    kept_.emplace_back(offset, std::move(text));
    while (kept_bytes_ > kKeptBytesMax && kept_.size() > 1) {
      kept_bytes_ -= static_cast<int64_t>(kept_.front().second->size());
      kept_.pop_front();
    }
  }

  const std::shared_ptr<const io::InputFile> file_;
  const ModuleCipher cipher_;
  const std::map<int64_t, Region> regions_;  // By offset.
  const int64_t footer_offset_;
  const std::string end_;  // Footer, its length and the magic bytes.
  const std::string location_;
  mutable std::mutex mutex_;
  mutable std::map<int64_t, Pieces> pieces_;  // Of regions, by offset.
  mutable std::deque<std::pair<int64_t, Text>> kept_;
  mutable int64_t kept_bytes_ = 0;
};

// What the encrypted footer is made of, and where it begins.
struct EncryptedFooter {
  int64_t offset = 0;
  std::string file_unique;
};

Result<EncryptedFooter> ReadEncryptedFooter(const io::InputFile& file) {
  const int64_t size = file.size_bytes();
  FIRN_ASSIGN(const std::string end, file.Read(std::max<int64_t>(0, size - kEndBytes), kEndBytes));
  if (static_cast<int64_t>(end.size()) != kEndBytes || !end.ends_with(kEncryptedMagic)) {
    return Corrupt("not an encrypted Parquet file: it does not end with PARE");
  }
  const auto length = int64_t{ReadLittleEndian<uint32_t>(end)};
  EncryptedFooter footer;
  footer.offset = size - kEndBytes - length;
  if (footer.offset < static_cast<int64_t>(kEncryptedMagic.size()) || length > kFooterBytesMax) {
    return Corrupt("an encrypted Parquet file with a footer of bytes", length);
  }
  FIRN_ASSIGN(const std::string bytes, file.Read(footer.offset, length));
  const auto crypto = parquet::FileCryptoMetaData::Make(
      reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int64_t>(bytes.size()));
  const parquet::EncryptionAlgorithm algorithm = crypto->encryption_algorithm();
  if (algorithm.algorithm != parquet::ParquetCipher::AES_GCM_V1) {
    return Unsupported("Parquet encryption other than AES_GCM_V1");
  }
  footer.file_unique = algorithm.aad.aad_file_unique;
  return footer;
}

Status AddRegion(Region region, int64_t end, std::map<int64_t, Region>& regions) {
  const ChunkPlace& place = region.place;
  if (place.offset < static_cast<int64_t>(kEncryptedMagic.size()) || place.size_bytes < 0 ||
      place.offset > end || place.size_bytes > end - place.offset) {
    return Corrupt("a column lies outside the file, offset and length", place.offset,
                   place.size_bytes);
  }
  regions.insert_or_assign(place.offset, std::move(region));
  return Ok();
}

Status AddChunk(const parquet::ColumnChunkMetaData& chunk, ChunkPlace place, int64_t end,
                std::map<int64_t, Region>& regions) {
  const auto crypto = chunk.crypto_metadata();
  if (crypto == nullptr || !crypto->encrypted_with_footer_key()) {
    return Unsupported("an encrypted Parquet file whose columns have other keys than its footer");
  }
  place.offset = chunk.data_page_offset();
  place.has_dictionary = chunk.has_dictionary_page() && chunk.dictionary_page_offset() > 0 &&
                         chunk.dictionary_page_offset() < place.offset;
  if (place.has_dictionary) place.offset = chunk.dictionary_page_offset();
  place.size_bytes = chunk.total_compressed_size();
  FIRN_TRY(AddRegion({place, false}, end, regions));
  if (!chunk.bloom_filter_offset()) return Ok();
  place.offset = *chunk.bloom_filter_offset();
  place.size_bytes = chunk.bloom_filter_length().value_or(end - place.offset);
  return AddRegion({place, true}, end, regions);
}

Result<std::map<int64_t, Region>> RegionsOf(const parquet::FileMetaData& metadata, int64_t end) {
  std::map<int64_t, Region> regions;
  for (int group = 0; group < metadata.num_row_groups(); ++group) {
    const auto row_group = metadata.RowGroup(group);
    for (int column = 0; column < row_group->num_columns(); ++column) {
      const ChunkPlace place{static_cast<size_t>(group), static_cast<size_t>(column)};
      FIRN_TRY(AddChunk(*row_group->ColumnChunk(column), place, end, regions));
    }
  }
  return regions;
}

Result<std::string> PlainEnd(const parquet::FileMetaData& metadata) {
  FIRN_ASSIGN(const auto stream, FromArrow(arrow::io::BufferOutputStream::Create()));
  metadata.WriteTo(stream.get());
  FIRN_ASSIGN(const auto bytes, FromArrow(stream->Finish()));
  FIRN_ASSIGN(std::string end, PlainFooter(std::string_view(*bytes)));
  AppendLittleEndian(end, static_cast<uint32_t>(end.size()));
  return end.append(kPlainMagic);
}

Result<std::unique_ptr<io::InputFile>> Open(io::FileIO& files, const std::string& location,
                                            const std::string& key_metadata) {
  FIRN_ASSIGN(std::shared_ptr<const io::InputFile> file, files.Open(location));
  FIRN_ASSIGN(const table::KeyMetadata key, table::DecodeKeyMetadata(key_metadata));
  FIRN_ASSIGN(const EncryptedFooter footer, ReadEncryptedFooter(*file));
  FIRN_ASSIGN(const parquet::ReaderProperties properties, ReaderPropertiesFor(key_metadata));
  const auto metadata =
      parquet::ParquetFileReader::Open(std::make_shared<ArrowInput>(file), properties)->metadata();
  FIRN_ASSIGN(auto regions, RegionsOf(*metadata, footer.offset));
  FIRN_ASSIGN(std::string end, PlainEnd(*metadata));
  FIRN_ASSIGN(ModuleCipher cipher, ModuleCipher::Make(key.stream_key(), footer.file_unique));
  return std::make_unique<PlainParquetFile>(std::move(file), std::move(cipher), std::move(regions),
                                            footer.offset, std::move(end), location);
}

}  // namespace

Result<std::unique_ptr<io::InputFile>> OpenPlainParquet(io::FileIO& files,
                                                        const std::string& location,
                                                        const std::string& key_metadata) {
  std::unique_ptr<io::InputFile> opened;
  const Status done = WithoutExceptions([&]() -> Status {
    FIRN_ASSIGN(opened, Open(files, location, key_metadata));
    return Ok();
  });
  if (!done.ok()) return WhileReading(done.error(), location);
  return opened;
}

}  // namespace firn::datafile
