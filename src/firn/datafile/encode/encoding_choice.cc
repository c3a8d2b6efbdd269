// SPDX-License-Identifier: Apache-2.0
//
// What a sample says of a dictionary: its indices are as in the whole, but wider by what the whole
// dictionary has more entries. How many it has is estimated from the values that the sample has
// once, which stand for those it missed (Charikar et al., "Towards Estimation Error Guarantees for
// Distinct Values", 2000: GEE). That takes the rows to be in no order; where values come and go, as
// sessions do, hardly any of one piece of the sample is in another, and the whole has ever new
// ones.

#include "firn/datafile/encode/encoding_choice.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "firn/datafile/encode/bit_packing.h"
#include "firn/datafile/encode/dictionary.h"
#include "firn/datafile/encode/rle_encoder.h"
#include "firn/datafile/encode/value_encoder.h"

namespace firn::datafile {
namespace {

constexpr size_t kPieces = 4;
constexpr size_t kPieceRows = 1024;
constexpr size_t kPieceBytes = size_t{256} << 10;
constexpr double kPageHeaderBytes = 30;
// Building a dictionary takes time, and so does compressing plain values: they have to pay.
constexpr double kPrice = 1.02;
// More than this of a sample distinct, and the whole is.
constexpr double kDistinctMax = 0.75;
// Fewer rows than one in so many have a value of an earlier piece: values come and go.
constexpr size_t kSeldom = 16;
constexpr int kTrialLevel = 3;

std::vector<Encoding> EncodingsOf(PhysicalType type, bool plain_only) {
  if (plain_only) return {Encoding::kPlain};
  switch (type) {
    case PhysicalType::kInt32:
    case PhysicalType::kInt64:
      return {Encoding::kDeltaBinaryPacked, Encoding::kPlain};
    case PhysicalType::kFloat:
    case PhysicalType::kDouble:
      return {Encoding::kByteStreamSplit, Encoding::kPlain};
    case PhysicalType::kByteArray:
      return {Encoding::kDeltaLengthByteArray, Encoding::kDeltaByteArray, Encoding::kPlain};
    default:
      return {Encoding::kPlain};
  }
}

class Chooser {
 public:
  Chooser(const LeafReader& reader, const PageCompression& compression,
          const EncodingLimits& limits, PageCompressor& compressor)
      : reader_(reader), leaf_(reader.leaf()), limits_(limits), compressor_(compressor) {
    compression_.compression = compression.compression;
    // Slow levels find about the same encodings best as this one.
    auto& level = compression_.compression.level;
    if (level) level = std::min(*level, kTrialLevel);
  }

  Result<EncodingChoice> Choose() {
    EncodingChoice best;
    const auto encodings = EncodingsOf(leaf_.type, limits_.plain_only);
    FIRN_TRY(Sample(encodings));
    if (encodings.size() > 1) {
      const auto smallest = std::min_element(sizes_.begin(), sizes_.end());
      best.encoding = encodings[static_cast<size_t>(smallest - sizes_.begin())];
    }
    if (leaf_.type == PhysicalType::kBoolean || values_ == 0) return best;
    const double least = *std::min_element(sizes_.begin(), sizes_.end());
    best.dictionary = MayRepeat() && DictionarySize() * kPrice < least;
    return best;
  }

 private:
  // Measures pieces from all over the rows.
  Status Sample(const std::vector<Encoding>& encodings) {
    sizes_.assign(encodings.size(), 0);
    dictionary_.Reset(leaf_.type);
    const size_t rows = reader_.rows();
    const bool whole = rows <= kPieces * kPieceRows;
    const size_t pieces = whole ? 1 : kPieces;
    for (size_t piece = 0; piece < pieces; ++piece) {
      const size_t first = piece * (rows / pieces);
      FIRN_TRY(Measure(first, LastOf(first, whole ? rows : first + kPieceRows), encodings));
    }
    seen_.resize(dictionary_.size());
    return CompressIndices();
  }

  size_t LastOf(size_t first, size_t last) const {
    while (last - first > 1 && reader_.ExtentOf(first, last).bytes > kPieceBytes)
      last = first + (last - first) / 2;
    return last;
  }

