// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/writer_options.h"

#include <algorithm>
#include <charconv>

namespace firn::datafile {
namespace {

using Properties = std::map<std::string, std::string>;

constexpr std::string_view kCodecOfColumn = "firn.parquet.compression-codec.column.";
constexpr std::string_view kLevelOfColumn = "firn.parquet.compression-level.column.";

struct LevelRange {
  int lowest, highest;
};

std::optional<LevelRange> LevelsOf(Codec codec) {
  switch (codec) {
    case Codec::kZstd:
      return LevelRange{1, 22};
    case Codec::kGzip:
      return LevelRange{1, 9};
    case Codec::kBrotli:
      return LevelRange{1, 11};
    default:
      return std::nullopt;
  }
}

Error BadProperty(std::string_view key, std::string_view value, std::string_view wanted) {
  return InvalidArgument("table property has no usable value", key, value)
      .WithHint("give " + std::string(wanted));
}

Result<int64_t> WholeNumber(std::string_view key, std::string_view text, int64_t lowest,
                            int64_t highest) {
  int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool read = failure == std::errc() && end == text.data() + text.size();
  if (read && value >= lowest && value <= highest) return value;
  return BadProperty(
      key, text,
      "a whole number from " + std::to_string(lowest) + " to " + std::to_string(highest));
}

// Sets `value` from the property `key`, if there is one.
Status ReadBytes(const Properties& properties, const std::string& key, int64_t& value) {
  const auto found = properties.find(key);
  if (found == properties.end()) return Ok();
  FIRN_ASSIGN(value, WholeNumber(key, found->second, 1, int64_t{1} << 50));
  return Ok();
}

Status ReadCodec(std::string_view key, std::string_view name, Compression& out) {
  auto codec = ParseCodec(name);
  if (!codec) return BadProperty(key, name, "zstd, snappy, gzip, lz4, brotli or uncompressed");
  out.codec = *codec;
  return Ok();
}

Status ReadLevel(std::string_view key, std::string_view text, Compression& out) {
  if (text == "null" || text.empty()) return Ok();  // How Java writes "the codec's default".
  const auto range = LevelsOf(out.codec);
  if (!range) return Ok();
  FIRN_ASSIGN(const int64_t level, WholeNumber(key, text, range->lowest, range->highest));
  out.level = static_cast<int>(level);
  return Ok();
}

Status ReadTableCompression(const Properties& properties, Compression& out) {
  const std::string codec_key = "write.parquet.compression-codec";
  const std::string level_key = "write.parquet.compression-level";
  if (const auto codec = properties.find(codec_key); codec != properties.end()) {
    FIRN_TRY(ReadCodec(codec_key, codec->second, out));
  }
  if (const auto level = properties.find(level_key); level != properties.end()) {
    FIRN_TRY(ReadLevel(level_key, level->second, out));
  }
  return Ok();
}

// A column's own codec starts without the table's level, which was chosen for another codec.
Status ReadColumnCompression(const Properties& properties, WriterOptions& options) {
  for (const auto& [key, value] : properties) {
    if (!key.starts_with(kCodecOfColumn)) continue;
    Compression compression;
    FIRN_TRY(ReadCodec(key, value, compression));
    if (compression.codec == options.compression.codec) compression = options.compression;
    options.columns.insert_or_assign(key.substr(kCodecOfColumn.size()), compression);
  }
  for (const auto& [key, value] : properties) {
    if (!key.starts_with(kLevelOfColumn)) continue;
    const std::string column = key.substr(kLevelOfColumn.size());
    const auto at = options.columns.try_emplace(column, options.compression).first;
    FIRN_TRY(ReadLevel(key, value, at->second));
  }
  return Ok();
}

}  // namespace

Result<Codec> ParseCodec(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  static const std::map<std::string_view, Codec> kCodecs = {{"uncompressed", Codec::kUncompressed},
                                                            {"none", Codec::kUncompressed},
                                                            {"snappy", Codec::kSnappy},
                                                            {"gzip", Codec::kGzip},
                                                            {"lz4", Codec::kLz4},
                                                            {"lz4_raw", Codec::kLz4},
                                                            {"brotli", Codec::kBrotli},
                                                            {"zstd", Codec::kZstd}};
  const auto found = kCodecs.find(lower);
  if (found == kCodecs.end()) return InvalidArgument("no such compression codec", name);
  return found->second;
}

Result<WriterOptions> WriterOptionsFrom(const Properties& properties) {
  WriterOptions options;
  FIRN_TRY(ReadTableCompression(properties, options.compression));
  FIRN_TRY(ReadColumnCompression(properties, options));
  FIRN_TRY(ReadBytes(properties, "write.parquet.row-group-size-bytes", options.row_group_bytes));
  FIRN_TRY(ReadBytes(properties, "write.parquet.page-row-limit", options.page_rows));
  FIRN_TRY(ReadBytes(properties, "write.parquet.dict-size-bytes", options.dictionary_bytes));
  FIRN_TRY(ReadBytes(properties, "write.target-file-size-bytes", options.target_file_bytes));
  int64_t page_bytes = 0;
  FIRN_TRY(ReadBytes(properties, "write.parquet.page-size-bytes", page_bytes));
  if (page_bytes > 0) options.page_bytes = page_bytes;
  options.properties = properties;
  return options;
}

}  // namespace firn::datafile
