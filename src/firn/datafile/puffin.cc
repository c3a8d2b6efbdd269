// SPDX-License-Identifier: Apache-2.0
//
// A Puffin file (Puffin spec, "File structure" and "Footer structure"):
//   "PFA1", blobs, "PFA1", payload, payload size (4 bytes), flags (4 bytes), "PFA1"
// The payload is JSON, as it is or as one LZ4 frame (bit 0 of the first flag byte). Numbers are
// little-endian.

#include "firn/datafile/puffin.h"

#include <algorithm>
#include <utility>

#include "firn/base/bytes.h"
#include "firn/base/compression.h"

namespace firn::datafile {
namespace {

constexpr std::string_view kMagic = "PFA1";
constexpr int64_t kMagicBytes = 4;
constexpr int64_t kTailBytes = 12;                               // Size, flags, magic.
constexpr int64_t kFooterFrameBytes = kMagicBytes + kTailBytes;  // What is around a payload.
constexpr uint32_t kFooterCompressed = 1;
constexpr int64_t kFooterBytesMax = int64_t{64} << 20;
constexpr int64_t kFirstReadBytes = int64_t{16} << 10;  // Holds most footers.

Json PropertiesToJson(const PuffinProperties& properties) {
  Json::Object object;
  for (const auto& [key, value] : properties)
    object.emplace_back(key, Json(value));
  return object;
}

Result<PuffinProperties> TakeProperties(Json& json) {
  PuffinProperties properties;
  const Json value = json.Take("properties");
  if (value.is_null()) return properties;
  if (value.as_object() == nullptr) return Corrupt("Puffin properties are not an object");
  for (const auto& [key, text] : *value.as_object()) {
    if (text.as_string() == nullptr) return Corrupt("a Puffin property is not a text", key);
    properties.emplace_back(key, *text.as_string());
  }
  return properties;
}

Result<std::vector<table::FieldId>> FieldsOf(const Json& json) {
  std::vector<table::FieldId> fields;
  FIRN_ASSIGN(const Json::Array* const list, json.GetArray("fields"));
  for (const Json& item : *list) {
    const auto id = item.ToInt64();
    if (!id || *id < INT32_MIN || *id > INT32_MAX) {
      return Corrupt("a field id of a blob is no number", item.Dump());
    }
    fields.emplace_back(static_cast<int32_t>(*id));
  }
  return fields;
}

Json BlobToJson(const PuffinBlob& blob) {
  Json::Array fields;
  for (const table::FieldId id : blob.fields)
    fields.emplace_back(id.value);
  Json json = Json::Object{};
  json.Set("type", blob.type);
  json.Set("fields", std::move(fields));
  json.Set("snapshot-id", blob.snapshot_id.value);
  json.Set("sequence-number", blob.sequence_number.value);
  json.Set("offset", blob.offset);
  json.Set("length", blob.length);
  if (!blob.compression.empty()) json.Set("compression-codec", blob.compression);
  if (!blob.properties.empty()) json.Set("properties", PropertiesToJson(blob.properties));
  return json;
}

// Writes back what was not understood, behind the rest.
void AddUnknown(const Json& unknown, Json& json) {
  if (unknown.as_object() == nullptr) return;
  for (const auto& [key, value] : *unknown.as_object())
    json.Set(key, value);
}

Result<PuffinBlob> BlobFromJson(Json json) {
  if (json.as_object() == nullptr) return Corrupt("a blob is not described by an object");
  PuffinBlob blob;
  FIRN_ASSIGN(blob.type, json.GetString("type"));
  FIRN_ASSIGN(blob.fields, FieldsOf(json));
  FIRN_ASSIGN(blob.snapshot_id.value, json.GetInt64("snapshot-id"));
  FIRN_ASSIGN(blob.sequence_number.value, json.GetInt64("sequence-number"));
  FIRN_ASSIGN(blob.offset, json.GetInt64("offset"));
  FIRN_ASSIGN(blob.length, json.GetInt64("length"));
  FIRN_ASSIGN(blob.properties, TakeProperties(json));
  const Json codec = json.Take("compression-codec");
  if (codec.as_string() != nullptr) blob.compression = *codec.as_string();
  for (const auto* key : {"type", "fields", "snapshot-id", "sequence-number", "offset", "length"})
    json.Take(key);
  if (!json.as_object()->empty()) blob.unknown = std::move(json);
  return blob;
}

std::string_view CodecName(PuffinCodec codec) {
  switch (codec) {
    case PuffinCodec::kLz4:
      return "lz4";
    case PuffinCodec::kZstd:
      return "zstd";
    default:
      return "";
  }
}

// The end of a footer, behind its payload.
struct Tail {
  int64_t payload_bytes = 0;
  bool compressed = false;
};

Result<Tail> ReadTail(std::string_view end_of_file, int64_t file_bytes) {
  const std::string_view bytes = end_of_file.substr(end_of_file.size() - kTailBytes);
  const Tail tail{ReadLittleEndian<int32_t>(bytes), (bytes[4] & 1) != 0};
  const auto flags = ReadLittleEndian<uint32_t>(bytes.substr(4));
  if ((flags & ~kFooterCompressed) != 0) return Unsupported("flags of a Puffin footer", flags);
  if (tail.payload_bytes < 0 || tail.payload_bytes > file_bytes - kMagicBytes - kFooterFrameBytes) {
    return Corrupt("a Puffin footer longer than its file, bytes", tail.payload_bytes);
  }
  if (tail.payload_bytes > kFooterBytesMax) {
    return ResourceExhausted("Puffin footer over the limit, bytes", tail.payload_bytes);
  }
  return tail;
}

Result<PuffinFooter> ParseFooter(std::string_view payload, bool compressed) {
  std::string inflated;
  if (compressed) {
    FIRN_ASSIGN(inflated, Lz4Decompress(payload, kFooterBytesMax));
    payload = inflated;
  }
  auto json = Json::Parse(payload);
  if (!json) return Corrupt("the Puffin footer is not JSON", json.error().message);
  return FooterFromJson(*std::move(json));
}

}  // namespace

const std::string* FindProperty(const PuffinProperties& properties, std::string_view key) {
  const auto found = std::ranges::find_if(
      properties, [key](const auto& property) { return property.first == key; });
  return found == properties.end() ? nullptr : &found->second;
}

Json FooterToJson(const PuffinFooter& footer) {
  Json::Array blobs;
  for (const PuffinBlob& blob : footer.blobs) {
    blobs.push_back(BlobToJson(blob));
    AddUnknown(blob.unknown, blobs.back());
  }
  Json json = Json::Object{};
  json.Set("blobs", std::move(blobs));
  if (!footer.properties.empty()) json.Set("properties", PropertiesToJson(footer.properties));
  AddUnknown(footer.unknown, json);
  return json;
}

Result<PuffinFooter> FooterFromJson(Json json) {
  PuffinFooter footer;
  if (json.as_object() == nullptr) return Corrupt("the Puffin footer is not a JSON object");
  Json blobs = json.Take("blobs");
  if (blobs.as_array() == nullptr) return Corrupt("the Puffin footer has no list", "blobs");
  for (Json& item : *blobs.as_array()) {
    FIRN_ASSIGN(PuffinBlob blob, BlobFromJson(std::move(item)));
    footer.blobs.push_back(std::move(blob));
  }
  FIRN_ASSIGN(footer.properties, TakeProperties(json));
  if (!json.as_object()->empty()) footer.unknown = std::move(json);
  return footer;
}

Result<PuffinReader> PuffinReader::Open(io::FileIO& files, std::string_view location) {
  PuffinReader reader;
  reader.location_ = location;
  FIRN_ASSIGN(reader.file_, files.Open(location));
  Status read = reader.ReadFooter();
  if (read.ok()) read = reader.CheckBlobs();
  if (!read.ok()) return std::move(read).error().Within(location);
  return reader;
}

Status PuffinReader::ReadFooter() {
  const int64_t size = file_->size_bytes();
  if (size < kMagicBytes + kFooterFrameBytes) return Corrupt("too short for a Puffin file", size);
  FIRN_ASSIGN(const std::string head, file_->Read(0, kMagicBytes));
  const int64_t at = std::max<int64_t>(kMagicBytes, size - kFirstReadBytes);
  FIRN_ASSIGN(std::string end, file_->Read(at, size - at));
  if (head != kMagic || !end.ends_with(kMagic)) {
    return Corrupt("not a Puffin file: it does not begin and end with PFA1");
  }
  FIRN_ASSIGN(const Tail tail, ReadTail(end, size));
  footer_bytes_ = tail.payload_bytes + kFooterFrameBytes;
  if (footer_bytes_ > static_cast<int64_t>(end.size())) {
    FIRN_ASSIGN(end, file_->Read(size - footer_bytes_, footer_bytes_));
  }
  if (static_cast<int64_t>(end.size()) < footer_bytes_) return Corrupt("the file is cut");
  const auto footer = std::string_view(end).substr(end.size() - static_cast<size_t>(footer_bytes_));
  if (!footer.starts_with(kMagic)) return Corrupt("the Puffin footer does not begin with PFA1");
  const auto payload = footer.substr(kMagicBytes, static_cast<size_t>(tail.payload_bytes));
  FIRN_ASSIGN(footer_, ParseFooter(payload, tail.compressed));
  return Ok();
}

Status PuffinReader::CheckBlobs() const {
  const int64_t end = file_->size_bytes() - footer_bytes_;
  for (const PuffinBlob& blob : footer_.blobs) {
    if (blob.offset < kMagicBytes || blob.length < 0 || blob.length > end ||
        blob.offset > end - blob.length) {
      return Corrupt("a blob lies outside the file, offset and length", blob.offset, blob.length);
    }
  }
  return Ok();
}

Result<std::string> PuffinReader::Read(const PuffinBlob& blob, int64_t size_bytes_max) const {
  const auto read = [&]() -> Result<std::string> {
    if (blob.length > size_bytes_max) {
      return ResourceExhausted("blob over the limit, bytes", blob.length);
    }
    FIRN_ASSIGN(std::string stored, file_->Read(blob.offset, blob.length));
    if (static_cast<int64_t>(stored.size()) != blob.length) return Corrupt("the blob is cut");
    if (blob.compression.empty()) return stored;
    const auto limit = static_cast<size_t>(size_bytes_max);
    if (blob.compression == "zstd") return ZstdDecompress(stored, limit);
    if (blob.compression == "lz4") return Lz4Decompress(stored, limit);
    return Unsupported("codec of a Puffin blob", blob.compression);
  };
  auto bytes = read();
  if (!bytes) return std::move(bytes).error().Within(location_);
  return bytes;
}

Result<PuffinWriter> PuffinWriter::Create(io::FileIO& files, std::string_view location,
                                          PuffinProperties properties, PuffinCodec footer_codec) {
  if (footer_codec == PuffinCodec::kZstd) {
    return InvalidArgument("a Puffin footer is compressed with", "lz4 or nothing");
  }
  PuffinWriter writer;
  writer.footer_.properties = std::move(properties);
  writer.footer_codec_ = footer_codec;
  FIRN_ASSIGN(writer.file_, files.Create(location));
  FIRN_TRY(writer.file_->Write(kMagic));
  return writer;
}

Result<PuffinBlob> PuffinWriter::Add(PuffinBlob blob, std::string_view payload, PuffinCodec codec) {
  std::string compressed;
  if (codec == PuffinCodec::kZstd) {
    FIRN_ASSIGN(compressed, ZstdCompress(payload));
  } else if (codec == PuffinCodec::kLz4) {
    FIRN_ASSIGN(compressed, Lz4Compress(payload));
  }
  const std::string_view stored = codec == PuffinCodec::kNone ? payload : compressed;
  blob.compression = CodecName(codec);
  blob.offset = file_->position();
  blob.length = static_cast<int64_t>(stored.size());
  FIRN_TRY(file_->Write(stored));
  footer_.blobs.push_back(blob);
  return blob;
}

Status PuffinWriter::Finish() {
  std::string payload = FooterToJson(footer_).Dump();
  uint32_t flags = 0;
  if (footer_codec_ == PuffinCodec::kLz4) {
    FIRN_ASSIGN(payload, Lz4Compress(payload));
    flags = kFooterCompressed;
  }
  if (payload.size() > static_cast<size_t>(kFooterBytesMax)) {
    return ResourceExhausted("Puffin footer over the limit, bytes", payload.size());
  }
  std::string footer(kMagic);
  footer += payload;
  AppendLittleEndian(footer, static_cast<int32_t>(payload.size()));
  AppendLittleEndian(footer, flags);
  footer += kMagic;
  footer_bytes_ = static_cast<int64_t>(footer.size());
  return file_->Write(footer);
}

}  // namespace firn::datafile
