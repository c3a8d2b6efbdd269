// SPDX-License-Identifier: Apache-2.0
//
// Numbers inside containers are unsigned, little-endian, 1 to 4 bytes wide. Every count and offset
// is checked against the bytes there are before it is used.

#include "firn/table/variant.h"

#include <algorithm>
#include <array>

#include "firn/base/bytes.h"

namespace firn::table {
namespace {

constexpr uint8_t kMetadataVersion = 1;
constexpr size_t kShortStringMax = 63;

size_t ReadNumber(std::string_view bytes, size_t at, int width) {
  size_t number = 0;
  for (int i = width - 1; i >= 0; --i) {
    number = (number << 8) | static_cast<uint8_t>(bytes[at + static_cast<size_t>(i)]);
  }
  return number;
}

void AppendNumber(std::string& out, size_t number, int width) {
  for (int i = 0; i < width; ++i) {
    out += static_cast<char>(number & 0xFF);
    number >>= 8;
  }
}

int WidthOf(size_t largest) {
  return largest < (size_t{1} << 8)    ? 1
         : largest < (size_t{1} << 16) ? 2
         : largest < (size_t{1} << 24) ? 3
                                       : 4;
}

// The bytes of each primitive's payload; -1 for a length that comes first.
constexpr std::array<int, 21> kPayloadBytes = {0, 0, 0, 1, 2,  4,  8, 8, 5, 9, 17,
                                               4, 8, 8, 4, -1, -1, 8, 8, 8, 16};

bool IsDecimal(VariantPrimitive type) {
  return type >= VariantPrimitive::kDecimal4 && type <= VariantPrimitive::kDecimal16;
}

Error Cut(std::string_view what) {
  return Corrupt("variant ends within " + std::string(what));
}

char Header(VariantKind kind, size_t bits) {
  return static_cast<char>((bits << 2) | static_cast<size_t>(kind));
}

Status CheckValue(const VariantMetadata& metadata, const VariantValue& value, int depth) {
  if (depth > kVariantDepthMax) {
    return ResourceExhausted("variant nested too deeply", kVariantDepthMax);
  }
  size_t held = 0;
  for (size_t at = 0; at < value.size(); ++at) {
    if (value.is_object()) FIRN_TRY(value.FieldName(at, metadata));
    FIRN_ASSIGN(const VariantValue element, value.Element(at));
    held += element.bytes().size();
    if (held > value.bytes().size()) return Corrupt("values within a variant overlap");
    FIRN_TRY(CheckValue(metadata, element, depth + 1));
  }
  return Ok();
}

}  // namespace

Result<VariantMetadata> VariantMetadata::Parse(std::string_view bytes) {
  if (bytes.empty()) return Cut("its metadata");
  const auto header = static_cast<uint8_t>(bytes.front());
  if ((header & 0x0F) != kMetadataVersion) {
    return Unsupported("version of variant metadata", header & 0x0F);
  }
  VariantMetadata metadata;
  metadata.width_ = (header >> 6) + 1;
  metadata.sorted_ = (header & 0x10) != 0;
  const auto width = static_cast<size_t>(metadata.width_);
  if (bytes.size() < 1 + width) return Cut("its metadata");
  metadata.size_ = ReadNumber(bytes, 1, metadata.width_);
  const size_t names_at = 1 + (metadata.size_ + 2) * width;
  if (bytes.size() < names_at) return Cut("the names of its fields");
  metadata.bytes_ = bytes;
  const size_t names_size = metadata.Offset(metadata.size_);
  if (bytes.size() - names_at < names_size) return Cut("the names of its fields");
  metadata.names_ = bytes.substr(names_at, names_size);
  metadata.bytes_ = bytes.substr(0, names_at + names_size);
  size_t before = 0;
  for (size_t at = 0; at <= metadata.size_; ++at) {
    const size_t offset = metadata.Offset(at);
    if (offset < before || offset > names_size)
      return Corrupt("name of a variant field out of place");
    before = offset;
  }
  return metadata;
}

size_t VariantMetadata::Offset(size_t at) const {
  return ReadNumber(bytes_, 1 + (at + 1) * static_cast<size_t>(width_), width_);
}

std::string_view VariantMetadata::NameAt(size_t id) const {
  return names_.substr(Offset(id), Offset(id + 1) - Offset(id));
}

Result<std::string_view> VariantMetadata::Name(size_t id) const {
  if (id >= size_) return Corrupt("variant field is not in the dictionary", id);
  return NameAt(id);
}

std::optional<size_t> VariantMetadata::Find(std::string_view name) const {
  size_t low = 0;
  size_t high = sorted_ ? size_ : 0;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (NameAt(middle) < name) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (sorted_) return low < size_ && NameAt(low) == name ? std::optional(low) : std::nullopt;
  for (size_t id = 0; id < size_; ++id) {
    if (NameAt(id) == name) return id;
  }
  return std::nullopt;
}

bool VariantValue::is_string() const {
  return kind_ == VariantKind::kShortString ||
         (kind_ == VariantKind::kPrimitive && primitive_ == VariantPrimitive::kString);
}

Result<VariantValue> VariantValue::Parse(std::string_view bytes) {
  if (bytes.empty()) return Cut("a value");
  const auto header = static_cast<uint8_t>(bytes.front());
  const auto kind = static_cast<VariantKind>(header & 3);
  if (kind == VariantKind::kPrimitive) return ParsePrimitive(bytes);
  if (kind != VariantKind::kShortString) return ParseContainer(bytes, kind);
  VariantValue value;
  value.kind_ = kind;
  value.primitive_ = VariantPrimitive::kString;
  const size_t length = header >> 2;
  if (bytes.size() - 1 < length) return Cut("a string");
  value.payload_ = bytes.substr(1, length);
  value.bytes_ = bytes.substr(0, 1 + length);
  return value;
}

Result<VariantValue> VariantValue::ParsePrimitive(std::string_view bytes) {
  const size_t type = static_cast<uint8_t>(bytes.front()) >> 2;
  if (type >= kPayloadBytes.size()) return Unsupported("type of a variant value", type);
  VariantValue value;
  value.primitive_ = static_cast<VariantPrimitive>(type);
  size_t begin = 1;
  auto length = static_cast<size_t>(std::max(kPayloadBytes[type], 0));
  if (kPayloadBytes[type] < 0) {
    if (bytes.size() < 5) return Cut("the length of a value");
    length = ReadNumber(bytes, 1, 4);
    begin = 5;
  }
  if (bytes.size() - begin < length) return Cut("a value");
  value.bytes_ = bytes.substr(0, begin + length);
  value.payload_ = bytes.substr(begin, length);
  if (IsDecimal(value.primitive_)) {
    value.scale_ = static_cast<uint8_t>(value.payload_.front());
    value.payload_.remove_prefix(1);
    if (value.scale_ > kDecimalPrecisionMax) {
      return Corrupt("scale of a variant decimal", value.scale_);
    }
  }
  return value;
}

Result<VariantValue> VariantValue::ParseContainer(std::string_view bytes, VariantKind kind) {
  const bool is_object = kind == VariantKind::kObject;
  const int header = static_cast<uint8_t>(bytes.front()) >> 2;
  VariantValue value;
  value.kind_ = kind;
  value.offset_width_ = (header & 3) + 1;
  value.id_width_ = is_object ? ((header >> 2) & 3) + 1 : 0;
  const bool is_large = (header & (is_object ? 0x10 : 0x04)) != 0;
  const int count_width = is_large ? 4 : 1;
  size_t at = 1 + static_cast<size_t>(count_width);
  if (bytes.size() < at) return Cut("the size of an array or object");
  value.size_ = ReadNumber(bytes, 1, count_width);
  const size_t ids = value.size_ * static_cast<size_t>(value.id_width_);
  const size_t offsets = (value.size_ + 1) * static_cast<size_t>(value.offset_width_);
  if (bytes.size() - at < ids + offsets) return Cut("the offsets of an array or object");
  value.ids_ = bytes.substr(at, ids);
  value.offsets_ = bytes.substr(at + ids, offsets);
  at += ids + offsets;
  const size_t end = ReadNumber(value.offsets_, offsets - static_cast<size_t>(value.offset_width_),
                                value.offset_width_);
  if (bytes.size() - at < end) return Cut("an array or object");
  value.values_ = bytes.substr(at, end);
  value.bytes_ = bytes.substr(0, at + end);
  return value;
}

Result<VariantValue> VariantValue::Element(size_t at) const {
  FIRN_ASSERT(at < size_);
  const size_t offset =
      ReadNumber(offsets_, at * static_cast<size_t>(offset_width_), offset_width_);
  if (offset >= values_.size()) return Corrupt("value in a variant out of place", offset);
  return Parse(values_.substr(offset));
}

Result<std::string_view> VariantValue::FieldName(size_t at, const VariantMetadata& metadata) const {
  FIRN_ASSERT(at < size_ && is_object());
  return metadata.Name(ReadNumber(ids_, at * static_cast<size_t>(id_width_), id_width_));
}

Status CheckVariant(std::string_view metadata, std::string_view value) {
  FIRN_ASSIGN(const VariantMetadata names, VariantMetadata::Parse(metadata));
  FIRN_ASSIGN(const VariantValue root, VariantValue::Parse(value));
  if (root.bytes().size() != value.size()) return Corrupt("bytes behind a variant value");
  return CheckValue(names, root, 0);
}

std::string EncodeVariantPrimitive(VariantPrimitive type, std::string_view payload) {
  return Header(VariantKind::kPrimitive, static_cast<size_t>(type)) + std::string(payload);
}

std::string EncodeVariantString(std::string_view text) {
  if (text.size() <= kShortStringMax) {
    return Header(VariantKind::kShortString, text.size()) + std::string(text);
  }
  std::string out(1,
                  Header(VariantKind::kPrimitive, static_cast<size_t>(VariantPrimitive::kString)));
  AppendNumber(out, text.size(), 4);
  return out.append(text);
}

std::string EncodeVariantBinary(std::string_view bytes) {
  std::string out(1,
                  Header(VariantKind::kPrimitive, static_cast<size_t>(VariantPrimitive::kBinary)));
  AppendNumber(out, bytes.size(), 4);
  return out.append(bytes);
}

std::string EncodeVariantInteger(int64_t value) {
  static constexpr std::array kTypes = {VariantPrimitive::kInt8, VariantPrimitive::kInt16,
                                        VariantPrimitive::kInt32, VariantPrimitive::kInt64};
  std::string bytes;
  AppendLittleEndian(bytes, value);
  for (size_t at = 0; at < kTypes.size(); ++at) {
    const int bits = 8 << at;
    const bool fits =
        bits == 64 || (value >= -(int64_t{1} << (bits - 1)) && value < (int64_t{1} << (bits - 1)));
    if (fits)
      return EncodeVariantPrimitive(kTypes[at], std::string_view(bytes).substr(0, size_t{1} << at));
  }
  return EncodeVariantPrimitive(VariantPrimitive::kInt64, bytes);
}

std::string EncodeVariantDecimal(Int128 unscaled, int32_t precision, int32_t scale) {
  const bool small = precision <= 9, medium = precision <= 18;
  const size_t width = small ? 4 : medium ? 8 : 16;
  std::string payload(1, static_cast<char>(scale));
  for (size_t at = 0; at < width; ++at) {
    payload += static_cast<char>(static_cast<uint8_t>(unscaled & 0xFF));
    unscaled >>= 8;
  }
  return EncodeVariantPrimitive(small    ? VariantPrimitive::kDecimal4
                                : medium ? VariantPrimitive::kDecimal8
                                         : VariantPrimitive::kDecimal16,
                                payload);
}

std::string EncodeVariantArray(const std::vector<std::string>& elements) {
  size_t total = 0;
  for (const std::string& element : elements)
    total += element.size();
  const int width = WidthOf(total);
  const bool is_large = elements.size() > 0xFF;
  std::string out(
      1, Header(VariantKind::kArray, (is_large ? 4u : 0u) | static_cast<size_t>(width - 1)));
  AppendNumber(out, elements.size(), is_large ? 4 : 1);
  size_t offset = 0;
  for (const std::string& element : elements) {
    AppendNumber(out, offset, width);
    offset += element.size();
  }
  AppendNumber(out, offset, width);
  for (const std::string& element : elements)
    out += element;
  return out;
}

Result<std::string> EncodeVariantObject(const VariantMetadata& metadata,
                                        const std::map<std::string, std::string>& fields) {
  size_t total = 0, largest_id = 0;
  std::vector<size_t> ids;
  for (const auto& [name, value] : fields) {
    const auto id = metadata.Find(name);
    if (!id) return Corrupt("name of a variant field is not in the dictionary", name);
    ids.push_back(*id);
    largest_id = std::max(largest_id, *id);
    total += value.size();
  }
  const int id_width = WidthOf(largest_id), offset_width = WidthOf(total);
  const bool is_large = fields.size() > 0xFF;
  const size_t bits = (is_large ? 0x10u : 0u) | (static_cast<size_t>(id_width - 1) << 2) |
                      static_cast<size_t>(offset_width - 1);
  std::string out(1, Header(VariantKind::kObject, bits));
  AppendNumber(out, fields.size(), is_large ? 4 : 1);
  for (const size_t id : ids)
    AppendNumber(out, id, id_width);
  size_t offset = 0;
  for (const auto& [name, value] : fields) {
    AppendNumber(out, offset, offset_width);
    offset += value.size();
  }
  AppendNumber(out, offset, offset_width);
  for (const auto& [name, value] : fields)
    out += value;
  return out;
}

std::string EncodeVariantMetadata(const std::vector<std::string>& names) {
  size_t total = 0;
  for (const std::string& name : names)
    total += name.size();
  const int width = WidthOf(std::max(total, names.size()));
  std::string out(1, static_cast<char>(((width - 1) << 6) | 0x10 | kMetadataVersion));
  AppendNumber(out, names.size(), width);
  size_t offset = 0;
  for (const std::string& name : names) {
    AppendNumber(out, offset, width);
    offset += name.size();
  }
  AppendNumber(out, offset, width);
  for (const std::string& name : names)
    out += name;
  return out;
}

}  // namespace firn::table
