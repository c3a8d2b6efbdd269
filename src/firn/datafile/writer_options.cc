// SPDX-License-Identifier: Apache-2.0

#include "firn/datafile/writer_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "firn/datafile/column_kinds.h"
#include "firn/datafile/shred_variants.h"

namespace firn::datafile {
namespace {

using Properties = std::map<std::string, std::string>;

constexpr std::string_view kCodec = "compression-codec";
constexpr std::string_view kLevel = "compression-level";
constexpr std::string_view kOwn = "firn.parquet.";
constexpr std::string_view kOfColumn = ".column.";
constexpr std::string_view kOfType = ".type.";
constexpr int64_t kSizeMax = int64_t{1} << 50;

constexpr std::array<std::pair<std::string_view, Codec>, 8> kCodecs = {
    {{"uncompressed", Codec::kUncompressed},
     {"none", Codec::kUncompressed},
     {"snappy", Codec::kSnappy},
     {"gzip", Codec::kGzip},
     {"lz4", Codec::kLz4},
     {"lz4_raw", Codec::kLz4},
     {"brotli", Codec::kBrotli},
     {"zstd", Codec::kZstd}}};

constexpr std::array<std::pair<std::string_view, ColumnEncoding>, 6> kEncodings = {
    {{"plain", ColumnEncoding::kPlain},
     {"dictionary", ColumnEncoding::kDictionary},
     {"delta-binary-packed", ColumnEncoding::kDeltaBinaryPacked},
     {"delta-length-byte-array", ColumnEncoding::kDeltaLengthByteArray},
     {"delta-byte-array", ColumnEncoding::kDeltaByteArray},
     {"byte-stream-split", ColumnEncoding::kByteStreamSplit}}};

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

void Set(int64_t& value, int64_t number) {
  value = number;
}

void Set(Millis& value, int64_t number) {
  value.value = number;
}

template <typename Number>
void Set(std::optional<Number>& value, int64_t number) {
  Set(value.emplace(), number);
}

// Sets `value` from the property `key`, if there is one.
template <typename Number>
Status ReadNumber(const Properties& properties, const std::string& key, Number& value) {
  const auto found = properties.find(key);
  if (found == properties.end()) return Ok();
  FIRN_ASSIGN(const int64_t number, WholeNumber(key, found->second, 1, kSizeMax));
  Set(value, number);
  return Ok();
}

Result<bool> Truth(std::string_view key, std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return BadProperty(key, text, "true or false");
}

// The properties that decide one compression.
struct CompressionKeys {
  std::string codec, level;

