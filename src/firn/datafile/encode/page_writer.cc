// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/encode/page_writer.h"

#include <utility>

#include "firn/base/digest.h"
#include "firn/datafile/encode/bit_packing.h"
#include "firn/datafile/encode/rle_encoder.h"
#include "firn/datafile/encode/thrift_writer.h"
#include "firn/datafile/encode/value_encoder.h"
#include "firn/datafile/module_cipher.h"

namespace firn::datafile {
namespace {

// Levels come on top of it.
constexpr size_t kPageBytesMax = (size_t{1} << 31) - (size_t{64} << 20);
constexpr size_t kTrialBytes = size_t{8} << 10;
constexpr size_t kTrialMin = 3 * kTrialBytes;

// Compression that keeps more than this of a page is left away: readers are faster without.
bool IsGain(size_t compressed, size_t raw) {
  return compressed * 20 < raw * 19;
}

void AppendDefinition(const LeafColumn& leaf, const LeafRows& rows, ByteBuffer& out) {
  if (leaf.definition_max == 0) return;
  const auto highest = static_cast<uint32_t>(leaf.definition_max);
  const int width = BitWidthOf(highest);
  if (rows.nulls() == 0) return AppendRun(highest, rows.slots, width, out);
  AppendHybrid(rows.definition, width, out);
}

void AppendRepetition(const LeafColumn& leaf, const LeafRows& rows, ByteBuffer& out) {
  if (leaf.repetition_max == 0) return;
  AppendHybrid(rows.repetition, BitWidthOf(static_cast<uint64_t>(leaf.repetition_max)), out);
}

// Before levels in pages of version 1 stands their length.
template <typename Appender>
void AppendWithLength(Appender append, ByteBuffer& out) {
  const size_t at = out.size();
  out.Extend(sizeof(uint32_t));
  append();
  const auto length = static_cast<uint32_t>(out.size() - at - sizeof(uint32_t));
  out.Overwrite(at, {reinterpret_cast<const char*>(&length), sizeof(length)});
}

// What all page headers begin with; the checksum is of everything behind the header, which is
// `levels` and then `body`.
void BeginHeader(ThriftWriter& thrift, PageType type, size_t uncompressed, std::string_view levels,
                 std::string_view body, const PageStyle& style) {
  const size_t compressed = levels.size() + body.size();
  thrift.I32(1, static_cast<int32_t>(type));
  thrift.I32(2, static_cast<int32_t>(uncompressed));
  thrift.I32(
      3, static_cast<int32_t>(compressed + (style.encrypted ? ModuleCipher::kOverheadBytes : 0)));
  if (!style.encrypted) thrift.I32(4, static_cast<int32_t>(Crc32(body, Crc32(levels))));
}

void AddPage(std::string_view header, std::string_view levels, std::string_view body,
             size_t uncompressed, PageInfo info, EncodedPages& out) {
  out.bytes.Append(header);
  out.bytes.Append(levels);
  out.bytes.Append(body);
  info.size_bytes = static_cast<int64_t>(header.size() + levels.size() + body.size());
  info.header_bytes = static_cast<int64_t>(header.size());
  info.uncompressed_bytes = static_cast<int64_t>(header.size() + uncompressed);
  out.pages.push_back(std::move(info));
}

}  // namespace

Status PageWriter::WriteValues(const LeafColumn& leaf, const LeafRows& rows, Encoding encoding,
                               const PageStyle& style, EncodedPages& out) {
  values_.Clear();
  AppendValues(rows.values, leaf.type, encoding, values_);
  return WriteData(leaf, rows, rows.values, encoding, style, out);
}

Status PageWriter::WriteIndices(const LeafColumn& leaf, const LeafRows& rows,
                                const std::vector<uint32_t>& indices, int width,
                                const PageStyle& style, EncodedPages& out) {
  values_.Clear();
  values_.Append(static_cast<char>(width));
  AppendHybrid(indices, width, values_);
  return WriteData(leaf, rows, DistinctTexts(rows, indices), Encoding::kRleDictionary, style, out);
}

// Comparing texts is slow: each is left once. Numbers stay as they are, NaN is counted.
LeafValues PageWriter::DistinctTexts(const LeafRows& rows, const std::vector<uint32_t>& indices) {
  const auto* texts = std::get_if<std::span<const std::string_view>>(&rows.values);
  if (texts == nullptr) return rows.values;
  seen_.clear();
  distinct_.clear();
  for (size_t i = 0; i < indices.size(); ++i) {
    if (indices[i] >= seen_.size()) seen_.resize(indices[i] + 1);
    if (seen_[indices[i]]) continue;
    seen_[indices[i]] = true;
    distinct_.push_back((*texts)[i]);
  }
  return std::span<const std::string_view>(distinct_);
}

Status PageWriter::WriteData(const LeafColumn& leaf, const LeafRows& rows,
                             const LeafValues& distinct, Encoding encoding, const PageStyle& style,
                             EncodedPages& out) {
  if (values_.size() > kPageBytesMax) {
    return Unsupported("a row's values are too large for a page, bytes", values_.size())
        .WithHint("pages of Parquet files have at most 2 GiB");
  }
  PageInfo info;
  info.encoding = encoding;
  info.rows = static_cast<int64_t>(rows.rows);
  info.slots = static_cast<int64_t>(rows.slots);
  info.statistics = StatisticsOf(leaf, distinct, rows.nulls());
  info.sizes = SizesOf(leaf, rows);
  levels_.Clear();
  header_.Clear();
  compressed_.Clear();
  if (style.version_2) return WriteVersion2(leaf, rows, style, info, out);
  return WriteVersion1(leaf, rows, style, info, out);
}

// Levels and values are compressed together.
Status PageWriter::WriteVersion1(const LeafColumn& leaf, const LeafRows& rows,
                                 const PageStyle& style, PageInfo& info, EncodedPages& out) {
  info.type = PageType::kData;
  if (leaf.repetition_max > 0) {
    AppendWithLength([&] { AppendRepetition(leaf, rows, levels_); }, levels_);
  }
  if (leaf.definition_max > 0) {
    AppendWithLength([&] { AppendDefinition(leaf, rows, levels_); }, levels_);
  }
  levels_.Append(values_.view());
  FIRN_TRY(compressor_.Compress(style.compression, levels_.view(), compressed_));
  ThriftWriter thrift(header_);
  BeginHeader(thrift, info.type, levels_.size(), {}, compressed_.view(), style);
  thrift.Struct(5);
  thrift.I32(1, static_cast<int32_t>(info.slots));
  thrift.I32(2, static_cast<int32_t>(info.encoding));
  thrift.I32(3, static_cast<int32_t>(Encoding::kRle));
  thrift.I32(4, static_cast<int32_t>(Encoding::kRle));
  thrift.End();
  thrift.End();
  AddPage(header_.view(), {}, compressed_.view(), levels_.size(), std::move(info), out);
  return Ok();
}

Status PageWriter::WriteVersion2(const LeafColumn& leaf, const LeafRows& rows,
                                 const PageStyle& style, PageInfo& info, EncodedPages& out) {
  AppendRepetition(leaf, rows, levels_);
  const size_t repetition = levels_.size();
  AppendDefinition(leaf, rows, levels_);
  FIRN_ASSIGN(const bool is_compressed, Compress(style));
  const std::string_view body = is_compressed ? compressed_.view() : values_.view();
  ThriftWriter thrift(header_);
  BeginHeader(thrift, info.type, levels_.size() + values_.size(), levels_.view(), body, style);
  thrift.Struct(8);
  thrift.I32(1, static_cast<int32_t>(info.slots));
  thrift.I32(2, static_cast<int32_t>(info.statistics.nulls));
  thrift.I32(3, static_cast<int32_t>(info.rows));
  thrift.I32(4, static_cast<int32_t>(info.encoding));
  thrift.I32(5, static_cast<int32_t>(levels_.size() - repetition));
  thrift.I32(6, static_cast<int32_t>(repetition));
  thrift.Bool(7, is_compressed);
  thrift.End();
  thrift.End();
  AddPage(header_.view(), levels_.view(), body, levels_.size() + values_.size(), std::move(info),
          out);
  return Ok();
}

// Compresses the values; false where they are better left as they are.
Result<bool> PageWriter::Compress(const PageStyle& style) {
  if (style.compression.compression.codec == Codec::kUncompressed || values_.size() == 0) {
    return false;
  }
  FIRN_ASSIGN(const bool gains, Gains(style));
  if (!gains) return false;
  FIRN_TRY(compressor_.Compress(style.compression, values_.view(), compressed_));
  return IsGain(compressed_.size(), values_.size());
}

// Whether a sample of the values gets smaller: packed numbers and random bytes do not. Long texts
// may repeat further apart than a sample shows.
Result<bool> PageWriter::Gains(const PageStyle& style) {
  if (style.compression.is_long || values_.size() < kTrialMin) return true;
  trial_.Clear();
  const std::string_view sample = values_.view().substr(values_.size() / 2, kTrialBytes);
  FIRN_TRY(compressor_.Compress(style.compression, sample, trial_));
  return IsGain(trial_.size(), sample.size());
}

Status PageWriter::WriteDictionary(const Dictionary& dictionary, const PageStyle& style,
                                   EncodedPages& out) {
  values_.Clear();
  compressed_.Clear();
  header_.Clear();
  dictionary.AppendPlain(values_);
  FIRN_TRY(compressor_.Compress(style.compression, values_.view(), compressed_));
  PageInfo info;
  info.type = PageType::kDictionary;
  ThriftWriter thrift(header_);
  BeginHeader(thrift, info.type, values_.size(), {}, compressed_.view(), style);
  thrift.Struct(7);
  thrift.I32(1, static_cast<int32_t>(dictionary.size()));
  thrift.I32(2, static_cast<int32_t>(Encoding::kPlain));
  thrift.End();
  thrift.End();
  AddPage(header_.view(), {}, compressed_.view(), values_.size(), std::move(info), out);
  return Ok();
}

}  // namespace firn::datafile
