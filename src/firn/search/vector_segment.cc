// SPDX-License-Identifier: Apache-2.0
//
// A part: "FVP1", bytes of the model's name, conversations, dimensions, bytes of texts (4 bytes
// each); the model's name; a scale for each vector (float); the numbers (a byte each); where each
// text ends (4 bytes each); the texts: a time (8 bytes, the least one for none), the sizes of id
// and platform (4 bytes each), id, platform, summary. Little-endian. The largest number of a
// vector is 127, its scale gives it back.

#include "firn/search/vector_segment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "firn/base/bytes.h"

namespace firn::search {
namespace {

constexpr std::string_view kMagic = "FVP1";
constexpr size_t kHeadBytes = 20;
constexpr size_t kTextHeadBytes = 16;
constexpr size_t kDimensionsMax = 8192;  // Products of 8192 times 127 times 2047 fit in 31 bits.
constexpr size_t kModelBytesMax = 1024;
constexpr float kByteMax = 127;
constexpr float kProbeMax = 2047;
constexpr size_t kLane = 16;

float LargestOf(const Vector& vector) {
  float largest = 0;
  for (const float value : vector)
    largest = std::max(largest, std::abs(value));
  return largest > 0 ? largest : 1;
}

std::string TextOf(const VectorPlace& place) {
  std::string text;
  AppendLittleEndian(text, place.timestamp_micros.value_or(INT64_MIN));
  AppendLittleEndian(text, static_cast<uint32_t>(place.conversation_id.size()));
  AppendLittleEndian(text, static_cast<uint32_t>(place.platform.size()));
  return text + place.conversation_id + place.platform + place.summary;
}

Error Damaged() {
  return Corrupt("the index of embeddings is damaged");
}

Result<VectorPlace> PlaceIn(std::string_view text) {
  if (text.size() < kTextHeadBytes) return Damaged();
  VectorPlace place;
  const auto time = ReadLittleEndian<int64_t>(text);
  const size_t id = ReadLittleEndian<uint32_t>(text.substr(8));
  const size_t platform = ReadLittleEndian<uint32_t>(text.substr(12));
  text.remove_prefix(kTextHeadBytes);
  if (id > text.size() || platform > text.size() - id) return Damaged();
  if (time != INT64_MIN) place.timestamp_micros = time;
  place.conversation_id = text.substr(0, id);
  place.platform = text.substr(id, platform);
  place.summary = text.substr(id + platform);
  return place;
}

}  // namespace

VectorPartWriter::VectorPartWriter(std::string model, size_t dimensions)
    : model_(std::move(model)), dimensions_(dimensions) {}

void VectorPartWriter::Add(const VectorPlace& place, const Vector& vector) {
  const float scale = LargestOf(vector) / kByteMax;
  scales_.push_back(scale);
  for (size_t i = 0; i < dimensions_; ++i)
    numbers_ += static_cast<char>(std::lround(vector[i] / scale));
  texts_ += TextOf(place);
  AppendLittleEndian(text_ends_, static_cast<uint32_t>(texts_.size()));
}

std::string VectorPartWriter::Finish() {
  std::string part(kMagic);
  for (const size_t number : {model_.size(), scales_.size(), dimensions_, texts_.size()})
    AppendLittleEndian(part, static_cast<uint32_t>(number));
  part += model_;
  for (const float scale : scales_)
    AppendLittleEndian(part, scale);
  part.append(numbers_).append(text_ends_).append(texts_);
  scales_.clear();
  for (std::string* bytes : {&numbers_, &text_ends_, &texts_})
    bytes->clear();
  return part;
}

VectorProbe::VectorProbe(const Vector& vector) : numbers_(vector.size()) {
  scale_ = LargestOf(vector) / kProbeMax;
  for (size_t i = 0; i < vector.size(); ++i)
    numbers_[i] = static_cast<int16_t>(std::lround(vector[i] / scale_));
}

float VectorProbe::Dot(const char* numbers) const {
  const auto* const bytes = reinterpret_cast<const int8_t*>(numbers);
  std::array<int32_t, kLane> sums{};
  const size_t whole = numbers_.size() / kLane * kLane;
  for (size_t at = 0; at < whole; at += kLane) {
    for (size_t i = 0; i < kLane; ++i)
      sums[i] += static_cast<int32_t>(bytes[at + i]) * numbers_[at + i];
  }
  int32_t sum = 0;
  for (const int32_t part : sums)
    sum += part;
  for (size_t at = whole; at < numbers_.size(); ++at)
    sum += static_cast<int32_t>(bytes[at]) * numbers_[at];
  return static_cast<float>(sum) * scale_;
}

Result<std::string> VectorPart::ReadExactly(int64_t offset, size_t length) const {
  FIRN_ASSIGN(std::string bytes, file_->Read(offset, static_cast<int64_t>(length)));
  if (bytes.size() != length) return Damaged();
  return bytes;
}

Result<VectorPart> VectorPart::Open(const io::InputFile& file, int64_t offset) {
  VectorPart part(file);
  std::array<char, kHeadBytes> head{};
  FIRN_ASSIGN(const int64_t found, file.ReadInto(offset, head));
  if (found != static_cast<int64_t>(kHeadBytes)) return Damaged();
  const std::string_view bytes(head.data(), head.size());
  const size_t model = ReadLittleEndian<uint32_t>(bytes.substr(4));
  part.count_ = ReadLittleEndian<uint32_t>(bytes.substr(8));
  part.dimensions_ = ReadLittleEndian<uint32_t>(bytes.substr(12));
  const auto texts = ReadLittleEndian<uint32_t>(bytes.substr(16));
  if (!bytes.starts_with(kMagic) || model > kModelBytesMax || part.dimensions_ > kDimensionsMax ||
      part.count_ > VectorPartWriter::kCountMax) {
    return Damaged();
  }
  FIRN_ASSIGN(part.model_, part.ReadExactly(offset + static_cast<int64_t>(kHeadBytes), model));
  const auto behind = [](int64_t at, size_t size) { return at + static_cast<int64_t>(size); };
  part.scales_at_ = behind(offset, kHeadBytes + model);
  part.numbers_at_ = behind(part.scales_at_, part.count_ * sizeof(float));
  part.text_ends_at_ = behind(part.numbers_at_, part.count_ * part.dimensions_);
  part.texts_at_ = behind(part.text_ends_at_, part.count_ * sizeof(uint32_t));
  part.end_ = behind(part.texts_at_, texts);
  if (part.end_ > file.size_bytes()) return Damaged();
  return part;
}

Status VectorPart::AppendScores(const VectorProbe& probe, std::vector<float>& scores) const {
  if (probe.dimensions() != dimensions_) {
    return InvalidArgument("the vectors have other dimensions", dimensions_, probe.dimensions());
  }
  FIRN_ASSIGN(const std::string scales, ReadExactly(scales_at_, count_ * sizeof(float)));
  FIRN_ASSIGN(const std::string numbers, ReadExactly(numbers_at_, count_ * dimensions_));
  const std::string_view bytes = scales;
  for (size_t row = 0; row < count_; ++row) {
    const auto scale = ReadLittleEndian<float>(bytes.substr(row * sizeof(float)));
    scores.push_back(scale * probe.Dot(numbers.data() + row * dimensions_));
  }
  return Ok();
}

Result<std::vector<uint32_t>> VectorPart::ReadTextEnds() const {
  FIRN_ASSIGN(const std::string bytes, ReadExactly(text_ends_at_, count_ * sizeof(uint32_t)));
  std::vector<uint32_t> ends(count_);
  std::ranges::copy(bytes, reinterpret_cast<char*>(ends.data()));
  const auto size = static_cast<uint64_t>(end_ - texts_at_);
  if (!std::ranges::is_sorted(ends) || (!ends.empty() && ends.back() > size)) return Damaged();
  return ends;
}

Result<VectorPlace> VectorPart::PlaceAt(size_t row) const {
  const size_t before = row == 0 ? 0 : row - 1;
  const auto offset = static_cast<int64_t>(before * sizeof(uint32_t));
  FIRN_ASSIGN(const std::string ends,
              ReadExactly(text_ends_at_ + offset, (row - before + 1) * sizeof(uint32_t)));
  const uint32_t begin = row == 0 ? 0 : ReadLittleEndian<uint32_t>(ends);
  const auto end =
      ReadLittleEndian<uint32_t>(std::string_view(ends).substr(ends.size() - sizeof(uint32_t)));
  if (begin > end || end > end_ - texts_at_) return Damaged();
  FIRN_ASSIGN(const std::string text, ReadExactly(texts_at_ + begin, end - begin));
  return PlaceIn(text);
}

Result<Vector> VectorPart::VectorAt(size_t row) const {
  const auto offset = static_cast<int64_t>(row * dimensions_);
  FIRN_ASSIGN(const std::string numbers, ReadExactly(numbers_at_ + offset, dimensions_));
  Vector vector;
  for (const char number : numbers)
    vector.push_back(static_cast<float>(static_cast<int8_t>(number)));
  Normalise(vector);
  return vector;
}

Result<std::optional<size_t>> VectorPart::Find(std::string_view conversation_id) const {
  FIRN_ASSIGN(const std::vector<uint32_t> ends, ReadTextEnds());
  FIRN_ASSIGN(const std::string texts,
              ReadExactly(texts_at_, static_cast<size_t>(end_ - texts_at_)));
  for (size_t row = 0; row < count_; ++row) {
    const uint32_t begin = row == 0 ? 0 : ends[row - 1];
    FIRN_ASSIGN(const VectorPlace place,
                PlaceIn(std::string_view(texts).substr(begin, ends[row] - begin)));
    if (place.conversation_id == conversation_id) return std::optional(row);
  }
  return std::optional<size_t>();
}

}  // namespace firn::search
