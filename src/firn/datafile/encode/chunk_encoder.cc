// SPDX-License-Identifier: Apache-2.0
//
// A chunk with a dictionary is one piece: its pages need one dictionary, in the order of the rows.
// Any other is cut into pieces of some pages, so that one large column keeps all threads busy.

#include "firn/datafile/encode/chunk_encoder.h"

#include <algorithm>

#include "firn/datafile/arrow_wall.h"
#include "firn/datafile/encode/far_repeats.h"

namespace firn::datafile {
namespace {

// Texts longer than this on average are long: their pages are larger (they compress better so).
constexpr size_t kLongText = 512;
constexpr size_t kLongPageBytes = size_t{8} << 20;
constexpr size_t kPageBytes = size_t{1} << 20;
constexpr size_t kPieceBytes = size_t{1} << 20;
// A dictionary is given up early where this many values are hardly ever the same.
constexpr size_t kValuesToJudge = 32768;
constexpr size_t kIndexBytes = sizeof(uint32_t);

bool HardlyRepeats(size_t distinct, size_t values) {
  return values >= kValuesToJudge && distinct * 4 > values * 3;
}

// What a table asks for by name.
EncodingChoice ChoiceOf(ColumnEncoding wanted) {
  switch (wanted) {
    case ColumnEncoding::kPlain:
      return {false, Encoding::kPlain};
    case ColumnEncoding::kDictionary:
      return {true, Encoding::kPlain};
    case ColumnEncoding::kDeltaBinaryPacked:
      return {false, Encoding::kDeltaBinaryPacked};
    case ColumnEncoding::kDeltaLengthByteArray:
      return {false, Encoding::kDeltaLengthByteArray};
    case ColumnEncoding::kDeltaByteArray:
      return {false, Encoding::kDeltaByteArray};
    case ColumnEncoding::kByteStreamSplit:
      return {false, Encoding::kByteStreamSplit};
  }
  return {};
}

}  // namespace

ChunkEncoder::ChunkEncoder(LeafReader reader, PageStyle style, const ColumnStorage& storage,
                           PageLimits limits)
    : reader_(std::move(reader)), style_(style), storage_(storage), limits_(limits) {
  style_.compression.is_long = IsLong();
  if (limits_.bytes == 0) limits_.bytes = style_.compression.is_long ? kLongPageBytes : kPageBytes;
}

bool ChunkEncoder::IsLong() const {
  if (leaf().type != PhysicalType::kByteArray) return false;
  const LeafReader::Extent extent = reader_.ExtentOf(0, reader_.rows());
  return extent.bytes > extent.slots * kLongText;
}

Status ChunkEncoder::Plan(const std::optional<EncodingChoice>& known, EncodingTools& tools) {
  const EncodingLimits limits{!style_.version_2, limits_.dictionary_bytes};
  if (storage_.encoding) {
    choice_ = ChoiceOf(*storage_.encoding);
  } else if (known) {
    choice_ = *known;
  } else {
    FIRN_ASSIGN(choice_,
                ChooseEncoding(reader_, style_.compression, limits, tools.writer.compressor()));
  }
  if (style_.compression.is_long) LookForRepeats(tools);
  if (leaf().is_geospatial) FIRN_TRY(AddGeospatial(tools));
  if (storage_.bloom_filter) FIRN_TRY(AddBloomFilter(tools));
  if (choice_.dictionary) {
    pieces_ = {{0, reader_.rows()}};
    return Ok();
  }
  for (size_t first = 0; first < reader_.rows();) {
    const size_t last = EndOfPage(first, limits_.bytes);
    const bool joins =
        !pieces_.empty() && reader_.ExtentOf(pieces_.back().first, last).bytes <= kPieceBytes;
    if (joins) {
      pieces_.back().last = last;
    } else {
      pieces_.push_back({first, last});
    }
    first = last;
  }
  return Ok();
}

// The most rows within the limits, and at least one.
size_t ChunkEncoder::EndOfPage(size_t first, size_t bytes_max) const {
  size_t fits = first + 1, too_many = std::min(reader_.rows(), first + limits_.rows) + 1;
  if (reader_.ExtentOf(first, too_many - 1).bytes <= bytes_max) return too_many - 1;
  while (too_many - fits > 1) {
    const size_t middle = fits + (too_many - fits) / 2;
    if (reader_.ExtentOf(first, middle).bytes <= bytes_max) {
      fits = middle;
    } else {
      too_many = middle;
    }
  }
  return fits;
}

// Of the first page, as one is looked through at a time.
void ChunkEncoder::LookForRepeats(EncodingTools& tools) {
  reader_.Read(0, EndOfPage(0, limits_.bytes), tools.rows);
  style_.compression.looks_far = RepeatFarApart(tools.rows.texts);
}

// Reads all rows, a page's worth at a time, into the tools.
Status ChunkEncoder::ForEachPage(EncodingTools& tools, const std::function<Status()>& take) const {
  for (size_t first = 0; first < reader_.rows();) {
    const size_t last = EndOfPage(first, limits_.bytes);
    reader_.Read(first, last, tools.rows);
    FIRN_TRY(take());
    first = last;
  }
  return Ok();
}

// What is no WKB has no box; nothing else comes of that.
Status ChunkEncoder::AddGeospatial(EncodingTools& tools) {
  parquet::geospatial::GeoStatistics statistics;
  const Status added = WithoutExceptions([&]() -> Status {
    Status read = ForEachPage(tools, [&]() -> Status {
      const std::vector<parquet::ByteArray> shapes(tools.rows.texts.begin(),
                                                   tools.rows.texts.end());
      statistics.Update(shapes.data(), static_cast<int64_t>(shapes.size()));
      return Ok();
    });
    geospatial_ = statistics.Encode();
    return read;
  });
  if (!added.ok()) geospatial_.reset();
  return Ok();
}

Status ChunkEncoder::AddBloomFilter(EncodingTools& tools) {
  const auto rows = static_cast<int64_t>(reader_.rows());
  bloom_filter_.emplace(BloomFilterSize{storage_.bloom_filter_values.value_or(rows),
                                        storage_.bloom_filter_fpp, limits_.bloom_filter_bytes});
  return ForEachPage(tools, [&] { return bloom_filter_->Add(tools.rows); });
}

Status ChunkEncoder::EncodePiece(size_t piece, EncodingTools& tools, EncodedPages& out) const {
  if (choice_.dictionary) return EncodeWithDictionary(tools, out);
  return EncodePlain(pieces_[piece], tools, out);
}

Status ChunkEncoder::EncodePlain(Rows rows, EncodingTools& tools, EncodedPages& out) const {
  while (rows.first < rows.last) {
    const size_t last = EndOfPage(rows.first, limits_.bytes);
    reader_.Read(rows.first, last, tools.rows);
    FIRN_TRY(tools.writer.WriteValues(leaf(), tools.rows, choice_.encoding, style_, out));
    rows.first = last;
  }
  return Ok();
}

// The dictionary page is the first of the chunk, and known last.
Status ChunkEncoder::EncodeWithDictionary(EncodingTools& tools, EncodedPages& out) const {
  EncodedPages data;
  FIRN_ASSIGN(const size_t rows, FillDictionary(tools, data));
  if (rows > 0) FIRN_TRY(tools.writer.WriteDictionary(tools.dictionary, style_, out));
  FIRN_TRY(EncodePlain({rows, reader_.rows()}, tools, data));
  out.bytes.Append(data.bytes.view());
  std::move(data.pages.begin(), data.pages.end(), std::back_inserter(out.pages));
  return Ok();
}

// Writes pages until the dictionary is full or found not to pay; returns how many rows are in them.
Result<size_t> ChunkEncoder::FillDictionary(EncodingTools& tools, EncodedPages& out) const {
  tools.dictionary.Reset(leaf().type);
  size_t values = 0, first = 0;
  while (first < reader_.rows() && !HardlyRepeats(tools.dictionary.size(), values)) {
    size_t last = std::min(reader_.rows(), first + limits_.rows);
    while (last - first > 1 && reader_.ExtentOf(first, last).slots > limits_.bytes / kIndexBytes)
      last = first + (last - first) / 2;
    reader_.Read(first, last, tools.rows);
    tools.indices.clear();
    const Dictionary::Mark before = tools.dictionary.mark();
    if (!tools.dictionary.Add(tools.rows.values, limits_.dictionary_bytes, tools.indices)) {
      tools.dictionary.Return(before);
      break;
    }
    FIRN_TRY(tools.writer.WriteIndices(leaf(), tools.rows, tools.indices,
                                       tools.dictionary.index_width(), style_, out));
    values += tools.indices.size();
    first = last;
  }
  return first;
}

}  // namespace firn::datafile
