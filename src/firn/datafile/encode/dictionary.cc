// SPDX-License-Identifier: Apache-2.0
//
// Slots hold a part of the hash beside the entry's place, so that a value is compared with hardly
// any entry but its own. At most half of the slots are taken.

#include "firn/datafile/encode/dictionary.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

#include "firn/datafile/encode/bit_packing.h"
#include "firn/datafile/encode/value_encoder.h"

namespace firn::datafile {
namespace {

constexpr size_t kSlotsMin = 1024;
constexpr uint64_t kMix = 0x9E37'79B9'7F4A'7C15;

uint64_t Mixed(uint64_t hash) {
  hash *= kMix;
  return hash ^ (hash >> 32);
}

uint64_t HashOf(int32_t value) {
  return Mixed(static_cast<uint32_t>(value));
}

uint64_t HashOf(int64_t value) {
  return Mixed(static_cast<uint64_t>(value));
}

template <typename Word>
Word WordAt(const char* bytes) {
  Word word;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

// Up to seven bytes as a number; of texts of one length, no two have the same.
uint64_t ShortWord(std::string_view text) {
  const char* const last = text.data() + text.size();
  if (text.size() >= sizeof(uint32_t)) {
    return WordAt<uint32_t>(text.data()) | uint64_t{WordAt<uint32_t>(last - sizeof(uint32_t))}
                                               << 32;
  }
  uint64_t word = 0;
  for (const char byte : text)
    word = word << 8 | static_cast<uint8_t>(byte);
  return word;
}

// The last word of a text overlaps the one before it.
uint64_t HashOf(std::string_view text) {
  constexpr size_t kWord = sizeof(uint64_t);
  uint64_t hash = text.size();
  if (text.size() < kWord) return Mixed(Mixed(hash) ^ ShortWord(text));
  for (size_t at = 0; at + kWord < text.size(); at += kWord)
    hash = Mixed(hash ^ WordAt<uint64_t>(text.data() + at));
  return Mixed(hash ^ WordAt<uint64_t>(text.data() + text.size() - kWord));
}

bool IsSame(int32_t a, int32_t b) {
  return a == b;
}

bool IsSame(int64_t a, int64_t b) {
  return a == b;
}

bool IsSame(std::string_view a, std::string_view b) {
  constexpr size_t kWord = sizeof(uint64_t);
  if (a.size() != b.size()) return false;
  if (a.size() < kWord) return ShortWord(a) == ShortWord(b);
  for (size_t at = 0; at + kWord < a.size(); at += kWord) {
    if (WordAt<uint64_t>(a.data() + at) != WordAt<uint64_t>(b.data() + at)) return false;
  }
  return WordAt<uint64_t>(a.data() + a.size() - kWord) ==
         WordAt<uint64_t>(b.data() + b.size() - kWord);
}

}  // namespace

void Dictionary::Reset(PhysicalType type) {
  type_ = type;
  size_ = bytes_ = 0;
  slots_.assign(kSlotsMin, Slot{});
  mask_ = kSlotsMin - 1;
  int32s_.clear();
  int64s_.clear();
  texts_.clear();
  copies_.clear();
}

void Dictionary::Return(const Mark& mark) {
  size_ = mark.size;
  bytes_ = mark.bytes;
  int32s_.resize(std::min(size_, int32s_.size()));
  int64s_.resize(std::min(size_, int64s_.size()));
  texts_.resize(std::min(size_, texts_.size()));
}

int Dictionary::index_width() const {
  return size_ < 2 ? 1 : BitWidthOf(size_ - 1);
}

template <typename Value>
void Dictionary::Grow(const std::vector<Value>& entries) {
  slots_.assign(slots_.size() * 4, Slot{});
  mask_ = slots_.size() - 1;
  for (size_t i = 0; i < entries.size(); ++i) {
    const uint64_t hash = HashOf(entries[i]);
    size_t at = hash & mask_;
    while (slots_[at].entry != 0)
      at = (at + 1) & mask_;
    slots_[at] = {static_cast<uint32_t>(hash >> 32), static_cast<uint32_t>(i + 1)};
  }
}

template <typename Value>
uint32_t Dictionary::Find(Value value, uint64_t hash, std::vector<Value>& entries) {
  const auto tag = static_cast<uint32_t>(hash >> 32);
  size_t at = hash & mask_;
  for (; slots_[at].entry != 0; at = (at + 1) & mask_) {
    if (slots_[at].tag == tag && IsSame(entries[slots_[at].entry - 1], value)) {
      return slots_[at].entry - 1;
    }
  }
  entries.push_back(value);
  slots_[at] = {tag, static_cast<uint32_t>(entries.size())};
  return static_cast<uint32_t>(entries.size() - 1);
}

template <typename Given, typename Value>
bool Dictionary::AddAll(std::span<const Given> values, std::vector<Value>& entries,
                        size_t bytes_max, std::vector<uint32_t>& indices) {
  for (const Given given : values) {
    const auto value = std::bit_cast<Value>(given);
    const uint32_t at = Find(value, HashOf(value), entries);
    indices.push_back(at);
    if (entries.size() == size_) continue;
    size_ = entries.size();
    if constexpr (std::is_same_v<Value, std::string_view>) {
      bytes_ += value.size();
      if (type_ == PhysicalType::kByteArray) {
        bytes_ += sizeof(uint32_t);
      } else {
        entries.back() = copies_.emplace_back(value);
      }
    } else {
      bytes_ += sizeof(Value);
    }
    if (bytes_ > bytes_max) return false;
    if (size_ * 2 > slots_.size()) Grow(entries);
  }
  return true;
}

bool Dictionary::Add(const LeafValues& values, size_t bytes_max, std::vector<uint32_t>& indices) {
  return std::visit(
      [&](const auto& span) {
        using Value = std::remove_const_t<typename std::decay_t<decltype(span)>::element_type>;
        if constexpr (std::is_same_v<Value, std::string_view>) {
          return AddAll(span, texts_, bytes_max, indices);
        } else if constexpr (sizeof(Value) == sizeof(int32_t)) {
          return AddAll(span, int32s_, bytes_max, indices);
        } else if constexpr (sizeof(Value) == sizeof(int64_t)) {
          return AddAll(span, int64s_, bytes_max, indices);
        } else {
          return false;  // Booleans have none.
        }
      },
      values);
}

void Dictionary::AppendPlain(ByteBuffer& out) const {
  if (!texts_.empty()) {
    AppendValues(std::span<const std::string_view>(texts_), type_, Encoding::kPlain, out);
  } else if (!int32s_.empty()) {
    AppendValues(std::span<const int32_t>(int32s_), type_, Encoding::kPlain, out);
  } else {
    AppendValues(std::span<const int64_t>(int64s_), type_, Encoding::kPlain, out);
  }
}

}  // namespace firn::datafile