  // `scope` is ".column.NAME" or ".type.TYPE"; empty for Iceberg's own, of the whole table.
  static CompressionKeys Of(std::string_view scope) {
    const std::string prefix(scope.empty() ? "write.parquet." : kOwn);
    return {prefix + std::string(kCodec) + std::string(scope),
            prefix + std::string(kLevel) + std::string(scope)};
  }
};

Status ReadLevel(const CompressionKeys& keys, std::string_view text, Compression& out) {
  if (text == "null" || text.empty()) return Ok();  // How Java writes "the codec's default".
  const auto range = LevelsOf(out.codec);
  if (!range) {
    return InvalidArgument("the codec " + std::string(ToString(out.codec)) + " takes no level",
                           keys.level, text)
        .WithHint("remove the property, or let " + keys.codec + " be zstd, gzip or brotli");
  }
  FIRN_ASSIGN(const int64_t level, WholeNumber(keys.level, text, range->lowest, range->highest));
  out.level = static_cast<int>(level);
  return Ok();
}

// What the two properties make of `base`, the compression of the table: another codec starts
// without the table's level, which was chosen for that of the table.
Result<Compression> ReadCompression(const Properties& properties, const CompressionKeys& keys,
                                    Compression base) {
  if (const auto codec = properties.find(keys.codec); codec != properties.end()) {
    const auto parsed = ParseCodec(codec->second);
    if (!parsed) {
      return BadProperty(keys.codec, codec->second,
                         "zstd, snappy, gzip, lz4, brotli or uncompressed");
    }
    if (*parsed != base.codec) base = {*parsed, std::nullopt};
  }
  if (const auto level = properties.find(keys.level); level != properties.end()) {
    FIRN_TRY(ReadLevel(keys, level->second, base));
  }
  return base;
}

// ".column.NAME" or ".type.TYPE" of a property about a compression; empty for any other.
std::string_view ScopeOf(std::string_view key) {
  for (const std::string_view what : {kCodec, kLevel}) {
    if (!key.starts_with(kOwn) || !key.substr(kOwn.size()).starts_with(what)) continue;
    const std::string_view scope = key.substr(kOwn.size() + what.size());
    if (scope.starts_with(kOfColumn) || scope.starts_with(kOfType)) return scope;
  }
  return {};
}

// Patterns before types, and of patterns the longest first: they say the most.
bool ComesFirst(const CompressionRule& left, const CompressionRule& right) {
  if (left.pattern.size() != right.pattern.size()) {
    return left.pattern.size() > right.pattern.size();
  }
  return std::pair(left.pattern, left.type) < std::pair(right.pattern, right.type);
}

Status AddCompression(std::string_view scope, const Compression& compression,
                      WriterOptions& options) {
  if (scope.starts_with(kOfType)) {
    const std::string type(scope.substr(kOfType.size()));
    if (!IsTypeName(type)) {
      return BadProperty(kOwn, scope,
                         "the name of a type without its parameters, as in \"string\"");
    }
    options.rules.push_back({"", type, compression});
    return Ok();
  }
  std::string column(scope.substr(kOfColumn.size()));
  if (column.find('*') == std::string::npos) {
    options.columns.insert_or_assign(std::move(column), compression);
  } else {
    options.rules.push_back({std::move(column), "", compression});
  }
  return Ok();
}

Status ReadPageVersion(const Properties& properties, int& version) {
  const std::string key = "write.parquet.page-version";
  const auto found = properties.find(key);
  if (found == properties.end()) return Ok();
  if (found->second != "v1" && found->second != "v2") {
    return BadProperty(key, found->second, "v1 or v2");
  }
  version = found->second == "v1" ? 1 : 2;
  return Ok();
}

Status ReadCompressions(const Properties& properties, WriterOptions& options) {
  FIRN_ASSIGN(options.compression,
              ReadCompression(properties, CompressionKeys::Of(""), options.compression));
  std::string last;
  for (const auto& [key, value] : properties) {
    const std::string scope(ScopeOf(key));
    const auto keys = CompressionKeys::Of(scope);
    // Both properties of a scope are read with the first of them.
    if (scope.empty() || (key == keys.level && properties.contains(keys.codec))) continue;
    FIRN_ASSIGN(const Compression compression,
                ReadCompression(properties, keys, options.compression));
    FIRN_TRY(AddCompression(scope, compression, options));
  }
  std::ranges::sort(options.rules, ComesFirst);
  return Ok();
}

Status ReadEncoding(std::string_view key, std::string_view text, ColumnStorage& out) {
  const auto found = std::ranges::find(kEncodings, text, &decltype(kEncodings)::value_type::first);
  if (found == kEncodings.end()) {
    return BadProperty(key, text,
                       "plain, dictionary, delta-binary-packed, delta-length-byte-array, "
                       "delta-byte-array or byte-stream-split");
  }
  out.encoding = found->second;
  return Ok();
}

Status ReadProbability(std::string_view key, std::string_view text, ColumnStorage& out) {
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool read = failure == std::errc() && end == text.data() + text.size();
  if (!read || !(value > 0 && value < 1)) return BadProperty(key, text, "more than 0, less than 1");
  out.bloom_filter_fpp = value;
  return Ok();
}

struct StorageProperty {
  std::string_view prefix;
  Status (*read)(std::string_view key, std::string_view text, ColumnStorage& out);
};

constexpr std::array<StorageProperty, 4> kStorageProperties = {
    {{"firn.parquet.encoding.column.", ReadEncoding},
     {"write.parquet.bloom-filter-enabled.column.",
      [](std::string_view key, std::string_view text, ColumnStorage& out) -> Status {
        FIRN_ASSIGN(out.bloom_filter, Truth(key, text));
        return Ok();
      }},
     {"write.parquet.bloom-filter-fpp.column.", ReadProbability},
     {"write.parquet.bloom-filter-ndv.column.",
      [](std::string_view key, std::string_view text, ColumnStorage& out) -> Status {
        FIRN_ASSIGN(out.bloom_filter_values, WholeNumber(key, text, 1, kSizeMax));
        return Ok();
      }}}};

Status ReadStorage(const Properties& properties, WriterOptions& options) {
  for (const auto& [key, value] : properties) {
    for (const StorageProperty& property : kStorageProperties) {
      if (!key.starts_with(property.prefix)) continue;
      FIRN_TRY(property.read(key, value, options.storage[key.substr(property.prefix.size())]));
    }
  }
  FIRN_TRY(ReadNumber(properties, "write.parquet.bloom-filter-max-bytes",
                      options.bloom_filter_bytes_max));
  const std::string page_index = "firn.parquet.page-index";
  const auto found = properties.find(page_index);
  if (found == properties.end() || found->second == "auto") return Ok();
  const auto wanted = Truth(page_index, found->second);
  if (!wanted) return BadProperty(page_index, found->second, "true, false or auto");
  options.page_index = *wanted;
  return Ok();
}

Status ReadRolling(const Properties& properties, WriterOptions& options) {
  FIRN_TRY(ReadNumber(properties, "write.target-file-size-bytes", options.target_file_bytes));
  FIRN_TRY(ReadNumber(properties, "firn.write.max-file-size-bytes", options.file_bytes_max));
  FIRN_TRY(ReadNumber(properties, "firn.write.max-file-rows", options.file_rows_max));
  FIRN_TRY(ReadNumber(properties, "firn.write.max-file-age-ms", options.file_age_max));
  return ReadNumber(properties, "firn.write.rotation-timeout-ms", options.rotation_timeout);
}

// "...compression-codec..." for "...compression-level..." and the reverse; empty for others.
std::string OtherHalf(const std::string& key) {
  for (const auto& [half, other] : {std::pair(kCodec, kLevel), std::pair(kLevel, kCodec)}) {
    const size_t at = key.find(half);
    if (at != std::string::npos) return std::string(key).replace(at, half.size(), other);
  }
  return {};
}

Properties WithDefaults(Properties properties, const Properties& defaults) {
  const Properties own = properties;
  for (const auto& [key, value] : defaults) {
    if (!own.contains(OtherHalf(key))) properties.try_emplace(key, value);
  }
  return properties;
}

}  // namespace

std::string_view ToString(Codec codec) {
  return std::ranges::find(kCodecs, codec, &decltype(kCodecs)::value_type::second)->first;
}

std::string_view ToString(ColumnEncoding encoding) {
  return std::ranges::find(kEncodings, encoding, &decltype(kEncodings)::value_type::second)->first;
}

Result<Codec> ParseCodec(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const auto found = std::ranges::find(kCodecs, lower, &decltype(kCodecs)::value_type::first);
  if (found == kCodecs.end()) return InvalidArgument("no such compression codec", name);
  return found->second;
}

Result<Compression> ParseCompression(std::string_view text) {
  const size_t colon = text.find(':');
  Compression compression;
  FIRN_ASSIGN(compression.codec, ParseCodec(text.substr(0, colon)));
  if (colon == std::string_view::npos) return compression;
  FIRN_TRY(ReadLevel({"codec", "level"}, text.substr(colon + 1), compression));
  return compression;
}

Result<WriterOptions> WriterOptionsFrom(const Properties& given, const WriterDefaults& defaults) {
  const Properties properties = WithDefaults(given, defaults.properties);
  WriterOptions options;
  FIRN_TRY(ReadCompressions(properties, options));
  FIRN_TRY(ReadStorage(properties, options));
  FIRN_TRY(ReadRolling(properties, options));
  FIRN_TRY(ReadNumber(properties, "write.parquet.row-group-size-bytes", options.row_group_bytes));
  FIRN_TRY(ReadNumber(properties, "write.parquet.page-row-limit", options.page_rows));
  FIRN_TRY(ReadPageVersion(properties, options.page_version));
  FIRN_TRY(ReadNumber(properties, "write.parquet.dict-size-bytes", options.dictionary_bytes));
  FIRN_TRY(ReadNumber(properties, "write.parquet.page-size-bytes", options.page_bytes));
  FIRN_TRY(VariantSampleRows(properties));
  options.properties = properties;
  options.memory = defaults.memory;
  options.scratch = defaults.scratch;
  options.batch_rows = defaults.batch_rows;
  return options;
}

}  // namespace firn::datafile