  Status Measure(size_t first, size_t last, const std::vector<Encoding>& encodings) {
    reader_.Read(first, last, rows_);
    const size_t before = indices_.size(), known = dictionary_.size();
    rows_read_ += last - first;
    values_ += SizeOf(rows_.values);
    dictionary_.Add(rows_.values, SIZE_MAX, indices_);
    seen_.resize(dictionary_.size());
    for (size_t i = before; i < indices_.size(); ++i) {
      ++seen_[indices_[i]];
      known_again_ += indices_[i] < known;
    }
    if (known > 0) later_values_ += indices_.size() - before;
    for (size_t i = 0; i < encodings.size(); ++i) {
      const double price = encodings.size() > 1 && encodings[i] == Encoding::kPlain ? kPrice : 1;
      FIRN_ASSIGN(const double size, Size(encodings[i]));
      sizes_[i] += size * price;
    }
    return Ok();
  }

  Result<double> Size(Encoding encoding) {
    buffer_.Clear();
    AppendValues(rows_.values, leaf_.type, encoding, buffer_);
    return Compressed();
  }

  Result<double> Compressed() {
    compressed_.Clear();
    FIRN_TRY(compressor_.Compress(compression_, buffer_.view(), compressed_));
    return static_cast<double>(std::min(compressed_.size(), buffer_.size()));
  }

  Status CompressIndices() {
    if (!MayRepeat()) return Ok();
    buffer_.Clear();
    AppendHybrid(indices_, dictionary_.index_width(), buffer_);
    FIRN_ASSIGN(indices_size_, Compressed());
    buffer_.Clear();
    dictionary_.AppendPlain(buffer_);
    FIRN_ASSIGN(dictionary_size_, Compressed());
    return Ok();
  }

  bool MayRepeat() const {
    return dictionary_.size() > 0 &&
           static_cast<double>(dictionary_.size()) <= kDistinctMax * static_cast<double>(values_);
  }

  // How much larger the whole is than the sample.
  double Scale() const {
    return std::max(1.0, static_cast<double>(reader_.rows()) /
                             static_cast<double>(std::max<size_t>(1, rows_read_)));
  }

  double DistinctValues() const {
    if (known_again_ * kSeldom < later_values_) {
      return static_cast<double>(dictionary_.size()) * Scale();
    }
    const auto once = static_cast<double>(std::count(seen_.begin(), seen_.end(), 1U));
    return once * std::sqrt(Scale()) + static_cast<double>(seen_.size()) - once;
  }

  // Of the sample with its share of the dictionary.
  double DictionarySize() const {
    const double distinct = DistinctValues();
    const auto sampled = static_cast<double>(dictionary_.size());
    const double entries = dictionary_size_ * distinct / sampled;
    if (static_cast<double>(dictionary_.bytes()) * distinct / sampled >
        static_cast<double>(limits_.dictionary_bytes)) {
      return HUGE_VAL;
    }
    const double wider = static_cast<double>(BitWidthOf(static_cast<uint64_t>(distinct))) /
                         static_cast<double>(BitWidthOf(dictionary_.size()));
    return indices_size_ * std::max(1.0, wider) + (entries + kPageHeaderBytes) / Scale();
  }

  const LeafReader& reader_;
  const LeafColumn& leaf_;
  PageCompression compression_;
  const EncodingLimits& limits_;
  PageCompressor& compressor_;
  LeafRows rows_;
  size_t rows_read_ = 0, values_ = 0;
  std::vector<double> sizes_;  // Of each encoding.
  Dictionary dictionary_;
  std::vector<uint32_t> indices_, seen_;
  size_t later_values_ = 0, known_again_ = 0;  // Of pieces but the first.
  double indices_size_ = 0, dictionary_size_ = 0;
  ByteBuffer buffer_, compressed_;
};

}  // namespace

Result<EncodingChoice> ChooseEncoding(const LeafReader& reader, const PageCompression& compression,
                                      const EncodingLimits& limits, PageCompressor& compressor) {
  if (compression.is_long) return EncodingChoice{};
  return Chooser(reader, compression, limits, compressor).Choose();
}

}  // namespace firn::datafile
