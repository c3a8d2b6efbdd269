// SPDX-License-Identifier: Apache-2.0

#include "firn/ingest/source_reader.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#ifdef __SSE2__
#  include <emmintrin.h>
#endif

#include "firn/base/digest.h"
#include "firn/ingest/positions.h"
#include "firn/io/file_io.h"

namespace firn::ingest {
namespace {

constexpr int64_t kBlockBytes = int64_t{1} << 20;

// Reads exactly `[offset, offset + length)`.
Result<std::string> ReadExactly(const io::InputFile& input, int64_t offset, int64_t length) {
  FIRN_ASSIGN(std::string bytes, input.Read(offset, length));
  if (static_cast<int64_t>(bytes.size()) != length) {
    return Io("the file became shorter while it was read", offset + length);
  }
  return bytes;
}

Status UpdateDigest(const io::InputFile& input, int64_t from, int64_t to, ContentDigest& digest) {
  while (from < to) {
    const int64_t length = std::min(kBlockBytes, to - from);
    FIRN_ASSIGN(const std::string block, ReadExactly(input, from, length));
    digest.Update(block);
    from += length;
  }
  return Ok();
}

std::string_view LastEdge(std::string_view bytes) {
  const auto edge = static_cast<size_t>(kEdgeBytes);
  return bytes.size() > edge ? bytes.substr(bytes.size() - edge) : bytes;
}

}  // namespace

SourceReader::SourceReader(std::shared_ptr<const io::InputFile> input, int64_t from, int64_t end)
    : input_(std::move(input)), offset_(from), end_(end), read_to_(from) {}

Result<std::unique_ptr<SourceReader>> SourceReader::Open(std::shared_ptr<const io::InputFile> input,
                                                         int64_t from, int64_t end,
                                                         bool hash_content) {
  const int64_t size = input->size_bytes();
  if (size < from) return Io("the file became shorter than it was", size);
  std::unique_ptr<SourceReader> reader(
      new SourceReader(std::move(input), from, std::clamp(end, from, size)));
  FIRN_TRY(reader->Prime(hash_content));
  return reader;
}

std::unique_ptr<SourceReader> SourceReader::OfBytes() {
  std::unique_ptr<SourceReader> reader(new SourceReader(nullptr, 0, 0));
  reader->keeps_hashes_ = false;
  return reader;
}

void SourceReader::Show(std::string& bytes, int64_t offset) {
  buffer_.swap(bytes);
  begin_ = 0;
  filled_ = buffer_.size();
  offset_ = offset;
  end_ = read_to_ = offset + static_cast<int64_t>(filled_);
}

Status SourceReader::Prime(bool hash_content) {
  if (hash_content) content_.emplace();
  if (offset_ == 0) return Ok();
  const int64_t edge = std::min(kEdgeBytes, offset_);
  FIRN_ASSIGN(prefix_, ReadExactly(*input_, 0, edge));
  FIRN_ASSIGN(tail_, ReadExactly(*input_, offset_ - edge, edge));
  if (content_) FIRN_TRY(UpdateDigest(*input_, 0, offset_, *content_));
  return Ok();
}

Result<bool> SourceReader::More() {
  if (at_end()) return false;
  const size_t held = filled_ - begin_;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, held);
    begin_ = 0;
    filled_ = held;
  }
  const int64_t length =
      std::min(std::max(kBlockBytes, static_cast<int64_t>(held)), end_ - read_to_);
  const size_t needed = held + static_cast<size_t>(length);
  if (buffer_.size() < needed) buffer_.resize(needed);
  const std::span<char> room(buffer_.data() + held, static_cast<size_t>(length));
  FIRN_ASSIGN(const int64_t got, input_->ReadInto(read_to_, room));
  if (got != length) return Io("the file became shorter while it was read", read_to_ + got);
  read_to_ += got;
  filled_ += static_cast<size_t>(got);
  return true;
}

Status SourceReader::Fill(size_t size_bytes) {
  while (window().size() < size_bytes) {
    FIRN_ASSIGN(const bool more, More());
    if (!more) break;
  }
  return Ok();
}

void SourceReader::Consume(size_t count) {
  FIRN_ASSERT(count <= filled_ - begin_);
  if (keeps_hashes_) Remember(window().substr(0, count));
  begin_ += count;
  offset_ += static_cast<int64_t>(count);
}

void SourceReader::Remember(std::string_view consumed) {
  const auto edge = static_cast<size_t>(kEdgeBytes);
  if (prefix_.size() < edge) prefix_.append(consumed.substr(0, edge - prefix_.size()));
  if (content_) content_->Update(consumed);
  if (consumed.size() >= edge) {
    tail_.assign(LastEdge(consumed));
    return;
  }
  if (tail_.size() >= 4 * edge) tail_.erase(0, tail_.size() - edge);
  tail_.append(consumed);
}

Status SourceReader::ConsumeRest() {
  begin_ = filled_ = 0;
  if (content_) FIRN_TRY(UpdateDigest(*input_, offset_, end_, *content_));
  const int64_t edge = std::min(kEdgeBytes, end_);
  FIRN_ASSIGN(prefix_, ReadExactly(*input_, 0, edge));
  FIRN_ASSIGN(tail_, ReadExactly(*input_, end_ - edge, edge));
  offset_ = read_to_ = end_;
  return Ok();
}

std::string SourceReader::prefix_hash() const {
  return Sha256Hex(prefix_);
}

std::string SourceReader::tail_hash() const {
  return Sha256Hex(LastEdge(tail_));
}

std::string SourceReader::content_hash() const {
  return content_ ? content_->Hex() : std::string();
}

int64_t CountByte(std::string_view bytes, char byte) {
  int64_t count = 0;
#ifdef __SSE2__
  constexpr size_t kLanes = sizeof(__m128i);
  constexpr size_t kRoundsMax = 255;  // Each lane counts as far as a byte does.
  while (bytes.size() >= kLanes) {
    __m128i counts = _mm_setzero_si128();
    for (size_t round = 0; round < kRoundsMax && bytes.size() >= kLanes; ++round) {
      const __m128i word = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data()));
      counts = _mm_sub_epi8(counts, _mm_cmpeq_epi8(word, _mm_set1_epi8(byte)));
      bytes.remove_prefix(kLanes);
    }
    const __m128i sums = _mm_sad_epu8(counts, _mm_setzero_si128());
    count += _mm_cvtsi128_si64(sums) + _mm_cvtsi128_si64(_mm_unpackhi_epi64(sums, sums));
  }
#endif
  return count + std::count(bytes.begin(), bytes.end(), byte);
}

Result<EdgeHashes> HashEdges(const io::InputFile& input, int64_t offset) {
  const int64_t edge = std::min(kEdgeBytes, offset);
  FIRN_ASSIGN(const std::string prefix, ReadExactly(input, 0, edge));
  FIRN_ASSIGN(const std::string tail, ReadExactly(input, offset - edge, edge));
  return EdgeHashes{Sha256Hex(prefix), Sha256Hex(tail)};
}

Result<std::string> HashContent(const io::InputFile& input, int64_t offset) {
  ContentDigest digest;
  FIRN_TRY(UpdateDigest(input, 0, offset, digest));
  return digest.Hex();
}

}  // namespace firn::ingest
